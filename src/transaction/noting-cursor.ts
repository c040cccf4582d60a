import { afterKey } from '../storage/key-codec.ts';
import type { Cursor, KeyRange, RowBatch } from '../storage/tree.ts';

/**
 * A scan that tells `note` what was pulled through it: up to the last row while it runs, the whole rest of the range at its end. Where batches
 * carry no keys (`keyed`), the whole range at once.
 */
export function notingCursor(base: Cursor, range: KeyRange, reverse: boolean, keyed: boolean, note: (pulled: KeyRange) => void): Cursor {
  const noted = (batch: RowBatch | null): RowBatch | null => {
    if (batch === null || !keyed) note(range);
    else {
      const last = batch.keys[batch.keys.length - 1];
      note(reverse ? { from: last, to: range.to } : { from: range.from, to: afterKey(last) });
    }
    return batch;
  };
  return {
    next: () => {
      const batch = base.next();
      return batch instanceof Promise ? batch.then(noted) : noted(batch);
    },
    wholeRuns: () => {
      const whole = base.wholeRuns?.();
      if (whole === undefined) return undefined;
      const take = (): void => {
        note(range);
        whole.take();
      };
      return { ...whole, take };
    },
    close: () => base.close(),
  };
}
