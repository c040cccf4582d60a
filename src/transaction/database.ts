/**
 * One database, as one process has it open.
 *
 *     open ── GET root ──> tip (manifest + tail) ── begin ──> transactions ── commit ──> group commit ──> log
 *                              ^                                                  │
 *                              └── replay <── probe of the next slot <── confirm ─┘
 *
 * Invariants
 *   D1  Opening reads root and nothing else; it never writes.
 *   D2  An uncontended read-write transaction is one PUT; a confirmed read-only one is nothing.
 *   D3  Root is never on the commit path: refreshing its hint happens beside it, at most about once a second.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { unpackInlinePages } from '../storage/inline-pages.ts';
import { PageStore } from '../storage/page-store.ts';
import { estimateRows, readRow, type Snapshot } from '../storage/storage-state.ts';
import { treeId, type Slot, type TreeSchema } from '../storage/tree.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import type { BlockCache } from '../../vfs/tiers/block-cache.ts';
import { TieredReader } from '../../vfs/tiers/tiered-reader.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';
import { TransactionBulkLoad, type BulkLoadHost } from './bulk-load.ts';
import { baseOf } from './checkpoint.ts';
import { timestampNow } from './commit-time.ts';
import { Fence, FENCE_DEFAULTS } from './fence.ts';
import { SharedProbe } from './freshness.ts';
import { CONTENTION_DEFAULTS } from './contention.ts';
import { databaseClosed, GroupCommit, tooFarBehind } from './group-commit.ts';
import { Intents } from './intents.ts';
import { Log } from './log.ts';
import { ROOT_NAME } from './names.ts';
import { advanced, advanceRecord, COUNTERS, COUNTER_COLUMNS, type Advance } from './advance.ts';
import { objectWriter } from './object-writer.ts';
import { OpenTransaction, type TransactionHost } from './open-transaction.ts';
import { freshId, type Control, type TransactionRecord, type TreeReads, type WriterId } from './record.ts';
import { openCore } from './record-codec.ts';
import { checkVersions, type Root } from './root-codec.ts';
import { PastStates } from './past.ts';
import type { DatabaseOptions } from './database-options.ts';
import { RootTending } from './root-tending.ts';
import { RootFile, type RootVersion } from './root.ts';
import { Tip, type Base } from './tip.ts';
import type {
  BulkLoad,
  BulkLoadRequest,
  CommitResult,
  Consistency,
  DatabaseState,
  Isolation,
  Moment,
  PromptReads,
  TransactionId,
} from './transaction.ts';
import { conflictWith, serializationFailure, type Claim } from './validation.ts';

const COMMIT_DEADLINE_MS = 30_000;
const GROUP_TRANSACTIONS_MAX = 16_384;
/** What is left of a record's bytes is for reads and tombstones. */
const SPILL_BYTES = 48 * 1024 * 1024;
/** Footprints kept without asking who needs them: what other writers announced is validated against them. */
const FORGET_RECORDS_MIN = 64;
const FORGET_BYTES_MIN = 4 * 1024 * 1024;
/** How many records a local state may lag behind a checkpoint before it jumps there instead of replaying. */
const JUMP_RECORDS = 1_000;

/** Opens the database in `store`: one GET. Throws SQLSTATE 3D000 when there is none, 0A000 when a newer program wrote it. */
export async function openDatabase(store: ObjectStore, runtime: Runtime, options: DatabaseOptions = {}): Promise<Database> {
  const root = new RootFile(store, runtime);
  const version = await root.read();
  const databaseId = options.databaseId ?? (store instanceof BranchStore ? store.id : undefined);
  if (databaseId !== undefined && version.root.databaseId !== databaseId)
    throw new SqlError('data_corrupted', 'root belongs to another database', { detail: `It should be that of ${databaseId}.` });
  const tiers = options.tiers?.(version.root.databaseId) ?? [];
  const reader = new TieredReader({ store, tiers });
  const pages = new PageStore({ reader, crypto: runtime.crypto, cacheBytesMax: options.pageCacheBytesMax });
  return new Database({ store, runtime, root, pages, tiers, options }, version, await baseOf(version.root, store, runtime));
}

/** What a database is made of; see `openDatabase`. */
export interface DatabaseParts {
  readonly store: ObjectStore;
  readonly runtime: Runtime;
  readonly root: RootFile;
  readonly pages: PageStore;
  /** Caches between memory and the store; closed with the database. */
  readonly tiers: readonly BlockCache[];
  readonly options: DatabaseOptions;
}

export class Database implements DatabaseState, TransactionHost {
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  readonly #root: RootFile;
  readonly #pages: PageStore;
  readonly #tiers: readonly BlockCache[];
  readonly #tip: Tip;
  readonly #fence: Fence;
  readonly #log: Log;
  readonly #commits: GroupCommit;
  readonly #probe: SharedProbe<Slot>;
  readonly #active = new Set<OpenTransaction>();
  readonly #options: DatabaseOptions;
  readonly #tending: RootTending;
  readonly #past: PastStates;
  readonly #reads: PromptReads = {
    readPromptly: (reader, key, _purpose, into) => {
      this.#checkIsOpen();
      return reader.read(this.#tip.snapshot(), key, into);
    },
    openPromptly: (reader, from, to) => {
      this.#checkIsOpen();
      return reader.open(this.#tip.snapshot(), from, to);
    },
  };
  #probes = 0;
  /** When the newest finished probe was sent (monotonic ms). */
  #confirmedAtMs = -Infinity;
  #isCold = true;
  #isClosed = false;
  #reloading: Promise<void> | undefined;
  /** The newest generation of root that was taken up. */
  #adopted = 0;

  constructor(parts: DatabaseParts, version: RootVersion, base: Base) {
    const { store, runtime, root, pages, tiers, options } = parts;
    this.#store = store;
    this.#runtime = runtime;
    this.#root = root;
    this.#pages = pages;
    this.#tiers = tiers;
    this.#options = options;
    this.#tip = new Tip(version.root.databaseId, pages, base);
    this.#fence = new Fence({ ...FENCE_DEFAULTS, ...options.fence }, runtime.clock, () => this.#root.confirm());
    this.#log = new Log(store, runtime, this.#fence);
    this.#past = new PastStates({ store, runtime, pages, root, tip: this.#tip, confirm: () => this.confirm({ kind: 'linearizable' }) });
    this.#probe = new SharedProbe(() => this.#probeOnce());
    this.#adopted = version.root.generation;
    unpackInlinePages(version.root.pages, pages, ROOT_NAME);
    const tending = { hintLagSlots: options.hintLagSlots, tendEveryMs: options.tendEveryMs, lookEveryMs: this.#fence.options.ageMs / 8 };
    this.#tending = new RootTending(root, this.#tip, runtime.clock, tending, (read) => this.adopt(read));
    this.#replayTail(version.root);
    this.#fence.rootReadAt(version.dateMs, version.root.boundary);
    const { databaseId } = version.root;
    const host = {
      runtime,
      intents: new Intents(store, runtime, databaseId),
      committed: (bulkRows: number) => this.#committed(bulkRows),
      follow: () => this.#probe.ask(),
      tip: this.#tip,
      log: this.#log,
      fence: this.#fence,
      databaseId,
      writer: freshId<WriterId>(runtime.random),
      reload: () => this.reload(),
      checkMayWrite: () => this.#checkMayWrite(),
    };
    this.#commits = new GroupCommit(host, {
      commitDeadlineMs: options.commitDeadlineMs ?? COMMIT_DEADLINE_MS,
      groupTransactionsMax: options.groupTransactionsMax ?? GROUP_TRANSACTIONS_MAX,
      contention: options.contention === false ? undefined : { ...CONTENTION_DEFAULTS, ...options.contention },
      at: options.at ?? (() => undefined),
    });
  }

  /** How long a transaction may live (ms): what it reads and misses is kept that long. */
  get #transactionMsMax(): number {
    return this.#fence.options.ageMs / 4;
  }

  get slot(): Slot {
    return this.#tip.slot;
  }

  get catalogVersion(): number {
    return this.#tip.catalogVersion;
  }

  get replacements(): number {
    return this.#tip.replacements;
  }

  /** Root, for checkpoints and the collector. */
  get root(): RootFile {
    return this.#root;
  }

  get fence(): Fence {
    return this.#fence;
  }

  /** The local state: for maintenance, which reads it through a slot it knows to be confirmed. */
  get tip(): Tip {
    return this.#tip;
  }

  /** The pages of this process, through their cache. */
  get pages(): PageStore {
    return this.#pages;
  }

  get store(): ObjectStore {
    return this.#store;
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  begin(options: {
    readonly isolation: Isolation;
    readonly readOnly: boolean;
    readonly consistency?: Consistency | undefined;
  }): OpenTransaction {
    this.#checkIsOpen();
    const transaction = new OpenTransaction(this, {
      isolation: options.isolation,
      readOnly: options.readOnly,
      consistency: options.consistency ?? { kind: 'linearizable' },
      startedAt: timestampNow(this.#runtime.clock),
      begunMs: this.#runtime.clock.monotonic(),
      begunAfterProbe: this.#probes,
    });
    this.#active.add(transaction);
    return transaction;
  }

  async beginAt(moment: Moment): Promise<OpenTransaction> {
    this.#checkIsOpen();
    return new OpenTransaction(this, {
      isolation: 'repeatable read', // of what it reads nothing is recorded, and its snapshot never moves
      readOnly: true,
      consistency: { kind: 'eventual' },
      startedAt: timestampNow(this.#runtime.clock),
      begunMs: this.#runtime.clock.monotonic(),
      begunAfterProbe: this.#probes,
      snapshot: await this.#past.snapshotAt(moment),
    });
  }

  isFresh(consistency: Consistency): boolean {
    switch (consistency.kind) {
      case 'eventual':
        return true;
      case 'bookmark':
        return this.#tip.slot >= consistency.slot;
      case 'bounded':
        return this.#runtime.clock.monotonic() - this.#confirmedAtMs <= consistency.ms;
      case 'linearizable':
        return false;
      default:
        return unreachable(consistency);
    }
  }

  get reads(): PromptReads {
    return this.#reads;
  }

  async confirm(consistency: Consistency): Promise<{ readonly moved: boolean }> {
    const before = this.#tip.slot;
    if (this.isFresh(consistency)) return { moved: false };
    const current = await this.#probe.ask();
    if (this.#tip.closed !== undefined) throw databaseClosed(this.#tip.closed);
    if (consistency.kind === 'bookmark' && current < consistency.slot) {
      throw new SqlError('invalid_parameter_value', `bookmark ${consistency.slot} is from the future`, {
        detail: `The newest slot is ${current}.`,
      });
    }
    return { moved: current > before };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#commits.idle();
    await this.#tending.idle();
    await Promise.all(this.#tiers.map((tier) => tier.close()));
    await this.#store.close();
  }

  /**
   * Commits a record of control entries by itself. Answers its slot. With `reads` it is refused (40001) when anything was written to them
   * after slot `seen`; they are not part of the record.
   */
  async commitControls(
    controls: readonly Control[],
    { reads = [], seen = this.#tip.slot }: { readonly reads?: readonly TreeReads[]; readonly seen?: Slot } = {},
  ): Promise<CommitResult> {
    const record: TransactionRecord = {
      id: this.newId(),
      snapshot: this.#tip.slot,
      isolation: 'serializable',
      rowIds: 0,
      reads: [],
      writes: [],
      bulk: [],
      controls,
    };
    return this.#submit(record, { reads, writes: [], bulk: [] }, seen);
  }

  /** About how many rows a tree has here and now: from counts at hand, never by reading. */
  estimateRows(tree: number): number {
    return estimateRows(this.#tip.snapshot(), treeId(tree));
  }

  newId(): TransactionId {
    return freshId(this.#runtime.random);
  }

  snapshot(): Snapshot {
    return this.#tip.snapshot();
  }

  async commit(transaction: OpenTransaction, record: TransactionRecord, claim: Claim): Promise<CommitResult> {
    if (this.#runtime.clock.monotonic() - transaction.begunMs > this.#transactionMsMax) throw tooFarBehind();
    return this.#submit(record, claim, transaction.seen);
  }

  async confirmReads(transaction: OpenTransaction): Promise<void> {
    if (!transaction.hasRead || transaction.isConfirmed || transaction.consistency.kind !== 'linearizable') return;
    if (transaction.isolation === 'read committed') return; // its statements were confirmed one by one, and none of its reads is validated
    await this.#probe.ask();
    if (transaction.isConfirmed) return;
    if (transaction.isolation === 'repeatable read') throw tooFarBehind();
    this.validate({ reads: transaction.recordedReads(), writes: [], bulk: [] }, transaction.seen);
  }

  validate(claim: Claim, seen: Slot): Slot {
    const missed = this.#tip.historyAfter(seen);
    if (missed === undefined) throw tooFarBehind();
    for (const record of missed) {
      const conflict = conflictWith(claim, record);
      if (conflict !== undefined) throw serializationFailure(conflict);
    }
    return this.#tip.slot;
  }

  bulkLoad(host: BulkLoadHost, tree: TreeSchema, { onDuplicate, memory }: BulkLoadRequest, epoch: Slot): BulkLoad {
    const { crypto, random } = this.#runtime;
    const segments = { crypto, random, epoch, writeObject: objectWriter(this.#store, this.#runtime) };
    const { bulkSegmentBytesMin: segmentBytesMin, bulkPartBytes: partBytes } = this.#options;
    return new TransactionBulkLoad(host, tree, onDuplicate, { segments, segmentBytesMin, partBytes, memory });
  }

  get spillBytes(): number {
    return this.#options.spillBytes ?? SPILL_BYTES;
  }

  objectMissing(): void {
    this.#tending.look();
  }

  ended(transaction: OpenTransaction): void {
    this.#active.delete(transaction);
  }

  /** Reads root and takes up what it says: a newer checkpoint below the local end, or everything anew when the local end is behind. */
  async reload(): Promise<void> {
    this.#reloading ??= this.#reloadOnce().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Takes up what a version of root says of the newest checkpoint. */
  async adopt(root: Root): Promise<void> {
    if (root.generation <= this.#adopted) return;
    const isAhead = root.checkpoint.slot > this.#tip.slot;
    // Where records were collected there is nothing to replay; where there are very many it is quicker not to.
    const jumps = isAhead && (root.boundary > this.#tip.slot || root.checkpoint.slot - this.#tip.slot > JUMP_RECORDS);
    if (isAhead && !jumps) return;
    const base = await baseOf(root, this.#store, this.#runtime);
    if (root.generation <= this.#adopted) return;
    this.#adopted = root.generation;
    unpackInlinePages(root.pages, this.#pages, ROOT_NAME);
    if (base.manifest.slot > this.#tip.slot) {
      this.#tip.restart(base);
      this.#replayTail(root);
    } else if (base.manifest.slot >= this.#tip.manifest.slot) this.#tip.rebase(base.manifest);
  }

  async #reloadOnce(): Promise<void> {
    const version = await this.#root.read();
    await this.adopt(version.root);
    assert(version.root.boundary <= this.#tip.slot, 'a reload passes the boundary', {
      boundary: version.root.boundary,
      tip: this.#tip.slot,
    });
  }

  async advance(advance: Advance): Promise<bigint> {
    this.#checkIsOpen();
    const snapshot = this.#tip.snapshot();
    const row = advanced(await readRow(snapshot, COUNTERS, advance.key, COUNTER_COLUMNS), advance);
    if (row === undefined) throw new SqlError('serialization_failure', 'could not serialize access: the counter cannot be advanced');
    const record = advanceRecord(this.newId(), snapshot.slot, advance.key, row);
    const { last } = await this.#submit(record, record, snapshot.slot, advance);
    assert(last !== undefined, 'A2: the record that holds an advance tells what it took');
    return last;
  }

  #submit(record: TransactionRecord, claim: Claim, seen: Slot, advance?: Advance): Promise<CommitResult> {
    this.#checkIsOpen();
    return this.#commits.submit(record, claim, seen, advance);
  }

  async #probeOnce(): Promise<Slot> {
    const number = ++this.#probes;
    const sentAtMs = this.#runtime.clock.monotonic();
    for (;;) {
      const end = this.#tip.slot;
      const tail = await this.#log.tail(end, this.#isCold);
      if (tail.kind === 'behind') {
        await this.reload();
        continue;
      }
      this.#isCold = false;
      for (const core of tail.cores) if (core.slot === this.#tip.slot + 1) this.#tip.apply(core);
      const current = (tail.cores.at(-1)?.slot ?? end) as Slot;
      if (this.#tip.slot < current) continue; // a reload in between went elsewhere
      this.#confirmedAtMs = Math.max(this.#confirmedAtMs, sentAtMs);
      for (const transaction of this.#active) if (transaction.begunAfterProbe < number) transaction.noteCurrent(current);
      this.#tending.afterRead();
      this.#forget();
      return current;
    }
  }

  #replayTail(root: Root): void {
    for (const bytes of root.tail) {
      const core = openCore(bytes, 'root', this.#runtime.crypto);
      if (core.slot === this.#tip.slot + 1) this.#tip.apply(core);
    }
    this.#isCold = true;
  }

  #checkIsOpen(): void {
    if (this.#isClosed) throw new SqlError('admin_shutdown', 'the database is closed');
  }

  #checkMayWrite(): void {
    const { fence } = this.#root;
    assert(fence !== undefined, 'an open database has read root');
    checkVersions(fence, 'write');
    checkVersions(this.#tip.versions, 'write');
    if (this.#tip.closed !== undefined) throw databaseClosed(this.#tip.closed);
  }

  /** Lets go of footprints that nobody will be validated against. A transaction past its time can no longer commit. */
  #forget(): void {
    const { historyRecords, historyBytes } = this.#tip;
    if (historyRecords < 2 * FORGET_RECORDS_MIN && historyBytes < FORGET_BYTES_MIN) return;
    const latestMs = this.#runtime.clock.monotonic() - this.#transactionMsMax;
    let oldest: number = historyBytes < FORGET_BYTES_MIN ? this.#tip.slot - FORGET_RECORDS_MIN : this.#tip.slot;
    for (const transaction of this.#active) if (transaction.seen < oldest && transaction.begunMs > latestMs) oldest = transaction.seen;
    const waiting = this.#commits.oldestSeen;
    if (waiting !== undefined && waiting < oldest) oldest = waiting;
    this.#tip.forgetThrough(Math.max(0, oldest));
  }

  #committed(bulkRows: number): void {
    this.#isCold = false;
    this.#forget();
    const { slot, tailBytes, tailRecords } = this.#tip;
    this.#options.onCommit?.({ slot, tailBytes, tailRecords, bulkRows });
    this.#tending.afterCommit();
  }
}
