import type { Row } from '../../types/value.ts';
import { RowQueue, type Operator } from './operator.ts';

/** An operator that does all its work on the first pull, and then hands out what the work returned. */
export function writingOperator(run: () => Promise<Row[]>): Operator {
  const queue = new RowQueue();
  let started = false;
  return {
    async next() {
      if (!started) {
        started = true;
        queue.refill(await run());
      }
      return queue.take();
    },
    close: () => queue.refill([]),
  };
}
