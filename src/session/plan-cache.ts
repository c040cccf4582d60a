/** Bound and planned statements by their text and everything else that binding depended on. Bounded, oldest out first. */
import type { BoundQuery } from '../binder/statement.ts';
import type { PhysicalQuery } from '../planner/physical.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { TreeId } from '../storage/tree.ts';
import type { Oid } from '../types/oid.ts';
import type { TypeContext } from '../types/type.ts';
import type { PlanChoice } from './plan-choice.ts';

const ENTRIES_MAX = 1024;

export interface PlannedQuery {
  readonly bound: BoundQuery;
  readonly plan: PhysicalQuery;
  /** Rows of each tree the planner asked about, as it was told: a plan made for other sizes is made anew. */
  readonly sizes: ReadonlyMap<number, number>;
  /** Of the trees that were not all in memory when it was made: how much was. */
  readonly cold: ReadonlyMap<TreeId, number>;
  readonly choice: PlanChoice;
  /** Its uses since it was made. */
  readonly uses: { count: number };
}

/** How many times more or fewer rows make another plan worth it, and how many rows are too few to care. */
const GROWTH_FACTOR = 8;
const ROWS_MIN = 1000;

/** Whether the trees of a plan still have about the sizes it was made for. */
export function fitsSizes(planned: PlannedQuery, rowsNow: (tree: number) => number): boolean {
  for (const [tree, rows] of planned.sizes) {
    const now = Math.max(rowsNow(tree), ROWS_MIN);
    const then = Math.max(rows, ROWS_MIN);
    if (now > then * GROWTH_FACTOR || then > now * GROWTH_FACTOR) return false;
  }
  return true;
}

/** How much more of a tree in memory makes another plan worth it. */
const WARMER_SHARE = 0.25;
/** Uses after which what was cold is looked at again, at the latest; the first times after 1, 2, 4 …. */
const USES_BETWEEN_LOOKS = 64;

/** Whether the trees of a plan that were cold when it was made still are; looked at now and then. */
export function isStillCold({ cold, uses }: PlannedQuery, shareNow: (tree: TreeId) => number): boolean {
  if (cold.size === 0) return true;
  const count = ++uses.count;
  if ((count & (count - 1)) !== 0 && count % USES_BETWEEN_LOOKS !== 0) return true;
  for (const [tree, share] of cold) if (shareNow(tree) > share + WARMER_SHARE) return false;
  return true;
}

/** What a plan depends on beside the statement. Path and text are compared by identity: a session that asks again brings the same objects. */
export interface PlanSurroundings {
  readonly catalogVersion: number;
  readonly searchPath: readonly string[];
  readonly types: readonly (Oid | undefined)[];
  readonly text: TypeContext;
}

export class PlanCache {
  readonly #entries = new Map<string, PlannedQuery>();
  readonly #latest = new WeakMap<ParsedStatement, PlanSurroundings & { readonly planned: PlannedQuery }>();

  /** The plan that the statement had the last time, if it was asked for in the same surroundings; spares making its key. */
  latest(statement: ParsedStatement, { catalogVersion, searchPath, types, text }: PlanSurroundings): PlannedQuery | undefined {
    const last = this.#latest.get(statement);
    if (last === undefined || last.catalogVersion !== catalogVersion || last.searchPath !== searchPath || last.text !== text)
      return undefined;
    return isSameTypes(last.types, types) ? last.planned : undefined;
  }

  remember(statement: ParsedStatement, surroundings: PlanSurroundings, planned: PlannedQuery): void {
    this.#latest.set(statement, { ...surroundings, planned });
  }

  get(key: string): PlannedQuery | undefined {
    return this.#entries.get(key);
  }

  set(key: string, planned: PlannedQuery): void {
    if (this.#entries.size >= ENTRIES_MAX) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, planned);
  }
}

function isSameTypes(some: readonly (Oid | undefined)[], others: readonly (Oid | undefined)[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
