/** What is wrong with a history, given what the lists hold in the end. */
import { findAnomalies, type Operation } from '../../isolation/list-append.ts';
import type { Transaction } from './history.ts';

export type Lists = ReadonlyMap<number, readonly number[]>;

/**
 * Cycles from G0 to G2, with real time; acknowledged appends that are not there, refused ones that are. `final` is what a process reads that
 * knows nothing, after everybody else has ended.
 */
export function judge(transactions: readonly Transaction[], final: Lists): string[] {
  const keys = new Set(transactions.flatMap(({ operations }) => operations.map(({ key }) => key)));
  const operations = [...new Set([...keys, ...final.keys()])].map((key): Operation => ({
    kind: 'read',
    key,
    values: final.get(key) ?? [],
  }));
  const lastMs = transactions.reduce(
    (latest, { startedMs, endedMs }) => Math.max(latest, startedMs, Number.isFinite(endedMs) ? endedMs : 0),
    0,
  );
  const audit: Transaction = { id: 'audit', operations, outcome: 'committed', startedMs: lastMs + 1, endedMs: lastMs + 2 };
  const history = [...transactions, audit];
  const faults = findAnomalies(history).map(
    ({ kind, words, transactions: numbers }) => `${kind}: ${words} (${numbers.map((number) => history[number].id).join(' -> ')})`,
  );
  for (const { id, outcome, operations: done } of transactions) {
    if (outcome !== 'committed') continue;
    for (const operation of done) {
      if (operation.kind === 'append' && !(final.get(operation.key) ?? []).includes(operation.value))
        faults.push(`lost: ${id} was told that ${operation.value} was appended to ${operation.key}`);
    }
  }
  return faults;
}
