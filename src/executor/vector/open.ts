/**
 * Which plans run over vectors, and how they are opened. The row operators of a node stay at hand: they run it where vectors are not
 * worth their start, not wanted, or cannot.
 */
import type { PhysicalPlan } from '../../planner/physical.ts';
import type { Environment } from '../environment.ts';
import type { Operator } from '../row/operator.ts';
import type { Factory, Program } from '../row/program.ts';
import { aggregateRows } from './aggregate/build.ts';
import { buildNode } from './build.ts';
import { VectorContext, type VectorHost } from './context.ts';
import { NOTHING_SETTLED, Settling, settledIn, type SettledValues } from './settled.ts';
import { BoxedRows, ToRows, type VectorRows } from './to-rows.ts';

/** The cost, in the planner's microseconds (planner/cost.ts), from which on vectors win back what their start costs: about 2,000 rows. */
const WORTHWHILE_COST = 60;

/** The factory that opens a node over vectors where that is possible and wanted, else by rows. */
export function withVectors(node: PhysicalPlan, byRows: Factory, program: Program): Factory {
  if (!isCandidate(node)) return byRows;
  const isWorthwhile = node.cost >= WORTHWHILE_COST && gains(node);
  const settled = settledIn(node, isCandidate);
  return (environment) => {
    const { vectors } = environment.execution;
    if (vectors === undefined || program.isForRows(node)) return byRows(environment);
    const wanted = environment.context.setting('velocidb.executor');
    if (wanted === 'rows' || (wanted !== 'vectors' && !isWorthwhile)) return byRows(environment);
    const open = (values: SettledValues | undefined): Operator =>
      (values === undefined ? undefined : openVectors(node, byRows, program, environment, values)) ?? byRows(environment);
    return settled.length === 0 ? open(NOTHING_SETTLED) : new Settling(settled, program, environment, open);
  };
}

function openVectors(
  node: PhysicalPlan,
  byRows: Factory,
  program: Program,
  environment: Environment,
  settled: SettledValues,
): Operator | undefined {
  const host = hostOf(environment);
  if (host === undefined) return undefined;
  const context = new VectorContext(host, environment, program, settled);
  try {
    const rows = rowsOf(node, context);
    if (rows !== undefined) return new ToRows(rows, context, () => byRows(environment));
    if (!context.isParticular) program.keepForRows(node);
  } catch {
    // A constant that cannot be computed, no room: by rows, whatever is wrong shows when it is due.
  }
  context.memory.release();
  return undefined;
}

/** The heap, made on its first use; undefined where there is none, or not the memory for one. */
function hostOf(environment: Environment): VectorHost | undefined {
  try {
    return environment.execution.vectors?.();
  } catch {
    return undefined;
  }
}

function rowsOf(node: PhysicalPlan, context: VectorContext): VectorRows | undefined {
  if (node.kind === 'aggregate') return aggregateRows(node, context);
  const operator = buildNode(node, context);
  return operator === undefined ? undefined : new BoxedRows(operator, context);
}

function isCandidate(node: PhysicalPlan): boolean {
  switch (node.kind) {
    case 'table_scan':
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'hash_join':
    case 'sort':
    case 'distinct':
      return true;
    default:
      return false;
  }
}

/** Whether the node does more than hand out rows of a table. */
function gains(node: PhysicalPlan): boolean {
  switch (node.kind) {
    case 'table_scan':
      return node.filter !== undefined;
    case 'project':
      return gains(node.input);
    default:
      return true;
  }
}
