/** Aggregate nodes as aggregations over vectors. */
import type { AggregateNode, DistinctNode } from '../../../planner/physical.ts';
import type { Operator } from '../../row/operator.ts';
import { buildInput } from '../build.ts';
import type { VectorContext } from '../context.ts';
import { hasBoxed } from '../expression/facts.ts';
import type { VectorExpression } from '../expression/ir.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { VectorOperator } from '../operator.ts';
import { SharedRun } from '../parallel/shared-run.ts';
import { Aggregation } from './aggregation.ts';
import { GroupRows, GroupVectors, resultColumns, type ResultColumn } from './results.ts';
import { specificationOf, type AggregateSpecification } from './specification.ts';

interface BuiltAggregation {
  readonly aggregation: Aggregation;
  readonly results: readonly ResultColumn[];
}

/** The node as rows; undefined when it cannot run over vectors. Release the context's memory after closing. */
export function aggregateRows(node: AggregateNode, context: VectorContext): Operator | undefined {
  const built = build(node, context, () => true);
  return built === undefined ? undefined : new GroupRows(built.results, built.aggregation, context);
}

/** The node as vectors; undefined when it cannot run over them, or a column has no form. */
export function aggregateVectors(node: AggregateNode, context: VectorContext): VectorOperator | undefined {
  const built = build(node, context, (specification) => specification.form !== undefined);
  if (built === undefined) return undefined;
  const columns: ColumnInfo[] = [];
  for (const [at, result] of built.results.entries()) {
    if (result.kind === 'key') columns.push(result.column);
    else if (result.specification.form !== undefined)
      columns.push({ ref: node.output[at], type: result.specification.type, form: result.specification.form });
  }
  return new GroupVectors(columns, built.results, built.aggregation, context);
}

/** DISTINCT over whole rows: groups without aggregates. Undefined for DISTINCT ON, and where a column has no form. */
export function buildDistinct(node: DistinctNode, context: VectorContext): VectorOperator | undefined {
  const groups = node.on.flatMap((expression) => (expression.kind === 'column' ? [{ ref: expression.ref, expression }] : []));
  if (groups.length !== node.on.length || !node.output.every((ref) => groups.some((group) => group.ref === ref))) return undefined;
  const { input, output, rows, cost } = node;
  return aggregateVectors({ kind: 'aggregate', input, groups, sets: undefined, aggregates: [], grouping: [], output, rows, cost }, context);
}

function build(
  node: AggregateNode,
  context: VectorContext,
  accepts: (specification: AggregateSpecification) => boolean,
): BuiltAggregation | undefined {
  if (node.sets !== undefined || node.grouping.length > 0) return undefined;
  const input = buildInput(node.input, context);
  if (input === undefined) return undefined;
  const scope = context.over(input.columns);
  const keys: VectorExpression[] = [];
  const keyColumns: ColumnInfo[] = [];
  const specifications: AggregateSpecification[] = [];
  const giveUp = (): undefined => {
    input.close();
    return undefined;
  };
  for (const { ref, expression } of node.groups) {
    const key = scope.lower(expression);
    if (key === undefined) return giveUp();
    keys.push(key);
    keyColumns.push({ ref, type: expression.type, form: { type: key.type, scale: key.scale } });
  }
  for (const { call } of node.aggregates) {
    const specification = specificationOf(call, scope);
    if (specification === undefined || !accepts(specification)) return giveUp();
    specifications.push(specification);
  }
  const results = resultColumns(node, keyColumns, specifications);
  if (results === undefined) return giveUp();
  const expressions = [...keys, ...specifications.flatMap(({ arg, filter, shown }) => [arg, filter, shown])];
  const sink = { kind: 'aggregate', keys, aggregates: specifications, expected: node.rows } as const;
  const isData = expressions.every((expression) => expression === undefined || !hasBoxed(expression));
  const shared = isData ? SharedRun.of(input, sink, node.cost, context) : undefined;
  return { aggregation: new Aggregation(input, keys, specifications, context, scope, node.rows, shared), results };
}
