/** Times of interleaved rounds: ours and theirs in turn, so that a machine that drifts drifts for both. */

export interface Timed {
  readonly name: string;
  /** Runs the case once; answers how many operations it did. */
  run(): number | Promise<number>;
}

/** Seconds since some moment. */
export type TimingClock = () => number;

/** What passes for whoever waits. */
export const wallSeconds: TimingClock = () => performance.now() / 1000;

/** What this process's threads spend together: the same on a busy machine, except for its caches. */
export const cpuSeconds: TimingClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Best seconds per operation by contestant. */
export class Measured extends Map<string, number> {
  /** Those whose time was up: they have no best. */
  readonly cutOff = new Set<string>();
  /** Counted rounds. */
  rounds = 0;
}

/** A case whose counted rounds have used this much has had its last. */
const CASE_SECONDS_MAX = 60;
/** Rounds wanted however long they take, up to thrice the seconds of the case. */
const ROUNDS_MIN = 3;

/** SQLSTATE of a statement that its timeout ended. */
const QUERY_CANCELED = '57014';

/**
 * Runs every contestant `rounds` times, after one round that is not counted; fewer once the counted ones took `secondsMax`. A contestant
 * whose statement is ended by its timeout is out. `clock` times the contestants.
 */
export async function interleaved(
  contestants: readonly Timed[],
  rounds = 5,
  secondsMax = CASE_SECONDS_MAX,
  clock: TimingClock = wallSeconds,
): Promise<Measured> {
  const measured = new Measured();
  let began = performance.now();
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants.filter(({ name }) => !measured.cutOff.has(name))) {
      const seconds = await secondsOf(contestant, clock);
      if (seconds === undefined) {
        measured.cutOff.add(contestant.name);
        measured.delete(contestant.name);
      } else if (round > 0) measured.set(contestant.name, Math.min(measured.get(contestant.name) ?? Infinity, seconds));
    }
    measured.rounds = round;
    if (measured.cutOff.size === contestants.length) break;
    if (round === 0) began = performance.now();
    else if (performance.now() - began > (round < ROUNDS_MIN ? 3 : 1) * secondsMax * 1000) break;
  }
  return measured;
}

/** Seconds per operation; undefined when it was cut off. */
async function secondsOf(contestant: Timed, clock: TimingClock): Promise<number | undefined> {
  const started = clock();
  try {
    const operations = await contestant.run();
    return (clock() - started) / operations;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) return undefined;
    throw error;
  }
}
