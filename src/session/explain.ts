/** EXPLAIN [ANALYZE]: the plan as PostgreSQL draws it; with ANALYZE also rows, times, and what the object store was asked. */
import type { ExplainStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import type { Actual, Measure } from '../executor/execution.ts';
import { explainText } from '../planner/explain.ts';
import { explainPlan, type PlanObject } from '../planner/explain-json.ts';
import type { PhysicalPlan } from '../planner/physical.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { Value } from '../types/value.ts';
import type { MeterReading } from './engine.ts';
import { explainOptions, PLAN_AS_JSON } from './explain-options.ts';
import { isQuery, plan, runPlanned, textField, type StatementScope } from './query.ts';
import { drain, finished, type Running } from './running.ts';

export async function explain(
  scope: StatementScope,
  outer: ParsedStatement,
  statement: ExplainStmt,
  parameters: readonly Value[],
): Promise<Running> {
  const options = explainOptions(statement);
  const { query } = statement;
  const inner: ParsedStatement | undefined = query === undefined ? undefined : { ...outer, node: query, text: `${outer.text}\u0000inner` };
  if (inner === undefined || !isQuery(inner)) throw new SqlError('feature_not_supported', 'EXPLAIN of this statement is not supported');
  const { clock } = scope.engine.runtime;
  const started = clock.monotonic();
  const planned = plan(scope, inner, []);
  const plannedAt = clock.monotonic();
  const { verbose, costs, timing } = options;
  if (!options.analyze) {
    const drawn = { verbose, costs };
    return options.json ? jsonAnswer({ Plan: explainPlan(planned.plan, drawn) }) : textAnswer(explainText(planned.plan, drawn));
  }
  const actuals = new Map<PhysicalPlan, Actual>();
  const measure: Measure = { now: () => clock.monotonic(), actuals };
  const meter = scope.engine.meter?.begin();
  await drain(runPlanned(scope, planned, parameters, measure));
  if (!planned.bound.writes) await scope.block.current();
  const reading = meter?.end();
  const times = { planning: plannedAt - started, execution: clock.monotonic() - plannedAt };
  const drawn = { verbose, costs, actuals, timing };
  if (options.json) {
    return jsonAnswer({
      Plan: explainPlan(planned.plan, drawn),
      ...(reading === undefined ? {} : { 'Object Store': storeObject(reading) }),
      ...(options.summary ? { 'Planning Time': milliseconds(times.planning), 'Execution Time': milliseconds(times.execution) } : {}),
    });
  }
  const lines = [...explainText(planned.plan, drawn)];
  if (reading !== undefined) lines.push(storeLine(reading));
  if (options.summary) lines.push(`Planning Time: ${times.planning.toFixed(3)} ms`, `Execution Time: ${times.execution.toFixed(3)} ms`);
  return textAnswer(lines);
}

function storeLine({ requests, depth, readBytes, writtenBytes }: MeterReading): string {
  return `Object Store: requests=${requests} round trips=${depth} read=${readBytes} bytes written=${writtenBytes} bytes`;
}

function storeObject({ requests, depth, readBytes, writtenBytes }: MeterReading): PlanObject {
  return { Requests: requests, 'Round Trips': depth, 'Read Bytes': readBytes, 'Written Bytes': writtenBytes };
}

function milliseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function textAnswer(lines: readonly string[]): Running {
  return finished('EXPLAIN', { fields: [textField('QUERY PLAN')], rows: lines.map((line) => [line]) });
}

function jsonAnswer(explained: PlanObject): Running {
  return finished('EXPLAIN', { fields: [PLAN_AS_JSON], rows: [[JSON.stringify([explained], null, 2)]] });
}
