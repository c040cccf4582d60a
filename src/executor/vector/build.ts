/**
 * From physical nodes to vector operators, at the opening of an execution, when every parameter has its value. A node that vectors
 * cannot run becomes rows put into vectors where its columns have forms; else its parent goes by rows too.
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { FilterNode, PhysicalPlan, ProjectNode, TableScanNode } from '../../planner/physical.ts';
import { WHOLE_TREE, type KeyRange } from '../../storage/tree.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { compileKeyAccess } from '../row/key-access.ts';
import { scanBounds } from '../row/table-scan.ts';
import { aggregateVectors, buildDistinct } from './aggregate/build.ts';
import { columnType } from './column-types.ts';
import { Conjunction } from './conjunction.ts';
import type { VectorContext } from './context.ts';
import { cellOf } from './expression/cell.ts';
import type { ColumnInfo } from './expression/lower.ts';
import { Filter } from './filter.ts';
import { scaleOfColumn } from './decimal-scales.ts';
import { DECIMAL_DIGITS_MAX, formOf } from './form.ts';
import { FromRows } from './from-rows.ts';
import type { NumberBounds } from './leaf-parts.ts';
import { LeafScan } from './leaf-scan.ts';
import { buildHashJoin } from './join/build.ts';
import type { VectorOperator } from './operator.ts';
import { MeasuredVectors } from './measured-vectors.ts';
import { Project } from './project.ts';
import { buildSort } from './sort/build.ts';
import type { Form } from './vector.ts';

/** The operator of a node below another; undefined when rows have to run it. Counted where EXPLAIN ANALYZE asks for it. */
export function buildVectors(node: PhysicalPlan, context: VectorContext): VectorOperator | undefined {
  const operator = buildNode(node, context);
  const { measure } = context.environment.execution;
  return operator === undefined || measure === undefined ? operator : new MeasuredVectors(operator, node, measure);
}

/** The operator of a node; undefined when rows have to run it. */
export function buildNode(node: PhysicalPlan, context: VectorContext): VectorOperator | undefined {
  if (context.program.isForRows(node)) return undefined;
  switch (node.kind) {
    case 'table_scan':
      return buildScan(node, context);
    case 'filter':
      return buildFilter(node, context);
    case 'project':
      return buildProject(node, context);
    case 'aggregate':
      return aggregateVectors(node, context);
    case 'hash_join':
      return buildHashJoin(node, context);
    case 'sort':
      return buildSort(node, context);
    case 'distinct':
      return buildDistinct(node, context);
    default:
      return undefined;
  }
}

/** The operator of an input: over vectors, or rows put into them. Undefined when a column has no form. */
export function buildInput(node: PhysicalPlan, context: VectorContext): VectorOperator | undefined {
  const built = buildVectors(node, context);
  if (built !== undefined) return built;
  const columns = columnsOf(node, node.output);
  return columns === undefined ? undefined : new FromRows(context.program.prepare(node)(context.environment), columns, context);
}

function buildScan(node: TableScanNode, context: VectorContext): VectorOperator | undefined {
  if (node.reverse || (node.index !== undefined && node.covering === undefined)) return undefined;
  const tree = node.index === undefined ? node.table.tree : node.index.tree;
  const columns = columnsOf(
    node,
    node.columns.map((column) => column.ref),
  );
  if (columns === undefined) return undefined;
  let ranges: readonly KeyRange[] = [WHOLE_TREE];
  if (node.access !== undefined) {
    context.isParticular = true; // a key that no row can have is no range
    const targets = compileKeyAccess(node.access, tree, context.program.scope([]))([], context.environment);
    if (targets.kind === 'points') return undefined;
    ({ ranges } = targets);
  }
  const positions = node.index === undefined ? node.columns.map((column) => column.position) : (node.covering ?? []);
  const { transaction } = context.environment;
  const bounds = scanBounds(node, context.program, context.environment);
  const open = (range: KeyRange) => transaction.scan(tree, range, { columns: positions, slices: true, purpose: node.purpose, ...bounds });
  return LeafScan.of(
    { tree, open, ranges, positions, columns, bounds: numberBounds(node, columns, context) },
    node.filter,
    chosen(columns, node.output),
    context,
  );
}

/** The node's bounds as numbers, for columns that hold numbers. */
function numberBounds(node: TableScanNode, columns: readonly ColumnInfo[], context: VectorContext): NumberBounds[] {
  const bounds: NumberBounds[] = [];
  if (node.index !== undefined) return bounds;
  for (const { position, min, max } of node.bounds) {
    const place = node.columns.findIndex((column) => column.position === position);
    const column = columns.at(place);
    if (place < 0 || column === undefined || column.form.type === 'str' || column.form.type === 'bool') continue;
    const numberOf = (bound: Expression | undefined, open: number): number => {
      const value = bound === undefined ? null : context.valueOf(bound);
      const cell = bound === undefined || value === null ? null : cellOf(value, bound.type, column.form);
      return typeof cell === 'number' && !Number.isNaN(cell) ? cell : open;
    };
    bounds.push({ place, least: numberOf(min, Number.NEGATIVE_INFINITY), greatest: numberOf(max, Number.POSITIVE_INFINITY) });
  }
  return bounds;
}

function buildFilter(node: FilterNode, context: VectorContext): VectorOperator | undefined {
  const input = buildVectors(node.input, context);
  if (input === undefined) return undefined;
  const condition = Conjunction.of(context, input.columns, context.settled(node.condition));
  if (condition === undefined) return closed(input);
  return new Filter(input, condition, chosen(input.columns, node.output), context);
}

function buildProject(node: ProjectNode, context: VectorContext): VectorOperator | undefined {
  const input = buildVectors(node.input, context);
  if (input === undefined) return undefined;
  const scope = context.over(input.columns);
  const columns: ColumnInfo[] = [];
  const items = [];
  for (const { ref, expression } of node.items) {
    const lowered = scope.lower(context.settled(expression));
    if (lowered === undefined) return closed(input);
    columns.push({ ref, type: expression.type, form: { type: lowered.type, scale: lowered.scale } });
    items.push(lowered);
  }
  return new Project(input, columns, items, scope);
}

/** Gives an operator up that was built in vain. */
export function closed(operator: VectorOperator): undefined {
  operator.close();
  return undefined;
}

/** The columns of `refs`, in that order. */
export function chosen(columns: readonly ColumnInfo[], refs: readonly ColumnRef[]): readonly ColumnInfo[] {
  return refs.map((ref) => {
    const found = columns.find((column) => column.ref === ref);
    if (found === undefined) throw new RangeError(`column ${ref} is among its input's`);
    return found;
  });
}

/** The form of a numeric whose type has no scale, by how it is computed. */
function guessedForm(node: PhysicalPlan, ref: ColumnRef, { oid, modifier }: SqlType): Form | undefined {
  const scale = oid === OID.numeric && modifier < 4 ? scaleOfColumn(node, ref) : undefined;
  return scale === undefined || scale > DECIMAL_DIGITS_MAX ? undefined : { type: 'i64', scale };
}

/** The columns of a node with their forms; undefined when one has none. */
export function columnsOf(node: PhysicalPlan, refs: readonly ColumnRef[]): ColumnInfo[] | undefined {
  const columns: ColumnInfo[] = [];
  for (const ref of refs) {
    const type = columnType(node, ref);
    const form = type === undefined ? undefined : (formOf(type) ?? guessedForm(node, ref, type));
    if (type === undefined || form === undefined) return undefined;
    columns.push({ ref, type, form });
  }
  return columns;
}
