import type { PhysicalPlan } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Actual, Measure } from '../execution.ts';
import type { Operator } from './operator.ts';

/** The operator with its rows, openings and time counted under its node. Time includes the inputs', as PostgreSQL counts it. */
export function measured(operator: Operator, node: PhysicalPlan, measure: Measure): Operator {
  const counted = actualOf(node, measure);
  counted.loops++;
  const finish = (batch: Row[] | null, started: number): Row[] | null => {
    counted.ms += measure.now() - started;
    if (batch !== null) counted.rows += batch.length;
    return batch;
  };
  return {
    next() {
      const started = measure.now();
      const batch = operator.next();
      return batch instanceof Promise ? batch.then((settled) => finish(settled, started)) : finish(batch, started);
    },
    close: () => operator.close(),
  };
}

/** What is counted of a node. */
export function actualOf(node: PhysicalPlan, measure: Measure): Actual {
  const known = measure.actuals.get(node);
  if (known !== undefined) return known;
  const actual: Actual = { rows: 0, loops: 0, ms: 0 };
  measure.actuals.set(node, actual);
  return actual;
}
