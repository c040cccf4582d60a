/** EXPLAIN [ANALYZE]: the plan as PostgreSQL draws it; with ANALYZE also rows, times, and what the object store was asked. */
import type { ExplainStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import type { Actual, Measure } from '../executor/execution.ts';
import { explainText } from '../planner/explain.ts';
import type { PhysicalPlan } from '../planner/physical.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { Value } from '../types/value.ts';
import type { MeterReading } from './engine.ts';
import { isQuery, plan, runPlanned, textField, type StatementScope } from './query.ts';
import { drain, finished, type Running } from './running.ts';

interface ExplainOptions {
  readonly analyze: boolean;
  readonly verbose: boolean;
  readonly costs: boolean;
  readonly timing: boolean;
  readonly summary: boolean;
  readonly json: boolean;
}

export async function explain(
  scope: StatementScope,
  outer: ParsedStatement,
  statement: ExplainStmt,
  parameters: readonly Value[],
): Promise<Running> {
  const options = optionsOf(statement);
  const { query } = statement;
  const inner: ParsedStatement | undefined = query === undefined ? undefined : { ...outer, node: query, text: `${outer.text}\u0000inner` };
  if (inner === undefined || !isQuery(inner)) throw new SqlError('feature_not_supported', 'EXPLAIN of this statement is not supported');
  const { clock } = scope.engine.runtime;
  const started = clock.monotonic();
  const planned = plan(scope, inner, []);
  const plannedAt = clock.monotonic();
  if (!options.analyze) return answer(explainText(planned.plan, { verbose: options.verbose, costs: options.costs }), options);
  const actuals = new Map<PhysicalPlan, Actual>();
  const measure: Measure = { now: () => clock.monotonic(), actuals };
  const meter = scope.engine.meter?.begin();
  await drain(runPlanned(scope, planned, parameters, measure));
  if (!planned.bound.writes) await scope.block.current();
  const reading = meter?.end();
  const lines = [...explainText(planned.plan, { verbose: options.verbose, costs: options.costs, actuals, timing: options.timing })];
  if (reading !== undefined) lines.push(storeLine(reading));
  if (options.summary) {
    lines.push(`Planning Time: ${(plannedAt - started).toFixed(3)} ms`, `Execution Time: ${(clock.monotonic() - plannedAt).toFixed(3)} ms`);
  }
  return answer(lines, options);
}

function storeLine({ requests, depth, readBytes, writtenBytes }: MeterReading): string {
  return `Object Store: requests=${requests} round trips=${depth} read=${readBytes} bytes written=${writtenBytes} bytes`;
}

function answer(lines: readonly string[], options: ExplainOptions): Running {
  const rows = options.json ? [[JSON.stringify(lines.map((line) => ({ Plan: line })))]] : lines.map((line) => [line]);
  return finished('EXPLAIN', { fields: [textField('QUERY PLAN')], rows });
}

function optionsOf(statement: ExplainStmt): ExplainOptions {
  const given = new Map<string, boolean>();
  let json = false;
  for (const node of statement.options ?? []) {
    if (!('DefElem' in node)) continue;
    const { defname = '', arg } = node.DefElem;
    if (defname === 'format') json = arg !== undefined && 'String' in arg && arg.String.sval === 'json';
    else given.set(defname, arg === undefined || !('String' in arg) || arg.String.sval === 'on' || arg.String.sval === 'true');
  }
  const analyze = given.get('analyze') ?? false;
  return {
    analyze,
    verbose: given.get('verbose') ?? false,
    costs: given.get('costs') ?? true,
    timing: given.get('timing') ?? true,
    summary: given.get('summary') ?? analyze,
    json,
  };
}
