/** A history as Jepsen writes it, for `elle-cli --model list-append history.edn`. */
import type { Operation } from '../../isolation/list-append.ts';
import type { Transaction } from './history.ts';

interface Event {
  readonly ms: number;
  readonly line: (index: number) => string;
}

/** One line an event. A process ends with its first transaction of unknown outcome, as Jepsen wants it: the next one has a new number. */
export function ednOf(transactions: readonly Transaction[]): string {
  const numbers = new Map<string, number>();
  let processes = 0;
  const events: Event[] = [];
  for (const { id, operations, outcome, startedMs, endedMs } of transactions) {
    const lane = id.split('.').slice(0, 3).join('.');
    const process = numbers.get(lane) ?? processes++;
    numbers.set(lane, process);
    const asked = operations.map((operation): Operation => (operation.kind === 'read' ? { ...operation, values: [] } : operation));
    const event = (type: string, ms: number, done: readonly Operation[], isAsked: boolean): Event => ({
      ms,
      line: (index) =>
        `{:index ${index}, :type :${type}, :f :txn, :process ${process}, :time ${Math.round(ms * 1e6)}, :value [${done.map((operation) => ednOfOperation(operation, isAsked)).join(' ')}]}`,
    });
    events.push(event('invoke', startedMs, asked, true));
    if (outcome === 'committed') events.push(event('ok', endedMs, operations, false));
    else if (outcome === 'failed') events.push(event('fail', endedMs, asked, true));
    else {
      events.push(event('info', Number.isFinite(endedMs) ? endedMs : startedMs, asked, true));
      numbers.delete(lane);
    }
  }
  return `${events
    .sort((a, b) => a.ms - b.ms)
    .map(({ line }, index) => line(index))
    .join('\n')}\n`;
}

function ednOfOperation(operation: Operation, isAsked: boolean): string {
  if (operation.kind === 'append') return `[:append ${operation.key} ${operation.value}]`;
  return `[:r ${operation.key} ${isAsked ? 'nil' : `[${operation.values.join(' ')}]`}]`;
}
