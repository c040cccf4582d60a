/** Bound and planned statements by their text and everything else that binding depended on. Bounded, oldest out first. */
import type { BoundQuery } from '../binder/statement.ts';
import type { PhysicalQuery } from '../planner/physical.ts';

const ENTRIES_MAX = 1024;

export interface PlannedQuery {
  readonly bound: BoundQuery;
  readonly plan: PhysicalQuery;
}

export class PlanCache {
  readonly #entries = new Map<string, PlannedQuery>();

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
