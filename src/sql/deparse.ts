/** Syntax trees back to SQL text: how defaults, checks, index expressions and view queries are kept in the catalog. */
import type { Node } from '@pgsql/types';
import { Deparser } from 'pgsql-deparser';
import { parse } from './parse.ts';

/** SQL text that parses to an equal tree. */
export function deparse(node: Node): string {
  return Deparser.deparse(node, { pretty: false });
}

/** The text of an expression in which the column `from` is called `to`. */
export function renameColumnIn(text: string, from: string, to: string): string {
  return deparse(renamed(expressionNode(text), from, to) as Node);
}

/** The syntax tree of an expression given as text. */
export function expressionNode(text: string): Node {
  const [statement] = parse(`SELECT ${text}`);
  const [target] = statement !== undefined && 'SelectStmt' in statement.node ? (statement.node.SelectStmt.targetList ?? []) : [];
  return target !== undefined && 'ResTarget' in target && target.ResTarget.val !== undefined
    ? target.ResTarget.val
    : { A_Const: { isnull: true } };
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'ColumnRef' ? renamedReference(inner, from, to) : renamed(inner, from, to)]),
  );
}

function renamedReference(reference: unknown, from: string, to: string): unknown {
  const { fields = [], ...rest } = reference as { fields?: readonly Node[] };
  const last = fields[fields.length - 1];
  if (last === undefined || !('String' in last) || last.String.sval !== from) return reference;
  return { ...rest, fields: [...fields.slice(0, -1), { String: { sval: to } }] };
}
