/** Syntax trees back to SQL text: how defaults, checks, index expressions and view queries are kept in the catalog. */
import type { ColumnRef, Node } from '@pgsql/types';
import { Deparser } from 'pgsql-deparser';
import { parse } from './parse.ts';
import { mapTree } from './tree.ts';

/** SQL text that parses to an equal tree. */
export function deparse(node: Node): string {
  return Deparser.deparse(node, { pretty: false });
}

/** The text of an expression in which the column `from` is called `to`. */
export function renameColumnIn(text: string, from: string, to: string): string {
  return deparse(
    withReferences(expressionNode(text), (fields) => {
      const last = fields[fields.length - 1];
      return last !== undefined && 'String' in last && last.String.sval === from
        ? [...fields.slice(0, -1), { String: { sval: to } }]
        : fields;
    }),
  );
}

/** An expression whose columns are not qualified with their table's name, so that it outlives the table's renaming. */
export function unqualified(expression: Node, table: string): Node {
  return withReferences(expression, (fields) => {
    const [first] = fields;
    return fields.length === 2 && 'String' in first && first.String.sval === table ? fields.slice(1) : fields;
  });
}

/** The syntax tree of an expression given as text. */
export function expressionNode(text: string): Node {
  const [statement] = parse(`SELECT ${text}`);
  const [target] = statement !== undefined && 'SelectStmt' in statement.node ? (statement.node.SelectStmt.targetList ?? []) : [];
  return target !== undefined && 'ResTarget' in target && target.ResTarget.val !== undefined
    ? target.ResTarget.val
    : { A_Const: { isnull: true } };
}

/** The expression with each column reference's names changed. */
function withReferences<Tree>(tree: Tree, change: (fields: readonly Node[]) => readonly Node[]): Tree {
  return mapTree(tree, (field, value) => {
    if (field !== 'ColumnRef') return undefined;
    const reference = value as ColumnRef;
    return { ...reference, fields: change(reference.fields ?? []) };
  });
}
