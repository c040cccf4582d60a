/**
 * Stored SQL text after something that it names was renamed. Queries of views are stored with every relation's schema, so a name in
 * them means one thing; a table that is called otherwise keeps its old name, and old names of columns, as aliases within the query.
 */
import type { A_Const, Alias, ColumnRef, Node, RangeVar, TypeCast, TypeName } from '@pgsql/types';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { deparse, expressionNode } from './deparse.ts';
import { parse } from './parse.ts';

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
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, key === 'RangeVar' ? narrowed(inner as RangeVar) : visit(inner)]),
    );
  };
  const after = visit(statement.node) as Node;
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
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visitField(key, inner)]));
  };
  const visitField = (key: string, inner: unknown): unknown => {
    if (key === 'RangeVar') return noted(inner, renamedRelation(inner as RangeVar, renaming));
    if (key === 'TypeName' || key === 'typeName') return noted(inner, renamedType(inner as TypeName, renaming));
    if (key === 'TypeCast' && isRegclass(inner as TypeCast))
      return { ...(inner as TypeCast), arg: renamedConstant((inner as TypeCast).arg) };
    if (key === 'FuncCall') return visitCall(inner);
    return visit(inner);
  };
  /** nextval('s') and its kin name a sequence, cast or not. */
  const visitCall = (inner: unknown): unknown => {
    const call = inner as { funcname?: Node[]; args?: Node[] };
    const last = call.funcname?.at(-1);
    const names = last !== undefined && 'String' in last && SEQUENCE_CALLS.has(last.String.sval ?? '');
    const [first, ...rest] = call.args ?? [];
    if (!names || first === undefined || !('A_Const' in first)) return visit(inner);
    return { ...(visit({ ...call, args: rest }) as object), args: [renamedConstant(first), ...(visit(rest) as Node[])] };
  };
  const renamedConstant = (node: Node | undefined): Node | undefined => {
    if (node === undefined || !('A_Const' in node)) return node;
    const text = (node.A_Const as A_Const & { sval?: { sval?: string } }).sval?.sval;
    const renamed = text === undefined ? undefined : renamedName(text, renaming);
    if (renamed === undefined) return node;
    changes++;
    return { A_Const: { sval: { sval: renamed } } } as Node;
  };
  const after = visit(tree) as Node;
  return changes === 0 ? undefined : deparse(after);
}

const SEQUENCE_CALLS: ReadonlySet<string> = new Set(['nextval', 'currval', 'setval']);

function isRegclass(cast: TypeCast): boolean {
  const name = cast.typeName?.names?.at(-1);
  return name !== undefined && 'String' in name && name.String.sval === 'regclass';
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
