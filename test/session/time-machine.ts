/** A database in memory whose clock, the host's and the store's, moves when told to. */
import { collectGarbage, type GarbageReport } from '../../src/maintenance/garbage.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openBranchStore } from '../../src/platform/store-url.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import type { Session, StatementResult } from '../../src/session/session.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';

export const AGE_MS = 3_600_000;
const TIMES = { ageMs: AGE_MS, graceMs: 20_000, marginMs: 2_000 };

export class TimeMachine {
  nowMs = Date.UTC(2030, 0, 1);
  readonly store = new MemoryStore({ clock: { now: () => this.nowMs } });
  readonly runtime = (() => {
    const runtime = nodeRuntime();
    const startMs = this.nowMs;
    return { ...runtime, clock: { ...runtime.clock, now: () => this.nowMs, monotonic: () => this.nowMs - startMs } };
  })();
  readonly #opened: OpenedEngine[] = [];

  /** Another process on the same bucket, or on a branch of it (`a/b` for a branch of a branch). */
  async open(branch?: string): Promise<OpenedEngine> {
    const store = branch === undefined ? this.store : await openBranchStore(this.store, this.runtime, branch);
    const opened = await openEngine('memory:', { store, runtime: this.runtime, checkpoints: 'manual' });
    this.#opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.#opened) await opened.close();
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.nowMs += ms;
  }

  /** What the bucket holds now, as ISO text. */
  get now(): string {
    return new Date(this.nowMs).toISOString();
  }

  collect({ database }: OpenedEngine): Promise<GarbageReport> {
    return collectGarbage(database, TIMES);
  }
}

/** The rows of one statement as text, columns joined by a comma. */
export async function rowsOf(session: Session, text: string): Promise<string[]> {
  const { fields, rows } = await session.query(text);
  const columns = fields ?? [];
  return rows.map((row) => row.map((value, at) => (value === null ? 'null' : session.textOfValue(columns[at].type.oid, value))).join());
}

/** Every result of several statements. */
export async function runAll(session: Session, text: string): Promise<StatementResult[]> {
  const results: StatementResult[] = [];
  for await (const result of session.run(text)) results.push(result);
  return results;
}
