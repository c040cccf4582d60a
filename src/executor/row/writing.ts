import type { PhysicalPlan } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import { chain } from '../expression/waiting.ts';
import { RowQueue, type Operator } from './operator.ts';

/** An operator that does all its work on the first pull, and then hands out what the work returned. */
export function writingOperator(run: () => Row[] | Promise<Row[]>): Operator {
  const queue = new RowQueue();
  let started = false;
  return {
    next() {
      if (started) return queue.take();
      started = true;
      return chain(run(), (rows) => {
        queue.refill(rows);
        return queue.take();
      });
    },
    close: () => queue.refill([]),
  };
}

/** Whether a write's source may give one target row several times: anything but a scan of it may. */
export function repeatsRows(source: PhysicalPlan): boolean {
  if (source.kind === 'filter' || source.kind === 'project') return repeatsRows(source.input);
  return source.kind !== 'table_scan';
}
