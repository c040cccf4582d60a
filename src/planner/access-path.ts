/** The ways to read one table under given conditions, each with its estimate; the cheapest is chosen. */
import type { ColumnRef, Expression, SortKey } from '../binder/expression.ts';
import type { ScanPlan } from '../binder/plan.ts';
import type { IndexDescriptor } from '../catalog/descriptor.ts';
import type { TreeId, TreeSchema } from '../storage/tree.ts';
import type { ReadPurpose } from '../transaction/transaction.ts';
import { OID, type Oid } from '../types/oid.ts';
import type { TreeStorage } from '../storage/residency.ts';
import { coldLookupCost, coldScanCost, COST, sortCost } from './cost.ts';
import { conditionCost } from './condition-cost.ts';
import type { Facts } from './estimate/facts.ts';
import { selectivityOfAll } from './estimate/selectivity.ts';
import { conjunction, mayWait, refsOf } from './expression-tools.ts';
import type { KeyAccess, KeyBound, KeyEquality, TableScanNode } from './physical.ts';
import { comparisonOf, familyOf, swapped, type Comparison } from './type-facts.ts';

export interface ScanRequest {
  readonly scan: ScanPlan;
  /** Columns to hand out. */
  readonly required: ReadonlySet<ColumnRef>;
  readonly conjuncts: readonly Expression[];
  readonly facts: Facts;
  readonly tableRows: number;
  readonly purpose: ReadPurpose;
  /** How much of a tree is where. */
  readonly storage: (tree: TreeId) => TreeStorage | undefined;
  /** The order that would be welcome, since only the first `wanted` rows of it are needed (undefined: nobody knows how few). */
  readonly order?: { readonly keys: readonly SortKey[]; readonly wanted: number | undefined } | undefined;
}

/** Rows that a LIMIT asks for where its number is not known. */
const WANTED_UNKNOWN = 100;

/** The cheapest scan; with `order`, what reading on in another order and sorting would cost decides. */
export function chooseScan(request: ScanRequest): TableScanNode {
  const candidates = candidatesOf(request);
  const { order } = request;
  const usable = candidates.filter(
    (node) => node.index === undefined || node.access !== undefined || node.covering !== undefined || order !== undefined,
  );
  if (order === undefined) return cheapest(usable, (node) => node.cost);
  const wanted = order.wanted ?? WANTED_UNKNOWN;
  return cheapest(usable, (node) => {
    if (directionFor(node, order.keys) === undefined) return node.cost + node.rows * COST.top + sortCost(Math.min(node.rows, wanted));
    const start = node.access === undefined ? COST.lookup : 0;
    return start + node.cost * Math.min(1, (wanted + 1) / Math.max(1, node.rows));
  });
}

function cheapest(nodes: readonly TableScanNode[], costOf: (node: TableScanNode) => number): TableScanNode {
  let [best] = nodes;
  let least = Infinity;
  for (const node of nodes) {
    const cost = costOf(node);
    if (cost < least) [best, least] = [node, cost];
  }
  return best;
}

function candidatesOf(request: ScanRequest): TableScanNode[] {
  return [
    candidateOver(request, undefined),
    ...request.scan.table.indexes
      .filter((index) => !index.primary && index.state === 'public' && index.predicateText === undefined)
      .map((index) => candidateOver(request, index)),
  ];
}

/** The lookup of single rows or short ranges by columns of another relation; undefined when no key fits. */
export function lookupScan(request: ScanRequest, outside: ReadonlySet<ColumnRef>): TableScanNode | undefined {
  const keyed = candidatesOf(request).filter(
    (node) => node.access?.conditions.some((condition) => [...refsOf(condition)].some((ref) => outside.has(ref))) === true,
  );
  return keyed.toSorted((a, b) => a.cost - b.cost).at(0);
}

/** Whether the scan gives rows in the wanted order: forwards (false), in reverse (true), or not (undefined). */
export function directionFor(node: TableScanNode, order: readonly SortKey[]): boolean | undefined {
  const tree = node.index === undefined ? node.table.tree : node.index.tree;
  const fixed = node.access?.equals.every((equality) => equality.kind === 'one') === true ? node.access.equals.length : 0;
  if (node.access !== undefined && fixed < node.access.equals.length) return undefined;
  for (const reverse of [false, true]) if (follows(node, tree, fixed, order, reverse)) return reverse;
  return undefined;
}

function follows(node: TableScanNode, tree: TreeSchema, fixed: number, order: readonly SortKey[], reverse: boolean): boolean {
  const fixedRefs = new Set(Array.from({ length: fixed }, (_, part) => refAt(node, tree, part)));
  let part = fixed;
  for (const key of order) {
    if (key.expression.kind !== 'column') return false;
    if (fixedRefs.has(key.expression.ref)) continue;
    if (part >= tree.key.length || refAt(node, tree, part) !== key.expression.ref) return false;
    const { descending, nullsFirst } = tree.key[part];
    if ((descending !== reverse) !== key.descending || (nullsFirst !== reverse) !== key.nullsFirst) {
      // Where the key can hold no null, only the direction matters.
      if ((descending !== reverse) !== key.descending || !isNotNull(node, tree, part)) return false;
    }
    part++;
  }
  return true;
}

function isNotNull(node: TableScanNode, tree: TreeSchema, part: number): boolean {
  if (tree === node.table.tree) return true;
  const column = node.index?.keys[part]?.column;
  return column === undefined ? false : node.table.columns.find((candidate) => candidate.id === column)?.notNull === true;
}

/** The column that a part of the tree's key is, if the scan reads it. */
function refAt(node: TableScanNode, tree: TreeSchema, part: number): ColumnRef | undefined {
  const position = tablePosition(node, tree, part);
  return node.columns.find((column) => column.position === position)?.ref;
}

function tablePosition(node: Pick<TableScanNode, 'table' | 'index'>, tree: TreeSchema, part: number): number | undefined {
  if (node.index === undefined) return tree.key[part].column;
  const key = node.index.keys.at(part);
  if (key !== undefined) return key.column === undefined ? undefined : node.table.columns.findIndex((column) => column.id === key.column);
  const among = node.index.tableKeyPositions.indexOf(tree.key[part].column);
  return among < 0 ? undefined : node.table.tree.key[among].column;
}

function candidateOver(request: ScanRequest, index: IndexDescriptor | undefined): TableScanNode {
  const { scan, required, conjuncts, facts, tableRows, purpose } = request;
  const tree = index === undefined ? scan.table.tree : index.tree;
  const { access, used } = accessOf(scan, tree, index, conjuncts);
  const rest = conjuncts.filter((conjunct) => !used.has(conjunct));
  const output = scan.columns.filter((column) => required.has(column.ref)).map((column) => column.ref);
  const wanted = new Set(output);
  const own = new Set(scan.columns.map((column) => column.ref));
  for (const conjunct of rest) for (const ref of refsOf(conjunct)) if (own.has(ref)) wanted.add(ref);
  const columns = scan.columns.filter((column) => wanted.has(column.ref));
  const covering = index === undefined ? undefined : coveringPositions(scan, index, columns);
  const keyFraction =
    access === undefined ? 1 : access.unique ? Math.min(1, pointsOf(access) / tableRows) : selectivityOfAll(access.conditions, facts);
  const read = Math.max(access?.unique === true ? 0.5 : 1, tableRows * keyFraction);
  // All at once: what conditions on several columns say together is not what they say one by one.
  const kept = access?.unique === true ? keyFraction * selectivityOfAll(rest, facts) : selectivityOfAll(conjuncts, facts);
  const rows = Math.max(tableRows > 0 ? 0.5 : 0, Math.min(read, tableRows * kept));
  return {
    kind: 'table_scan',
    table: scan.table,
    alias: scan.alias,
    columns,
    named: scan.columns,
    index,
    covering,
    access,
    reverse: false,
    filter: conjunction(rest),
    bounds: boundsOf(scan, rest),
    purpose,
    output,
    rows,
    cost: costOf(request, { index, access, rest, read, columns: columns.length, fetches: index !== undefined && covering === undefined }),
  };
}

function costOf(
  { facts, scan, storage, tableRows }: ScanRequest,
  node: {
    readonly index: IndexDescriptor | undefined;
    readonly access: KeyAccess | undefined;
    readonly rest: readonly Expression[];
    readonly read: number;
    readonly columns: number;
    /** Whether each index entry's row has to be got from the table. */
    readonly fetches: boolean;
  },
): number {
  const { index, access, rest, read, columns, fetches } = node;
  const byVector = COST.scanStart + read * (COST.scanRow + columns * COST.value);
  const starts = access === undefined ? 0 : pointsOf(access) * COST.lookup;
  let cost = access === undefined ? byVector : starts + Math.min(read * COST.lookupRow, byVector);
  cost += read * rest.reduce((sum, conjunct) => sum + conditionCost(conjunct), 0);
  const tree = index === undefined ? scan.table.tree.id : index.tree.id;
  cost +=
    access?.unique === true ? coldLookupCost(storage(tree), pointsOf(access)) : coldScanCost(storage(tree), read / Math.max(1, tableRows));
  if (!fetches) return cost;
  // Rows of an index whose order is about the table's lie in few leaves.
  const correlation = index === undefined ? 0 : correlationOf(scan, index, facts);
  return cost + read * COST.fetch + coldLookupCost(storage(scan.table.tree.id), read * (1 - correlation * correlation));
}

function correlationOf(scan: ScanPlan, index: IndexDescriptor, facts: Facts): number {
  const position = tablePosition({ table: scan.table, index }, index.tree, 0);
  const ref = scan.columns.find((column) => column.position === position)?.ref;
  return ref === undefined ? 0 : (facts.get(ref)?.correlation ?? 0);
}

function pointsOf(access: KeyAccess): number {
  return access.equals.reduce(
    (product, equality) => product * (equality.kind === 'list' ? equality.values.length : equality.kind === 'any' ? 10 : 1),
    1,
  );
}

function coveringPositions(scan: ScanPlan, index: IndexDescriptor, columns: ScanPlan['columns']): readonly number[] | undefined {
  const positions: number[] = [];
  for (const { position } of columns) {
    const id = scan.table.columns.at(position)?.id;
    const key = position < scan.table.columns.length ? index.keys.findIndex((candidate) => candidate.column === id) : -1;
    const part = scan.table.tree.key.findIndex((candidate) => candidate.column === position);
    if (key >= 0) positions.push(key);
    else if (part >= 0) positions.push(index.tableKeyPositions[part]);
    else return undefined;
  }
  return positions;
}

/** The longest use of the tree's key that the conjuncts allow, and which of them it stands for entirely. */
function accessOf(
  scan: ScanPlan,
  tree: TreeSchema,
  index: IndexDescriptor | undefined,
  conjuncts: readonly Expression[],
): { readonly access: KeyAccess | undefined; readonly used: ReadonlySet<Expression> } {
  const used = new Set<Expression>();
  const equals: KeyEquality[] = [];
  let lower: KeyBound | undefined;
  let upper: KeyBound | undefined;
  // Where no part is null, a unique key ends after its unique parts.
  for (let part = 0; part < (tree.uniqueParts ?? tree.key.length); part++) {
    const position = tablePosition({ table: scan.table, index }, tree, part);
    const column = scan.columns.find((candidate) => candidate.position === position);
    if (column === undefined) break;
    const type = tree.columns[tree.key[part].column].type.oid;
    const equality = conjuncts
      .map((conjunct) => ({ conjunct, found: equalityOn(conjunct, column.ref, type, scan) }))
      .find(({ found }) => found !== undefined);
    if (equality?.found !== undefined) {
      equals.push(equality.found);
      used.add(equality.conjunct);
      continue;
    }
    for (const conjunct of conjuncts) {
      const bound = boundOn(conjunct, column.ref, type, scan);
      if (bound === undefined) continue;
      if (bound.side === 'lower' && lower === undefined) lower = bound.bound;
      else if (bound.side === 'upper' && upper === undefined) upper = bound.bound;
      else continue;
      used.add(conjunct);
    }
    break;
  }
  if (equals.length === 0 && lower === undefined && upper === undefined) return { access: undefined, used: new Set() };
  const whole = tree.uniqueParts ?? (index === undefined ? tree.key.length : Infinity);
  const access: KeyAccess = { equals, lower, upper, unique: equals.length >= whole, conditions: [...used] };
  // With one bound only, nulls lie inside the range of a nullable column, and the comparison has to be asked again.
  const oneSided = (lower === undefined) !== (upper === undefined);
  return { access, used: oneSided ? withoutRange(used, scan, tree, index, equals.length) : used };
}

function withoutRange(
  used: ReadonlySet<Expression>,
  scan: ScanPlan,
  tree: TreeSchema,
  index: IndexDescriptor | undefined,
  part: number,
): ReadonlySet<Expression> {
  const position = tablePosition({ table: scan.table, index }, tree, part);
  const nullable = index !== undefined && position !== undefined && scan.table.columns.at(position)?.notNull !== true;
  if (!nullable) return used;
  const ref = scan.columns.find((column) => column.position === position)?.ref;
  return new Set([...used].filter((condition) => ref === undefined || !refsOf(condition).has(ref)));
}

/** Whether keys of `column` can be made from values of `value`: same type, or same family without loss. */
function keyable(column: Oid, value: Oid): boolean {
  return column === value || (familyOf(column) === familyOf(value) && familyOf(column) !== OID.float8);
}

/** A side that can be computed before the scan: it reads none of the scan's own columns and never waits. */
function isOutside(expression: Expression, scan: ScanPlan): boolean {
  if (mayWait(expression)) return false;
  const own = refsOf(expression);
  return !scan.columns.some((column) => own.has(column.ref));
}

function equalityOn(conjunct: Expression, ref: ColumnRef, type: Oid, scan: ScanPlan): KeyEquality | undefined {
  if (conjunct.kind === 'in_list') {
    if (conjunct.negated || conjunct.arg.kind !== 'column' || conjunct.arg.ref !== ref) return undefined;
    return conjunct.items.every((item) => keyable(type, item.type.oid) && isOutside(item, scan))
      ? { kind: 'list', values: conjunct.items }
      : undefined;
  }
  if (conjunct.kind === 'quantified') {
    if (conjunct.all || conjunct.operator !== '=' || conjunct.left.kind !== 'column' || conjunct.left.ref !== ref) return undefined;
    return keyable(type, conjunct.function.arguments[1]) && isOutside(conjunct.array, scan)
      ? { kind: 'any', array: conjunct.array }
      : undefined;
  }
  const side = sideOn(conjunct, ref, type, scan);
  return side?.operator === '=' ? { kind: 'one', value: side.value } : undefined;
}

function boundOn(
  conjunct: Expression,
  ref: ColumnRef,
  type: Oid,
  scan: ScanPlan,
): { readonly side: 'lower' | 'upper'; readonly bound: KeyBound } | undefined {
  const side = sideOn(conjunct, ref, type, scan);
  switch (side?.operator) {
    case '>':
    case '>=':
      return { side: 'lower', bound: { value: side.value, inclusive: side.operator === '>=' } };
    case '<':
    case '<=':
      return { side: 'upper', bound: { value: side.value, inclusive: side.operator === '<=' } };
    default:
      return undefined;
  }
}

/** `column op value`, turned so that the column is on the left. */
function sideOn(
  conjunct: Expression,
  ref: ColumnRef,
  type: Oid,
  scan: ScanPlan,
): { readonly operator: Comparison; readonly value: Expression } | undefined {
  const parts = comparisonOf(conjunct);
  if (parts === undefined) return undefined;
  if (parts.left.kind === 'column' && parts.left.ref === ref && keyable(type, parts.right.type.oid) && isOutside(parts.right, scan))
    return { operator: parts.operator, value: parts.right };
  if (parts.right.kind === 'column' && parts.right.ref === ref && keyable(type, parts.left.type.oid) && isOutside(parts.left, scan))
    return { operator: swapped(parts.operator), value: parts.left };
  return undefined;
}

/** Comparisons of a column with one value of its own type, for zone maps. */
function boundsOf(scan: ScanPlan, conjuncts: readonly Expression[]): TableScanNode['bounds'] {
  const bounds = new Map<number, { min: Expression | undefined; max: Expression | undefined }>();
  for (const conjunct of conjuncts) {
    for (const { ref, position } of scan.columns) {
      const column = scan.table.columns.at(position);
      if (column === undefined) continue;
      const side = sideOn(conjunct, ref, column.type.oid, scan);
      if (side === undefined || side.value.type.oid !== column.type.oid || side.operator === '<>') continue;
      const bound = bounds.get(position) ?? { min: undefined, max: undefined };
      if (side.operator === '=' || side.operator === '>' || side.operator === '>=') bound.min ??= side.value;
      if (side.operator === '=' || side.operator === '<' || side.operator === '<=') bound.max ??= side.value;
      bounds.set(position, bound);
    }
  }
  return [...bounds].map(([position, bound]) => ({ position, ...bound }));
}
