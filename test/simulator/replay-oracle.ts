/**
 * The log's order is the claimed serial order. So replay it on a plain map, and demand that every transaction saw exactly what
 * it would have seen there.
 *
 * Checked
 *   R1  The log is dense, and every record decodes.
 *   R2  A transaction reported committed is in the log once, at the slot it was told; one reported failed is not in it.
 *   R3  A serializable transaction that wrote saw the state just before its own place; one that only read, the state at one
 *       slot no older than what anybody had been told of when it began.
 *   R4  Nobody wrote what a transaction wrote between the snapshot on which it did and its place in the log.
 *   R5  Every statement, whatever became of its transaction, saw one state: its snapshot with the transaction's own writes. Only at read
 *       committed do statements of one transaction have several.
 *   R6  A statement at read committed whose snapshot was confirmed saw what had been acknowledged (checked as it happens, client.ts).
 *   R7  Who read a state of the past, or a branch of it, saw the state right after that slot.
 *   R8  A restored state is that of the slot it names, and nobody who began before it commits after it.
 */
import type { Crypto } from '../../src/base/runtime.ts';
import { slot as slotOf } from '../../src/storage/tree.ts';
import type { LogRecord } from '../../src/transaction/record.ts';
import { decodeCore, decodeObject } from '../../src/transaction/record-codec.ts';
import type { Attempt, Cell, History, State, Step, Tree } from './history.ts';

export interface Replay {
  readonly violations: string[];
  /** The state after the newest record. */
  readonly final: State;
  /** Every attempt found in the log, whatever its client was told. */
  readonly committed: ReadonlySet<Attempt>;
  /** Whether a record restored an earlier state: what was acknowledged is then rightly gone. */
  readonly isRestored: boolean;
}

/** What the names of notes begin with. */
export const NOTE_PREFIX = 'notes/';

export function replay(log: ReadonlyMap<number, Uint8Array>, history: History, crypto: Crypto): Replay {
  const violations: string[] = [];
  let state: State = new Map();
  const records = recordsOf(log, crypto);
  const restored = new Map([...records].flatMap(([slot, record]) => originOf(record).map((from) => [slot, from])));
  const kept = new Map<number, State>();
  let replacedAt = 0;
  const byId = new Map(history.attempts.map((attempt) => [attempt.id, attempt]));
  const placed = new Map<Attempt, number>();
  const lastWriteOf = new Map<string, number>();
  const bySnapshot = groupBy(history.attempts, snapshotsOf);
  const byReadSlot = groupBy(history.attempts.filter(isReadOnly), (attempt) => [Math.max(attempt.snapshot, attempt.floor)]);

  const visits = groupBy(history.visits, ({ slot }) => [slot]);
  const wanted = new Set(restored.values());

  const newest = Math.max(0, ...log.keys());
  for (let slot = 0; slot <= newest; slot++) {
    if (slot > 0) applyRecord(slot);
    if (wanted.has(slot)) kept.set(slot, new Map(state));
    for (const visit of visits.get(slot) ?? []) {
      const difference = differenceOfStates(state, visit.state);
      if (difference !== undefined) violations.push(`R7: ${visit.by} read slot ${slot}: ${difference}`);
    }
    for (const attempt of bySnapshot.get(slot) ?? []) compare(attempt, `R5: at its snapshot ${slot}`, slot);
    for (const attempt of byReadSlot.get(slot) ?? []) if (attempt.isolation === 'serializable') compare(attempt, 'R3: when it began');
  }
  for (const attempt of history.attempts) checkOutcome(attempt);
  return { violations, final: state, committed: new Set(placed.keys()), isRestored: restored.size > 0 };

  function applyRecord(slot: number): void {
    const record = records.get(slot);
    if (record === undefined) {
      violations.push(`R1: slot ${slot} is missing, the newest is ${newest}`);
      return;
    }
    const from = restored.get(slot);
    if (from !== undefined) {
      state = new Map(kept.get(from)); // R8
      replacedAt = slot;
    }
    for (const { id } of record.transactions) {
      const attempt = byId.get(id);
      if (attempt === undefined) continue; // a control record, or the setup
      const before = placed.get(attempt);
      if (before !== undefined) violations.push(`R2: ${nameOf(attempt)} is in the log at ${before} and at ${slot}`);
      placed.set(attempt, slot);
      if (slot <= attempt.floor)
        violations.push(`R3: ${nameOf(attempt)} is at slot ${slot}, yet slot ${attempt.floor} was acknowledged before it began`);
      if (attempt.steps.some((step) => (writeOf(step)?.at ?? slot) < replacedAt))
        violations.push(`R8: ${nameOf(attempt)} is at slot ${slot}, yet the state was restored at ${replacedAt}`);
      if (attempt.isolation === 'serializable') compare(attempt, `R3: at slot ${slot}`);
      place(attempt, slot);
    }
  }

  function place(attempt: Attempt, slot: number): void {
    for (const step of attempt.steps) {
      if (step.kind === 'clear') for (const key of [...state.keys()]) if (key.startsWith(`${step.tree}/`)) state.delete(key);
      const write = writeOf(step);
      if (write === undefined) continue;
      const { key, value, at } = write;
      const last = lastWriteOf.get(key) ?? 0;
      if (last > at && last < slot) violations.push(`R4: ${nameOf(attempt)} overwrote ${key} of slot ${last} without having seen it`);
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    for (const step of attempt.steps) {
      const write = writeOf(step);
      if (write !== undefined) lastWriteOf.set(write.key, slot);
    }
  }

  /** Compares what statements saw whose snapshot is `at`; all of them when not given. */
  function compare(attempt: Attempt, when: string, at?: number): void {
    const difference = differenceFrom(state, attempt, at);
    if (difference !== undefined) violations.push(`${when}: ${nameOf(attempt)} ${difference}`);
  }

  function checkOutcome(attempt: Attempt): void {
    const slot = placed.get(attempt);
    if (attempt.outcome === 'failed' && slot !== undefined)
      violations.push(`R2: ${nameOf(attempt)} was reported failed and is in the log at ${slot}`);
    if (attempt.outcome === 'committed' && !isReadOnly(attempt) && slot !== attempt.slot) {
      violations.push(`R2: ${nameOf(attempt)} was reported committed at ${String(attempt.slot)} and is at ${String(slot)}`);
    }
  }
}

function recordsOf(log: ReadonlyMap<number, Uint8Array>, crypto: Crypto): Map<number, LogRecord> {
  return new Map([...log].map(([slot, bytes]) => [slot, decodeCore(decodeObject(bytes, slotOf(slot), crypto)[0])]));
}

/** The slot whose state a record restores; nothing for every other record. */
function originOf({ transactions }: LogRecord): readonly number[] {
  return transactions.flatMap(({ controls }) =>
    controls.flatMap((control) => (control.kind === 'state' ? [Number(control.origin.replace('slot ', ''))] : [])),
  );
}

/** How `read` differs from `expected`; undefined when it does not. */
export function differenceOfStates(expected: State, read: State): string | undefined {
  for (const key of new Set([...expected.keys(), ...read.keys()])) {
    if (expected.get(key) !== read.get(key)) return `${key} is ${String(read.get(key))} instead of ${String(expected.get(key))}`;
  }
  return undefined;
}

/** The row that a step writes: null for one that goes; undefined for a step that writes no row. */
function writeOf(step: Step): { readonly key: string; readonly value: Cell | null; readonly at: number } | undefined {
  switch (step.kind) {
    case 'put':
      return { key: nameOfKey(step.tree, step.key), value: step.value, at: step.at };
    case 'delete':
      return { key: nameOfKey(step.tree, step.key), value: null, at: step.at };
    case 'note':
      return { key: NOTE_PREFIX + step.text, value: step.text, at: step.at };
    case 'forget':
      return { key: NOTE_PREFIX + step.text, value: null, at: step.at };
    default:
      return undefined;
  }
}

/** How what a transaction saw (at snapshot `snapshot`, when given) differs from `state` and its own writes; undefined when it does not. */
function differenceFrom(state: State, attempt: Attempt, snapshot: number | undefined): string | undefined {
  const own = new Map<string, Cell | null>();
  const cleared = new Set<Tree>();
  const at = (tree: Tree, number: number): Cell | null => {
    const key = nameOfKey(tree, number);
    const mine = own.get(key);
    return mine === undefined ? (cleared.has(tree) ? null : (state.get(key) ?? null)) : mine;
  };
  for (const step of attempt.steps) {
    const write = writeOf(step);
    if (write !== undefined) own.set(write.key, write.value);
    else if (step.kind === 'clear') {
      cleared.add(step.tree);
      for (const key of own.keys()) if (key.startsWith(`${step.tree}/`)) own.delete(key);
    } else if ('at' in step && snapshot !== undefined && step.at !== snapshot) continue;
    else if (step.kind === 'notes') {
      const expected = notesOf(state, own);
      if (expected.join() !== step.saw.join()) return `saw the notes ${step.saw.join()} instead of ${expected.join()}`;
    } else if (step.kind === 'get') {
      const expected = at(step.tree, step.key);
      if (expected !== step.saw) return `saw ${String(step.saw)} at ${step.tree}/${step.key} instead of ${String(expected)}`;
    } else if (step.kind === 'scan') {
      const expected: [number, Cell][] = [];
      for (let key = step.from; key < step.to; key++) {
        const value = at(step.tree, key);
        if (value !== null) expected.push([key, value]);
      }
      if (JSON.stringify(expected) !== JSON.stringify(step.saw))
        return `saw ${JSON.stringify(step.saw)} in ${step.tree} [${step.from}, ${step.to}) instead of ${JSON.stringify(expected)}`;
    }
  }
  return undefined;
}

/** Texts in the order of the log, own ones last: their row ids are to come. */
function notesOf(state: State, own: ReadonlyMap<string, Cell | null>): Cell[] {
  const before = [...state].filter(([key]) => key.startsWith(NOTE_PREFIX) && own.get(key) !== null);
  const after = [...own].filter(([key]) => key.startsWith(NOTE_PREFIX) && !state.has(key));
  return [...before, ...after].flatMap(([, text]) => text ?? []);
}

/** The snapshots of an attempt's statements. */
function snapshotsOf(attempt: Attempt): readonly number[] {
  return [...new Set(attempt.steps.flatMap((step) => ('at' in step ? [step.at] : [])))];
}

function isReadOnly(attempt: Attempt): boolean {
  return attempt.outcome === 'committed' && attempt.slot === undefined;
}

export function nameOfKey(tree: Tree, key: number): string {
  return `${tree}/${key}`;
}

function nameOf(attempt: Attempt): string {
  return `${attempt.client}'s ${attempt.isolation} transaction ${attempt.id.slice(0, 8)} (${attempt.outcome}, snapshot ${attempt.snapshot})`;
}

function groupBy<T>(items: readonly T[], slotsFor: (item: T) => readonly number[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    for (const slot of slotsFor(item)) {
      const group = groups.get(slot);
      if (group === undefined) groups.set(slot, [item]);
      else group.push(item);
    }
  }
  return groups;
}
