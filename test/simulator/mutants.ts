/**
 * Planted bugs: the engine's own text with one line changed, bundled with the simulator. A mutant whose line is no longer in
 * the source is an error, so that the gate cannot go blind.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { assert } from '../../src/base/assert.ts';
import type * as Simulator from './simulation.ts';
import type { Swarm } from './swarm.ts';

export interface CodeMutant {
  readonly name: string;
  /** Path from the project's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A seed by which the simulator notices it, tried before all others; 1 unless given. */
  readonly seed?: number | undefined;
  /** Conditions under which the bug shows sooner. */
  readonly swarm?: ((drawn: Swarm) => Swarm) | undefined;
}

/** Loses answers often, freezes long and collects early. */
function harsh(drawn: Swarm): Swarm {
  const network = { ...drawn.network, lostAfter: 0.1, ghost: 0.05, ghostMs: 120_000 };
  return {
    ...drawn,
    network,
    freeze: 0.15,
    keeperFreeze: 0.05,
    freezeMs: 200_000,
    crash: 0,
    thinkMs: 5_000,
    clients: 5,
    collectors: 2,
    checkpointers: 2,
    keepEveryMs: 2_000,
    keys: 2,
    fence: { mode: 'store-clock', ageMs: 20_000, graceMs: 5_000, marginMs: 2_000 },
  };
}

/** Freezes for less than AGE, so that the store's clock is believed while the collector is at work. */
function brisk(drawn: Swarm): Swarm {
  const swarm = harsh(drawn);
  return {
    ...swarm,
    freeze: 0.4,
    keeperFreeze: 0,
    freezeMs: 15_000,
    crash: 0.1,
    keepEveryMs: 500,
    thinkMs: 1_000,
    fence: { ...swarm.fence, ageMs: 40_000, graceMs: 3_000 },
  };
}

/**
 * The same where opening is what freezes, GRACE is nearly AGE, and checkpoints come so seldom that the tail grows older than AGE: only
 * then may the collector follow a new checkpoint at once.
 */
function graceful(drawn: Swarm): Swarm {
  const swarm = harsh(drawn);
  return {
    ...swarm,
    freeze: 0.5,
    keeperFreeze: 0,
    freezeMs: 8_000,
    crash: 0.5,
    checkpointers: 1,
    travellers: 0,
    keepEveryMs: 1_000,
    thinkMs: 60_000,
    clients: 2,
    transactionsPerClient: 60,
    fence: { ...swarm.fence, ageMs: 12_000, graceMs: 11_000, marginMs: 500 },
  };
}

/** One checkpointer that freezes half way, for longer than AGE. */
function stalling(drawn: Swarm): Swarm {
  return { ...harsh(drawn), checkpointers: 1, collectors: 2, freeze: 0.4, keeperFreeze: 0.15, freezeMs: 60_000, keepEveryMs: 300 };
}

/** Flips a bit in every hundredth answer. */
function flipping(drawn: Swarm): Swarm {
  return { ...harsh(drawn), network: { ...drawn.network, flippedBit: 0.01 } };
}

/** As harsh, with every conclusion confirmed by a read of root. */
function confirming(drawn: Swarm): Swarm {
  const swarm = harsh(drawn);
  return { ...swarm, fence: { ...swarm.fence, mode: 'confirming' } };
}

/** Announces at once. */
const EAGER = { lossesMin: 0, memoryMs: 600_000, leaders: 8, takeoverMs: 50, pollMs: 5, intentSlots: 64 };

/** Everybody combines, under faults and a collector that is early. */
function contending(drawn: Swarm): Swarm {
  const swarm = harsh(drawn);
  return { ...swarm, freeze: 0.05, freezeMs: 3_000, clients: 6, thinkMs: 10, keys: 12, contention: EAGER };
}

/** As harsh, with somebody who goes back in time all along. */
function travelling(drawn: Swarm): Swarm {
  const swarm = harsh(drawn);
  return { ...swarm, travellers: 1, restore: 0.4, freeze: 0.05, thinkMs: 20_000, transactionsPerClient: 40 };
}

export const CODE_MUTANTS: readonly CodeMutant[] = [
  {
    name: 'own record not recognised',
    file: 'src/transaction/log.ts',
    from: 'return isMine(own.cores[0]) ?',
    to: 'return isMine === undefined ?',
  },
  {
    name: 'a 404 after an unknown outcome means failed',
    seed: 26,
    file: 'src/transaction/log.ts',
    from: "if (settled.kind !== 'empty') return settled;",
    to: "if (settled.kind !== 'empty') return settled; return { kind: 'refused', error: new SqlError('serialization_failure', 'planted') };",
    swarm: harsh,
  },
  {
    name: 'reads are not validated',
    file: 'src/transaction/validation.ts',
    from: 'for (const reads of claim.reads) {',
    to: 'for (const reads of claim.reads.slice(0, 0)) {',
  },
  {
    name: 'writes are not validated',
    file: 'src/transaction/validation.ts',
    from: 'for (const writes of claim.writes) {',
    to: 'for (const writes of claim.writes.slice(0, 0)) {',
    swarm: (drawn) => ({ ...drawn, clients: 6 }),
  },
  {
    name: 'members of a group are not validated against each other',
    file: 'src/transaction/group.ts',
    from: 'conflictWith(claim, this.#touched) === undefined',
    to: 'this.#touched !== undefined',
  },
  {
    name: 'what others announced is not validated',
    file: 'src/transaction/group-commit.ts',
    from: ' && firstConflict(record, missed) !== undefined;',
    to: ' && missed.length < 0;',
    swarm: contending,
  },
  {
    name: 'what others announced is ordered without the records after it',
    file: 'src/transaction/group-commit.ts',
    from: 'if (missed === undefined) return false;',
    to: 'if (missed === undefined) return true;',
    swarm: (drawn) => ({ ...contending(drawn), crash: 0.3 }),
  },
  {
    name: 'intents never become void',
    seed: 45,
    file: 'src/transaction/intents.ts',
    from: '!isDecided && voidAfter > end &&',
    to: '!isDecided && voidAfter > 0 &&',
    swarm: (drawn) => ({ ...contending(drawn), contention: { ...EAGER, intentSlots: 1 } }),
  },
  {
    name: 'an announced transaction fails at its deadline',
    file: 'src/transaction/group-commit.ts',
    from: "candidate.intent === undefined ? outrun() : unknownOutcome(undefined, 'no record decided it before the deadline')",
    to: 'outrun()',
    swarm: (drawn) => ({ ...contending(drawn), commitDeadlineMs: 500 }),
  },
  {
    name: 'an announced transaction that fell behind fails',
    file: 'src/transaction/group-commit.ts',
    from: 'candidate.reject(intent === undefined ? tooFarBehind() : ',
    to: 'candidate.reject(intent !== undefined ? tooFarBehind() : ',
    swarm: (drawn) => ({ ...contending(drawn), freeze: 0.4, freezeMs: 200_000 }),
  },
  {
    name: 'a warm read does not probe',
    file: 'src/transaction/database.ts',
    from: 'await this.#probe.ask();\n    if (transaction.isConfirmed) return;',
    to: 'return;',
  },
  {
    name: 'a probe answers those who came after it was sent',
    seed: 5,
    file: 'src/transaction/database.ts',
    from: 'if (transaction.begunAfterProbe < number)',
    to: 'if (number > 0)',
  },
  {
    name: "the store's clock is believed for ever",
    file: 'src/transaction/fence.ts',
    from: 'dateMs < untilMs',
    to: 'dateMs < Infinity * untilMs',
    swarm: harsh,
  },
  {
    name: 'no confirmation after a create',
    file: 'src/transaction/log.ts',
    from: "if ((await this.#fence.conclude(dateMs, end)) === 'behind') return PASSED;\n    this.#fence.absentAt(slot(end + 1), sentMs);",
    to: 'this.#fence.absentAt(slot(end + 1), sentMs);',
    swarm: confirming,
  },
  {
    name: 'no confirmation at the end of the log',
    file: 'src/transaction/log.ts',
    from: "if ((await this.#fence.conclude(dates.latestMs, end)) === 'behind') return { kind: 'behind' };",
    to: '',
    swarm: confirming,
  },
  {
    name: 'hashes of records are not checked',
    file: 'src/transaction/record-codec.ts',
    from: "if (!equalBytes(crypto.sha256(core.subarray(0, length - HASH_BYTES)), hash)) reader.damaged('its hash does not match');",
    to: '',
    swarm: flipping,
  },
  {
    name: 'hashes of pages are not checked',
    file: 'src/storage/page-hash.ts',
    from: 'if (found[at] !== hash[at])',
    to: 'if (found[at] < 0)',
    swarm: flipping,
  },
  {
    name: 'GRACE = 0',
    seed: 274,
    file: 'src/maintenance/garbage.ts',
    from: 'nowMs - sinceMs >= this.#options.graceMs + this.#options.marginMs',
    to: 'nowMs >= sinceMs',
    swarm: graceful,
  },
  {
    name: 'AGE = 0',
    seed: 8,
    file: 'src/maintenance/garbage.ts',
    from: 'return nowMs - this.#options.ageMs - this.#options.marginMs;',
    to: 'return nowMs;',
    swarm: brisk,
  },
  {
    name: 'records are deleted before the boundary is in root',
    file: 'src/maintenance/garbage.ts',
    from: 'recordsDeleted = await this.#deleteRecords(version.root.boundary);',
    to: 'recordsDeleted = await this.#deleteRecords(version.root.checkpoint.slot);',
    swarm: harsh,
  },
  {
    name: "root's own manifest is not looked at",
    seed: 3,
    file: 'src/maintenance/references.ts',
    from: 'if (root.checkpoint.slot > 0) {',
    to: 'if (root.checkpoint.slot < 0) {',
    swarm: harsh,
  },
  {
    name: 'what records refer to is not looked at',
    file: 'src/maintenance/references.ts',
    from: 'addAll(names, bulk.segments)',
    to: 'addAll(names, [])',
    swarm: harsh,
  },
  {
    name: 'checkpoints of doomed segments are published',
    seed: 337,
    file: 'src/maintenance/publish.ts',
    from: 'isDoomedNow = epoch <= current.doomEpoch;',
    to: 'isDoomedNow = false;',
    swarm: stalling,
  },
  {
    name: 'a publication does not see that root moved',
    seed: 19,
    file: 'src/maintenance/publish.ts',
    from: '|| current.checkpoint.name !== before.checkpoint.name',
    to: '',
    swarm: harsh,
  },
  {
    name: 'a checkpoint leaves out the newest record',
    file: 'src/storage/merge.ts',
    from: 'new MemtableScan(memtable, WHOLE_TREE, false, slot, manifest.slot)',
    to: 'new MemtableScan(memtable, WHOLE_TREE, false, (slot - 1) as Slot, manifest.slot)',
    swarm: harsh,
  },
  {
    name: 'a newer checkpoint empties the memtable',
    file: 'src/transaction/tip.ts',
    from: 'this.#memtable = this.#memtable.trimThrough(manifest.slot);',
    to: 'this.#memtable = new Memtable();',
    swarm: harsh,
  },
  {
    name: 'what is in the log already is ordered again',
    file: 'src/transaction/group-commit.ts',
    from: 'announced.isDecided = tip.placeOf(record.id) !== undefined || ',
    to: 'announced.isDecided = ',
    swarm: contending,
  },
  {
    name: 'rows without a key of one record share their row ids',
    seed: 5,
    file: 'src/transaction/row-ids.ts',
    from: 'const base = next;',
    to: 'const base = 0;',
  },
  {
    name: 'a later statement does not validate the ones before',
    seed: 19,
    file: 'src/transaction/open-transaction.ts',
    from: 'this.#seen = this.#host.validate(this.#claim(), this.#seen);',
    to: 'this.#seen = next.slot;',
  },
  {
    name: 'a restore conflicts with nobody',
    file: 'src/transaction/footprint.ts',
    from: "else if (control.kind === 'state') this.#replacesState = true;",
    to: '',
    swarm: travelling,
  },
  {
    name: 'a branch lacks the records after the checkpoint',
    file: 'src/maintenance/branch.ts',
    from: 'await manifestOf(state.snapshot, new SegmentWriter',
    to: 'state.snapshot.slot > 0 ? { ...state.snapshot.manifest, slot } : await manifestOf(state.snapshot, new SegmentWriter',
    swarm: travelling,
  },
];

/** The simulator over an engine with the bug planted. Call `dispose` when done. */
export async function simulatorWith(
  mutant: CodeMutant,
): Promise<{ readonly simulate: typeof Simulator.simulate; dispose(): Promise<void> }> {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = join(here, '..', '..');
  const target = join(root, mutant.file);
  let isPlanted = false;
  const plant: Plugin = {
    name: 'plant',
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== target) return undefined;
        const source = await readFile(path, 'utf8');
        isPlanted = source.split(mutant.from).length === 2;
        return { contents: source.replace(mutant.from, () => mutant.to), loader: 'ts' };
      });
    },
  };
  const bundle = await build({
    entryPoints: [join(here, 'simulation.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    plugins: [plant],
    logLevel: 'error',
  });
  assert(isPlanted, 'the line that a mutant changes is in the source once', { mutant: mutant.name });
  const folder = await mkdtemp(join(tmpdir(), 'velocidb-mutant-'));
  const file = join(folder, 'simulation.mjs');
  await writeFile(file, bundle.outputFiles[0].contents);
  const loaded = (await import(pathToFileURL(file).href)) as typeof Simulator;
  return { simulate: loaded.simulate, dispose: () => rm(folder, { recursive: true }) };
}
