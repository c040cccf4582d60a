/**
 * Statistics kept up to date: a table that changed much since it was last looked at is sampled anew, and what was found is committed
 * like any other change of the catalog. It happens before a checkpoint, which then holds it, and after a bulk load: beside commits, never
 * in their way. Losing a race to someone else's ANALYZE is no loss.
 *
 * How much a table changed is read off what the next checkpoint will merge, and off its size. Updates in place that other processes
 * checkpointed are not noticed: ANALYZE is for that.
 */
import { isSqlError } from '../base/sql-error.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { CatalogEditor } from '../catalog/editor.ts';
import { loadCatalog } from '../catalog/load.ts';
import type { SystemRelations } from '../catalog/snapshot.ts';
import { SAMPLE, tableStatistics } from '../catalog/statistics/table-statistics.ts';
import { sampleTree } from '../storage/sample.ts';
import type { TreeId } from '../storage/tree.ts';
import type { CommitNotice } from '../transaction/database-options.ts';
import type { Database } from '../transaction/database.ts';

/** Tables with fewer rows are planned well enough without. */
const ROWS_MIN = 100;
/** So many rows, and this part of the table, have to change. */
const CHANGED_ROWS_MIN = 500;
const CHANGED_SHARE = 0.2;

const NO_SYSTEM_RELATIONS: SystemRelations = { find: () => undefined, byOid: () => undefined };

/** Keeps the statistics of one open database; one refresh at a time in a process. */
export class StatisticsKeeper {
  readonly #database: Database;
  /**
   * Rows changed in each tree since its statistics were made, as far as seen here, beyond those that the next checkpoint will merge;
   * negative where some of those were looked at already.
   */
  readonly #changed = new Map<TreeId, number>();
  #running: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** To be called after each commit: starts a refresh after a bulk load, and waits for nothing. */
  afterCommit({ bulkRows }: CommitNotice): void {
    if (bulkRows >= ROWS_MIN) void this.refresh();
  }

  /** Resolves when the statistics of every table that changed enough were made anew, or could not be. Never rejects. */
  async refresh(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#refreshOnce()
      .catch(() => undefined) // a plan made with old statistics is a plan
      .finally(() => {
        this.#running = undefined;
      });
    await this.#running;
  }

  /** Notes what a checkpoint is about to merge, which afterwards nobody can tell. */
  beforeCheckpoint(): void {
    for (const [tree, changed] of pendingChanges(this.#database)) this.#changed.set(tree, (this.#changed.get(tree) ?? 0) + changed);
  }

  /** Resolves when no refresh is running. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #refreshOnce(): Promise<void> {
    const database = this.#database;
    const pending = pendingChanges(database);
    if (pending.size === 0 && this.#changed.size === 0) return;
    const transaction = database.begin({ isolation: 'read committed', readOnly: false, consistency: { kind: 'eventual' } });
    try {
      const catalog = await loadCatalog(transaction, NO_SYSTEM_RELATIONS);
      const due = catalog.relations().filter((relation): relation is TableDescriptor => {
        if (relation.kind !== 'table' || relation.persistence === 'temporary') return false;
        const tree = relation.tree.id;
        const changed = (pending.get(tree) ?? 0) + (this.#changed.get(tree) ?? 0);
        return isDue(database.estimateRows(tree), catalog.statistics(relation.oid).at(0)?.rows, changed);
      });
      if (due.length === 0) {
        transaction.rollback();
        return;
      }
      const editor = new CatalogEditor(transaction, catalog);
      const snapshot = database.snapshot();
      const pause = (): Promise<void> => database.runtime.clock.sleep(0);
      for (const table of due) {
        const columns = table.columns.map((_, position) => position);
        const sample = await sampleTree(snapshot, table.tree, columns, SAMPLE);
        if (sample.blocks.length > 0) editor.setStatistics(table, await tableStatistics(table, sample, pause));
      }
      await transaction.commit();
      for (const { tree } of due) this.#changed.set(tree.id, -(pending.get(tree.id) ?? 0));
    } catch (error) {
      transaction.rollback();
      if (!isSqlError(error, 'serialization_failure')) throw error;
    }
  }
}

/** Keys written to each tree since the checkpoint in use. */
function pendingChanges(database: Database): Map<TreeId, number> {
  const { memtable, manifest } = database.snapshot();
  const changes = new Map<TreeId, number>();
  for (const [id, tree] of memtable.trees()) {
    const bulk = tree.runs.reduce((sum, run) => sum + (run.slot > manifest.slot ? run.rows : 0), 0);
    if (tree.entries + bulk > 0) changes.set(id, tree.entries + bulk);
  }
  return changes;
}

function isDue(rows: number, rowsThen: number | undefined, changed: number): boolean {
  if (rows < ROWS_MIN) return false;
  if (rowsThen === undefined) return true;
  const much = Math.max(CHANGED_ROWS_MIN, rowsThen * CHANGED_SHARE);
  return Math.abs(rows - rowsThen) > much || changed > much;
}
