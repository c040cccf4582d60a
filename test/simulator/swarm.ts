/** The faults and sizes of one run. Each fault is off in half of the runs: leaving faults out finds more than having them all. */
import type { ContentionOptions } from '../../src/transaction/contention.ts';
import type { NetworkFaults } from './sim-store.ts';
import type { World } from './world.ts';

export interface Swarm {
  readonly network: NetworkFaults;
  readonly clients: number;
  readonly transactionsPerClient: number;
  readonly keys: number;
  /** Longest pause between two transactions of a client, ms. */
  readonly thinkMs: number;
  /** Probabilities per client transaction. */
  readonly crash: number;
  readonly freeze: number;
  /** Probability per point of a checkpointer's or collector's way. */
  readonly keeperFreeze: number;
  readonly freezeMs: number;
  readonly skewMs: number;
  readonly checkpointers: number;
  readonly collectors: number;
  /** Processes that read the past and make branches of it. */
  readonly travellers: number;
  /** Probability that one restores a state of the past for everybody, each time. */
  readonly restore: number;
  /** Longest pause between two rounds of a checkpointer or collector, ms. */
  readonly keepEveryMs: number;
  readonly fence: {
    readonly mode: 'confirming' | 'store-clock';
    readonly ageMs: number;
    readonly graceMs: number;
    readonly marginMs: number;
  };
  readonly commitDeadlineMs: number;
  /** When writers combine, and how long their intents last. */
  readonly contention: Partial<ContentionOptions> | false;
}

export function swarmOf(world: World): Swarm {
  const half = (value: number): number => (world.chance(0.5) ? value : 0);
  const network: NetworkFaults = {
    lostBefore: half(0.04),
    lostAfter: half(0.06),
    ghost: half(0.03),
    ghostMs: world.of([20_000, 120_000, 1_800_000]),
    duplicate: half(0.05),
    refused: half(0.05),
    shortBody: half(0.02),
    flippedBit: world.chance(0.25) ? 0.005 : 0,
    slow: half(0.05),
    slowMs: world.of([1_000, 4_000]),
    staleList: half(0.3),
  };
  const ageMs = world.of([20_000, 60_000, 600_000]);
  return {
    network,
    clients: 2 + world.below(5),
    transactionsPerClient: 10 + world.below(20),
    keys: world.of([2, 4, 12]),
    thinkMs: world.of([10, 500, 5_000, 20_000]),
    crash: half(0.05),
    freeze: half(0.08),
    keeperFreeze: half(0.05),
    freezeMs: world.of([200, 3_000, 200_000, 900_000]),
    skewMs: half(86_400_000),
    checkpointers: world.below(3),
    collectors: world.below(3),
    travellers: world.chance(0.4) ? 1 : 0,
    restore: half(0.2),
    keepEveryMs: world.of([200, 2_000, 30_000]),
    fence: { mode: world.of(['confirming', 'store-clock', 'store-clock']), ageMs, graceMs: ageMs / world.of([2, 4]), marginMs: 2_000 },
    commitDeadlineMs: world.of([500, 5_000, 30_000]),
    contention: world.chance(0.25)
      ? false
      : {
          lossesMin: world.of([0, 1, 2]),
          memoryMs: world.of([500, 600_000]),
          leaders: world.of([0.5, 2, 8]),
          takeoverMs: world.of([50, 500]),
          pollMs: world.of([5, 100]),
          intentSlots: world.of([2, 8, 64]),
          winsPerLook: world.of([1, 8]),
        },
  };
}
