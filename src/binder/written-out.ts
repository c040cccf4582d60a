/**
 * A query with its names written out, so that its text means the same later: stars as the columns they stood for, relations with
 * their schema. Views keep it: a column added to a table, or another search path, must not change what they answer.
 */
import type { Node } from '@pgsql/types';
import type { Level, ScopeItem } from './scope.ts';

/** What names turned out to mean, by the syntax node that holds them. */
export interface Meanings {
  /** For a star, the columns it stood for, each as the parts of its name. */
  readonly stars: Map<object, readonly (readonly string[])[]>;
  /** For a relation in FROM without a schema, the schema it was found in. */
  readonly relations: Map<object, string>;
}

export function noMeanings(): Meanings {
  return { stars: new Map(), relations: new Map() };
}

/** Notes what a star over `items` stands for; not where a name in it would be ambiguous. */
export function noteStar(level: Level, star: object, items: readonly ScopeItem[]): void {
  const { meanings } = level.binding.sources;
  if (meanings === undefined) return;
  const names = items.flatMap((item) => item.columns.map((column) => qualifiedName(level, item, column)));
  if (new Set(names.map((name) => name.join('\u0000'))).size === names.length) meanings.stars.set(star, names);
}

/** The query written out; what has no meaning noted stays as it is. */
export function writtenOut(query: Node, meanings: Meanings): Node {
  return rewrite(query, meanings) as Node;
}

/** A column's name behind that of the relation it comes from; bare where a join merged it. */
function qualifiedName(level: Level, item: ScopeItem, column: ScopeItem['columns'][number]): readonly string[] {
  if (item.name !== undefined && item.byName) return [item.name, column.name];
  const owner = level.items.find(
    (candidate) => candidate.byName && candidate.name !== undefined && candidate.columns.some((own) => own.ref === column.ref),
  );
  return owner?.name === undefined ? [column.name] : [owner.name, column.name];
}

function rewrite(value: unknown, meanings: Meanings): unknown {
  if (Array.isArray(value))
    return value.flatMap((item: unknown): unknown[] => [...(expanded(item, meanings) ?? [rewrite(item, meanings)])]);
  if (typeof value !== 'object' || value === null) return value;
  const schemaname = meanings.relations.get(value);
  const parts = Object.entries(value).map(([key, part]) => [key, rewrite(part, meanings)] as const);
  return Object.fromEntries(schemaname === undefined ? parts : [...parts, ['schemaname', schemaname] as const]);
}

/** A select item that is a star, as the items it stood for. */
function expanded(item: unknown, meanings: Meanings): readonly Node[] | undefined {
  if (typeof item !== 'object' || item === null || !('ResTarget' in item)) return undefined;
  const target = (item as Extract<Node, { ResTarget: unknown }>).ResTarget;
  const columns = target.val === undefined ? undefined : meanings.stars.get(target.val);
  return columns?.map((names): Node => ({ ResTarget: { val: { ColumnRef: { fields: names.map((sval) => ({ String: { sval } })) } } } }));
}
