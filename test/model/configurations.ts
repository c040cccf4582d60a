/** The searches of the gate, the long ones, and the mutants with the search that must catch each. */
import { type Bounds, PROTOCOL, type Rules } from './rules.ts';

const confirm: Bounds = {
  name: 'confirming form: 2 writers, reader, duplicates',
  slots: 3,
  writers: ['plain', 'plain'],
  transactions: 1,
  reader: true,
  duplicates: true,
  clock: undefined,
  checkpointSegments: 0,
};
const warm: Bounds = {
  ...confirm,
  name: 'confirming form: writers of 2 and 1 transactions, warm',
  transactions: 2,
  othersTransactions: 1,
  reader: false,
  duplicates: false,
};
const clock: Bounds = {
  ...confirm,
  name: "store's clock: 2 writers, reader, AGE 2, GRACE 1",
  duplicates: false,
  clock: { ageTicks: 2, graceTicks: 1 },
};
const clockWarm: Bounds = {
  ...clock,
  name: "store's clock: writers of 2 and 1 transactions, warm",
  transactions: 2,
  othersTransactions: 1,
  reader: false,
};
const doom: Bounds = {
  ...confirm,
  name: 'bulk load and doom: loader, collector, 2 checkpoints with segments, duplicates',
  writers: ['loader', 'collector'],
  reader: false,
  duplicates: true,
  checkpointSegments: 2,
};

const doomRead: Bounds = {
  ...doom,
  name: 'bulk load and doom: loader, collector, reader, checkpoint with a segment',
  reader: true,
  duplicates: false,
  checkpointSegments: 1,
};

/** Run by `npm test`: each exhausted, together under two minutes. */
export const GATE: readonly Bounds[] = [confirm, warm, clock, doom, doomRead];

/** Run by hand and before a release. */
export const LONG: readonly Bounds[] = [
  clockWarm,
  { ...confirm, name: 'confirming form: 2 writers of 2 transactions, reader, duplicates', transactions: 2 },
  { ...doom, name: 'bulk load and doom: 2 loads, 2 dooms', transactions: 2, slots: 4 },
];

/** The confirming form with `count` writers of one transaction each. */
export function withWriters(count: number): Bounds {
  return {
    ...confirm,
    name: `confirming form: ${count} writers`,
    writers: new Array<'plain'>(count).fill('plain'),
    reader: false,
    duplicates: false,
  };
}

/** The protocol with one rule turned over, the promise that falls first, and bounds in which it does. */
export interface Mutant {
  readonly name: string;
  readonly breaks: string;
  readonly rules: Rules;
  readonly bounds: Bounds;
}

function mutant(breaks: string, name: string, change: Partial<Rules>, bounds: Bounds): Mutant {
  return { name, breaks, rules: { ...PROTOCOL, ...change }, bounds };
}

export const MUTANTS: readonly Mutant[] = [
  mutant('P1', 'no confirmation after a create', { confirmCreate: false }, confirm),
  mutant('P3', 'own record not recognised', { recogniseOwn: false }, confirm),
  mutant('P3', '404 means failed', { emptyIsUnknown: false }, confirm),
  mutant('P6', 'no confirmation at the end of a replay', { confirmEnd: false }, confirm),
  mutant('P2', 'run again after falling behind', { behindIsUnknown: false }, warm),
  mutant('P2', 'run again after the deadline', { deadlineIsUnknown: false }, confirm),
  mutant('P3', "no confirmation of a stranger's record", { confirmLoss: false }, warm),
  mutant('P4', 'delete before the boundary is in root', { boundaryFirst: false }, confirm),
  mutant('P4', 'checkpoint goes back', { checkpointGrows: false }, doom),
  mutant('P5', 'publish without doom check', { publishChecksDoom: false }, doom),
  mutant('P5', 'publish without rebase', { publishRebases: false }, doom),
  mutant('P5', 'delete before doom', { doomFirst: false }, doom),
  mutant('P5', 'doom not in the log', { doomIsLogged: false }, doom),
  mutant('P5', 'bulk load does not conflict with doom', { bulkMeetsDoom: false }, doom),
  mutant('P5', 'segments of log records not pinned', { logPins: false }, doom),
  mutant('P5', 'unknown bulk load cleans up', { unknownIsNotCleaned: false }, doom),
  mutant('P1', 'L taken when the answer is processed', { nextAbsentAt: 'answer' }, clockWarm),
  mutant('P1', 'L taken at the last send', { nextAbsentAt: 'last send' }, clockWarm),
  mutant('P6', 'collection without the age rule', { ageRule: false }, clock),
  mutant('P1', 'L believed for ever', { ageIsChecked: false }, clockWarm),
  mutant('P6', 'GRACE = 0', { graceRule: false }, clock),
];
