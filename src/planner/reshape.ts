/** Changing which columns a physical plan hands out, without a node of its own where the plan can do it itself. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import { expressionCost } from './condition-cost.ts';
import { column } from './expression-tools.ts';
import type { PhysicalPlan, TableScanNode } from './physical.ts';
import { ANY } from './rules/inline-with.ts';

export type Items = readonly { readonly ref: ColumnRef; readonly expression: Expression }[];

/** The same rows with exactly these columns, in this order. */
export function reorder(plan: PhysicalPlan, output: readonly ColumnRef[]): PhysicalPlan {
  return project(
    plan,
    output.map((ref) => ({ ref, expression: column(ref, ANY) })),
  );
}

/** The items computed over the plan; columns that are only passed on are handed out by the plan itself. */
export function project(input: PhysicalPlan, items: Items): PhysicalPlan {
  const passed = items.every((item) => item.expression.kind === 'column' && item.expression.ref === item.ref);
  const output = items.map((item) => item.ref);
  if (passed && output.length === input.output.length && output.every((ref, at) => ref === input.output[at])) return input;
  const reshaped = passed ? handingOut(input, output) : undefined;
  return reshaped ?? { kind: 'project', input, items, output, rows: input.rows, cost: input.cost + input.rows * costPerRow(items) };
}

function costPerRow(items: Items): number {
  return items.reduce((sum, item) => sum + expressionCost(item.expression), 0);
}

/** The node with another output; undefined when its kind hands out what it must. */
function handingOut(node: PhysicalPlan, output: readonly ColumnRef[]): PhysicalPlan | undefined {
  if (!output.every((ref) => node.output.includes(ref))) return undefined;
  switch (node.kind) {
    case 'table_scan':
      return scanningFor(node, output);
    case 'filter':
    case 'nested_loop':
    case 'hash_join':
    case 'lookup_join':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'distinct':
    case 'project_set':
      return { ...node, output };
    case 'limit': {
      if (node.ties !== undefined) return undefined;
      const input = handingOut(node.input, output);
      return input === undefined ? undefined : { ...node, input, output };
    }
    case 'project':
      return { ...node, items: output.flatMap((ref) => node.items.filter((item) => item.ref === ref).slice(0, 1)), output };
    default:
      return undefined;
  }
}

/** Columns are read in the order they are handed out, so that nothing is left to rearrange. */
function scanningFor(node: TableScanNode, output: readonly ColumnRef[]): TableScanNode {
  const distinct = [...new Set(output)];
  const order = [...distinct, ...node.columns.map((candidate) => candidate.ref).filter((ref) => !distinct.includes(ref))];
  const places = order.map((ref) => node.columns.findIndex((candidate) => candidate.ref === ref));
  const { covering } = node;
  return {
    ...node,
    columns: places.map((at) => node.columns[at]),
    covering: covering === undefined ? undefined : places.map((at) => covering[at]),
    output,
  };
}
