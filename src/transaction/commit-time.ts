import { EPOCH_2000_MS } from '../base/epoch.ts';
import type { Clock } from '../base/runtime.ts';
import type { StoreTimeMs } from '../../vfs/object-store.ts';

/** How far a host's clock may run ahead of the store's before it is not believed. */
const AHEAD_MS_MAX = 5 * 60_000;

/** The host's time as timestamptz microseconds. */
export function timestampNow(clock: Pick<Clock, 'now'>): number {
  return Math.floor((clock.now() - EPOCH_2000_MS) * 1000);
}

/**
 * The commit time of the record after one committed at `previous`: the host's time, but greater than the one before and not
 * far ahead of the store's clock where one is known. Orders nothing: slots do.
 */
export function commitTime(previous: number, clock: Pick<Clock, 'now'>, storeTimeMs: StoreTimeMs): number {
  const now = timestampNow(clock);
  const most = storeTimeMs === undefined ? now : (storeTimeMs + AHEAD_MS_MAX - EPOCH_2000_MS) * 1000;
  return Math.max(previous + 1, Math.min(now, most));
}
