import { EPOCH_2000_MS } from '../base/epoch.ts';
import type { Clock } from '../base/runtime.ts';
import type { StoreTimeMs } from '../../vfs/object-store.ts';

/** How far a host's clock may be from the store's before it is not believed. */
const APART_MS_MAX = 5 * 60_000;

/** The host's time as timestamptz microseconds. */
export function timestampNow(clock: Pick<Clock, 'now'>): number {
  return Math.floor((clock.now() - EPOCH_2000_MS) * 1000);
}

/**
 * The commit time of the record after one committed at `previous`: the host's time, but greater than the one before and not
 * far from the store's clock where one is known: a moment longer ago than that is over, whoever commits. Orders nothing: slots do.
 */
export function commitTime(previous: number, clock: Pick<Clock, 'now'>, storeTimeMs: StoreTimeMs): number {
  const now = timestampNow(clock);
  if (storeTimeMs === undefined) return Math.max(previous + 1, now);
  const store = Math.floor(storeTimeMs - EPOCH_2000_MS) * 1000;
  const apart = APART_MS_MAX * 1000;
  return Math.max(previous + 1, store - apart, Math.min(now, store + apart));
}
