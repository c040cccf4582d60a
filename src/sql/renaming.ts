/**
 * Stored SQL text after something that it names was renamed. Queries of views are stored with every relation's schema, so a name in
 * them means one thing; a table that is called otherwise keeps its old name, and old names of columns, as aliases within the query.
 */
import type { Alias, ColumnRef, FuncCall, Node, RangeVar, TypeCast, TypeName } from '@pgsql/types';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { deparse, expressionNode } from './deparse.ts';
import { parse } from './parse.ts';
import { mapTree } from './tree.ts';

export type Renaming =
  | {
      readonly kind: 'relation';
      readonly schema: string;
      readonly name: string;
      readonly to: { readonly schema: string; readonly name: string };
      /** The names its columns had, when one of them changes. */
      readonly columns?: readonly string[] | undefined;
    }
  | { readonly kind: 'type'; readonly schema: string; readonly name: string; readonly to: string }
  | { readonly kind: 'schema'; readonly name: string; readonly to: string };

/** The text of a query after `renaming`; undefined when it names nothing of the kind. */
export function renamedQuery(text: string, renaming: Renaming): string | undefined {
  const [statement] = parse(text);
  return statement === undefined ? undefined : renamedText(statement.node, renaming);
}

/** The text of an expression after `renaming`; undefined when it names nothing of the kind. */
export function renamedExpression(text: string, renaming: Renaming): string | undefined {
  return renamedText(expressionNode(text), renaming);
}

/**
 * The text of a query after a column of a relation, the `place`-th, is dropped: lists of aliases lose its place. Undefined when the query
 * reads the column, or may: by a star that was not written out, or a natural join.
 */
export function withoutColumn(
  text: string,
  relation: { readonly schema: string; readonly name: string },
  column: { readonly name: string; readonly place: number },
): string | undefined {
  const [statement] = parse(text);
  if (statement === undefined) return undefined;
  const known = new Set<string>();
  const narrowed = (node: RangeVar): RangeVar => {
    if (node.relname !== relation.name || node.schemaname !== relation.schema) return node;
    const colnames = node.alias?.colnames ?? [];
    const given = colnames[column.place];
    known.add(given !== undefined && 'String' in given ? (given.String.sval ?? '') : column.name);
    return given === undefined ? node : { ...node, alias: { ...node.alias, colnames: colnames.toSpliced(column.place, 1) } };
  };
  const after = mapTree(statement.node, (field, value) => (field === 'RangeVar' ? narrowed(value as RangeVar) : undefined));
  return reads(after, known) ? undefined : deparse(after);
}

/** Whether a column called one of `names` may be read in a tree. */
function reads(value: unknown, names: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((item) => reads(item, names));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (key === 'RangeVar') return false;
    if (key === 'isNatural') return inner === true;
    if (key === 'ColumnRef' || key === 'usingClause') {
      const parts = key === 'ColumnRef' ? ((inner as ColumnRef).fields ?? []) : (inner as Node[]);
      return parts.some((part) => 'A_Star' in part || ('String' in part && names.has(part.String.sval ?? '')));
    }
    return reads(inner, names);
  });
}

function renamedText(tree: Node, renaming: Renaming): string | undefined {
  let changes = 0;
  const noted = <T>(before: T, after: T): T => {
    if (after !== before) changes++;
    return after;
  };
  const change = (field: string, value: unknown): unknown => {
    switch (field) {
      case 'RangeVar':
        return noted(value, renamedRelation(value as RangeVar, renaming));
      case 'TypeName':
      case 'typeName':
        return noted(value, renamedType(value as TypeName, renaming));
      case 'TypeCast': {
        const cast = value as TypeCast;
        return isRegclass(cast) && cast.arg !== undefined
          ? { ...cast, arg: noted(cast.arg, renamedConstant(cast.arg, renaming)) }
          : undefined;
      }
      case 'FuncCall': {
        const call = value as FuncCall;
        if (!SEQUENCE_CALLS.has(lastName(call.funcname))) return undefined;
        return {
          ...call,
          args: mapTree(
            (call.args ?? []).map((arg) => noted(arg, renamedConstant(arg, renaming))),
            change,
          ),
        };
      }
      default:
        return undefined;
    }
  };
  const after = mapTree(tree, change);
  return changes === 0 ? undefined : deparse(after);
}

/** nextval('s') and its kin name a sequence, cast or not. */
const SEQUENCE_CALLS: ReadonlySet<string> = new Set(['nextval', 'currval', 'setval']);

function isRegclass(cast: TypeCast): boolean {
  return lastName(cast.typeName?.names) === 'regclass';
}

function lastName(names: readonly Node[] | undefined): string {
  const last = names?.at(-1);
  return last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
}

/** A relation's name given as a string. */
function renamedConstant(node: Node, renaming: Renaming): Node {
  const text = 'A_Const' in node ? node.A_Const.sval?.sval : undefined;
  const renamed = text === undefined ? undefined : renamedName(text, renaming);
  return renamed === undefined ? node : { A_Const: { sval: { sval: renamed } } };
}

function renamedRelation(node: RangeVar, renaming: Renaming): RangeVar {
  if (renaming.kind === 'schema') return node.schemaname === renaming.name ? { ...node, schemaname: renaming.to } : node;
  if (renaming.kind === 'type' || node.relname !== renaming.name || node.schemaname !== renaming.schema) return node;
  const { to, columns = [] } = renaming;
  const given = node.alias?.colnames ?? [];
  const alias: Alias = { aliasname: node.alias?.aliasname ?? renaming.name };
  const colnames = [...given, ...columns.slice(given.length).map((sval): Node => ({ String: { sval } }))];
  if (colnames.length > 0) alias.colnames = colnames;
  return { ...node, schemaname: to.schema, relname: to.name, alias };
}

function renamedType(node: TypeName, renaming: Renaming): TypeName {
  const names = (node.names ?? []).map((part) => ('String' in part ? (part.String.sval ?? '') : ''));
  const named = (...parts: string[]): TypeName => ({ ...node, names: parts.map((sval): Node => ({ String: { sval } })) });
  if (renaming.kind === 'schema') return names.length === 2 && names[0] === renaming.name ? named(renaming.to, names[1]) : node;
  if (renaming.kind === 'relation' || names.at(-1) !== renaming.name) return node;
  if (names.length === 2 && names[0] !== renaming.schema) return node;
  return named(...names.slice(0, -1), renaming.to);
}

/** A relation's name in a string, quoted where it must be; undefined when it is another's. */
function renamedName(text: string, renaming: Renaming): string | undefined {
  const quoted = (...parts: string[]): string => parts.map(quoteIdentifier).join('.');
  if (renaming.kind === 'schema') {
    const prefix = `${quoteIdentifier(renaming.name)}.`;
    return text.startsWith(prefix) ? `${quoteIdentifier(renaming.to)}.${text.slice(prefix.length)}` : undefined;
  }
  if (renaming.kind === 'type') return undefined;
  const { schema, name, to } = renaming;
  return text === quoted(name) || text === quoted(schema, name) ? quoted(to.schema, to.name) : undefined;
}
