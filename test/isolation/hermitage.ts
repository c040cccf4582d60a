/** When each case of Hermitage (Kleppmann, 2014) shows its anomaly, as a predicate over what its transactions saw. */
import { assert } from '../../src/base/assert.ts';

/** One run of a case. */
export interface Run {
  /** Rows of each labelled query, as id to value; absent when the query failed. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Transactions that committed. */
  readonly committed: ReadonlySet<number>;
  /** The table afterwards. */
  readonly final: ReadonlyMap<number, number>;
}

type Predicate = (run: Run) => boolean;

const bothCommit: Predicate = ({ committed }) => committed.has(1) && committed.has(2);

function value(run: Run, label: string, id: number): number | undefined {
  return run.seen.get(label)?.get(id);
}

function saw(run: Run, label: string, wanted: number): boolean {
  return [...(run.seen.get(label)?.values() ?? [])].includes(wanted);
}

const ANOMALIES: Readonly<Record<string, Predicate>> = {
  G0: ({ final }) => !['10,20', '11,21', '12,22'].includes([final.get(1), final.get(2)].join()),
  G1a: (run) => saw(run, 'a', 101) || saw(run, 'b', 101),
  G1b: (run) => saw(run, 'a', 101) || saw(run, 'b', 101),
  G1c: (run) => bothCommit(run) && value(run, 'a', 2) === 22 && value(run, 'b', 1) === 11,
  OTV: (run) => {
    const [a, b, c, d] = [value(run, 'a', 1), value(run, 'b', 2), value(run, 'c', 2), value(run, 'd', 1)];
    return a === 12 || b === 18 || (a === 11 && b === 20) || (c === 18 && d !== 12 && d !== undefined);
  },
  PMP: (run) => saw(run, 'b', 30),
  'PMP-write': (run) => bothCommit(run) && [...run.final.values()].includes(20),
  P4: bothCommit,
  'G-single': (run) => run.committed.has(1) && value(run, 'a', 1) === 10 && value(run, 'b', 2) === 18,
  'G-single-pred': (run) => run.committed.has(1) && saw(run, 'b', 12),
  'G-single-wpred': bothCommit,
  'G2-item': bothCommit,
  G2: bothCommit,
  'G2-fekete': (run) => bothCommit(run) && run.committed.has(3) && value(run, 'c', 1) === 10 && value(run, 'c', 2) === 25,
};

/** Whether a run of the case shows the anomaly that it is named after. */
export function showsAnomaly(name: string, run: Run): boolean {
  const predicate = ANOMALIES[name];
  assert(predicate !== undefined, 'every case has its predicate', { name });
  return predicate(run);
}
