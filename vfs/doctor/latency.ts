/** How long one request takes, alone. */
import { decided, uniqueBytes, type Subject } from './finding.ts';

export interface Latency {
  readonly operation: 'get' | 'get absent' | 'create' | 'create lost' | 'replace' | 'list' | 'delete';
  readonly samples: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** Medians and 95th percentiles of every operation, one request at a time, on bodies of some bytes. */
export async function latencies(subject: Subject, samples: number): Promise<readonly Latency[]> {
  const { store } = subject;
  const taken = new Map<Latency['operation'], number[]>();
  const timed = async <T>(operation: Latency['operation'], run: () => Promise<T>): Promise<T> => {
    const startMs = subject.runtime.clock.monotonic();
    const value = await run();
    taken.set(operation, [...(taken.get(operation) ?? []), subject.runtime.clock.monotonic() - startMs]);
    return value;
  };
  for (let sample = 0; sample < samples; sample++) {
    const name = subject.fresh('latency');
    await timed('get absent', () => store.get(name));
    const created = await timed('create', () => decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'one'))));
    await timed('create lost', () => decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'lost'))));
    await timed('get', () => store.get(name));
    if (created.kind === 'created')
      await timed('replace', () =>
        decided(subject, name, () => store.replaceIfMatch(name, uniqueBytes(subject, 'two'), created.validator)),
      );
    await timed('list', () => store.list(name));
    await timed('delete', () => store.delete(name));
  }
  return [...taken].map(([operation, times]) => ({ operation, samples: times.length, ...quantiles(times) }));
}

function quantiles(times: readonly number[]): { readonly medianMs: number; readonly p95Ms: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return { medianMs: at(0.5), p95Ms: at(0.95) };
}
