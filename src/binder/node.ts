/** Reading syntax trees: the small questions every binding function asks of a node. */
import type { Node } from '@pgsql/types';
import { AssertionError } from '../base/assert.ts';

/** The node's kind: its one key. */
export function kindOf(node: Node): string {
  return Object.keys(node)[0];
}

/** The text of a String node. */
export function stringOf(node: Node | undefined): string {
  if (node !== undefined && 'String' in node) return node.String.sval ?? '';
  throw new AssertionError('the grammar puts a string here', { node });
}

/** The texts of String nodes; other nodes are left out. */
export function stringList(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** The members of a List node, or the node alone. */
export function listOf(node: Node): readonly Node[] {
  return 'List' in node ? (node.List.items ?? []) : [node];
}

/** The byte offset where a node starts, by the grammar's own account; -1 where it has none. */
export function locationOf(node: Node): number {
  const body: unknown = Object.values(node)[0];
  if ('ResTarget' in node || typeof body !== 'object' || body === null) return locationField(body);
  if ('TypeCast' in node && node.TypeCast.arg !== undefined) return leftmost(locationField(body), locationOf(node.TypeCast.arg));
  if ('A_Expr' in node && node.A_Expr.lexpr !== undefined) return leftmost(locationField(body), locationOf(node.A_Expr.lexpr));
  if ('A_Indirection' in node && node.A_Indirection.arg !== undefined) return locationOf(node.A_Indirection.arg);
  if ('CollateClause' in node && node.CollateClause.arg !== undefined)
    return leftmost(locationField(body), locationOf(node.CollateClause.arg));
  if ('List' in node) return (node.List.items ?? []).map(locationOf).reduce(leftmost, -1);
  return locationField(body);
}

function locationField(body: unknown): number {
  const location = typeof body === 'object' && body !== null ? Reflect.get(body, 'location') : undefined;
  return typeof location === 'number' ? location : 0;
}

function leftmost(a: number, b: number): number {
  if (a < 0) return b;
  return b < 0 ? a : Math.min(a, b);
}
