/**
 * From the rewritten logical plan to the physical one: access paths, join order and methods, and only the columns that
 * somebody above reads.
 */
import { unreachable } from '../base/assert.ts';
import type { ColumnRef, Expression, SortKey, SubqueryExpression } from '../binder/expression.ts';
import type { JoinPlan, Plan, ScanPlan, WithPlan, WithReferencePlan } from '../binder/plan.ts';
import { expressionsOf, outputOf } from '../binder/walk.ts';
import type { TreeStorage } from '../storage/residency.ts';
import type { TreeId } from '../storage/tree.ts';
import type { Oid } from '../types/oid.ts';
import { chooseScan, directionFor, lookupScan, type ScanRequest } from './access-path.ts';
import type { Planning } from './context.ts';
import { column, conjunction, conjunctsOf, isLeaf, isVolatile, mayWait, refsOf, someExpression } from './expression-tools.ts';
import { COST, sortCost } from './cost.ts';
import { addCopy, addProjection } from './estimate/derive.ts';
import { addScan, Facts, rowsOf } from './estimate/facts.ts';
import { selectivityOfAll } from './estimate/selectivity.ts';
import { spanOf } from './estimate/span.ts';
import { JoinGraph, type JoinMember } from './join-graph.ts';
import { chooseJoin, emitCost, type Lookup } from './join-method.ts';
import { orderJoins } from './join-order.ts';
import { flatten, isFreeJoin, type TreeMember } from './join-tree.ts';
import type { PhysicalPlan, SharedDefinition, TableScanNode } from './physical.ts';
import { freeRefs, planWrites, visitDeep } from './plan-tools.ts';
import { filter, keep, peel, refsIn, withColumns, type Required } from './lower-tools.ts';
import {
  lowerAggregate,
  lowerDistinct,
  lowerFunctionScan,
  lowerLimit,
  lowerProjectSet,
  lowerRecursive,
  lowerReference,
  lowerSetOperation,
  lowerVirtualScan,
  lowerWindow,
  wantedRows,
  type Top,
} from './lower-nodes.ts';
import { lowerDelete, lowerInsert, lowerUpdate } from './lower-writes.ts';
import { project, reorder } from './reshape.ts';
import { withoutIdleJoins } from './rules/idle-joins.ts';
import { sharedColumns } from './shared-columns.ts';
import { optimize } from './optimize.ts';

export class Lowering {
  readonly #context: Planning;
  readonly #facts: Facts;
  readonly #known = new Set<ScanPlan>();
  /** The plans of shared definitions, and what references call their columns by place. */
  readonly #shared = new Map<number, { readonly plan: PhysicalPlan; readonly columns: readonly ColumnRef[] }>();
  /** Trees that some scan fetches as a whole: whoever reads them after it finds them in memory. */
  readonly #fetched = new Set<TreeId>();
  readonly #locked = new Set<Oid>();
  /** Tables that a WITH writes: what reads them, reads them as they were. */
  readonly #frozen = new Set<Oid>();
  readonly subplans = new Map<SubqueryExpression, PhysicalPlan>();

  readonly #lowerInto = (plan: Plan, required: Required): PhysicalPlan => this.lower(plan, required);

  constructor(context: Planning) {
    this.#context = context;
    this.#facts = new Facts(context.context, context.parameters);
  }

  get writesInWith(): boolean {
    return this.#frozen.size > 0;
  }

  /** The plan with at least the columns `required`; its subqueries are planned into `subplans`. */
  lower(plan: Plan, required: Required): PhysicalPlan {
    for (const expression of expressionsOf(plan)) this.#planSubqueries(expression);
    switch (plan.kind) {
      case 'scan':
        return this.#scan(plan, [], required);
      case 'virtual_scan':
        return lowerVirtualScan(plan, required);
      case 'values':
        return { kind: 'values', tuples: plan.rows, output: plan.output, rows: plan.rows.length, cost: plan.rows.length * COST.emit };
      case 'filter':
        return this.#filter(plan.input, conjunctsOf(plan.condition), required);
      case 'project': {
        const items = plan.items.filter((item) => required.has(item.ref) || isVolatile(item.expression));
        const input = this.lower(plan.input, refsIn(items.map((item) => item.expression)));
        addProjection(this.#facts, items, input.rows);
        return project(input, items);
      }
      case 'project_set':
        return lowerProjectSet(plan, required, this.#lowerInto);
      case 'join':
        return isFreeJoin(plan) && this.#context.naive !== true ? this.#joinOrder(plan, [], required) : this.#join(plan, required);
      case 'aggregate':
        return lowerAggregate(plan, required, this.#facts, this.#lowerInto);
      case 'window':
        return lowerWindow(plan, required, this.#lowerInto);
      case 'sort':
        return this.#sort(plan.input, plan.keys, undefined, required);
      case 'limit':
        return lowerLimit(plan, required, this.#facts, (input, top, wanted) => this.#limited(input, top, wanted));
      case 'distinct':
        return lowerDistinct(plan, required, this.#facts, this.#lowerInto);
      case 'set_operation':
        return lowerSetOperation(plan, this.#facts, this.#lowerInto);
      case 'function_scan':
        return lowerFunctionScan(plan, this.#facts);
      case 'with':
        return this.#with(plan, required);
      case 'with_reference':
        return this.#reference(plan, required);
      case 'recursive':
        return lowerRecursive(plan, this.#lowerInto);
      case 'lock': {
        for (const table of plan.tables) this.#locked.add(table);
        const input = this.lower(plan.input, required);
        for (const table of plan.tables) this.#locked.delete(table);
        return input;
      }
      case 'insert':
        return lowerInsert(plan, this.#lowerInto);
      case 'update':
        return lowerUpdate(plan, this.#lowerInto);
      case 'delete':
        return lowerDelete(plan, this.#lowerInto);
      default:
        return unreachable(plan);
    }
  }

  // ── tables, filters, joins ────────────────────────────────────────────────────────────────────────────────────────────

  #request(scan: ScanPlan, conjuncts: readonly Expression[], required: Required, order?: ScanRequest['order']): ScanRequest {
    if (!this.#known.has(scan)) {
      this.#known.add(scan);
      addScan(this.#facts, scan, this.#context);
    }
    const purpose = this.#locked.has(scan.table.oid) ? 'update' : 'query';
    const tableRows = rowsOf(scan.table, this.#context);
    const storage = (tree: TreeId): TreeStorage | undefined => (this.#fetched.has(tree) ? undefined : this.#context.storage?.(tree));
    return { scan, required, conjuncts, facts: this.#facts, tableRows, purpose, storage, order };
  }

  #scan(scan: ScanPlan, conjuncts: readonly Expression[], required: Required, order?: ScanRequest['order']): PhysicalPlan {
    if (this.#frozen.has(scan.table.oid)) {
      const all = new Set([...required, ...refsIn(conjuncts)]);
      const input = chooseScan(this.#request(scan, [], all));
      return filter({ kind: 'freeze', input, output: input.output, rows: input.rows, cost: input.cost }, conjuncts, required, this.#facts);
    }
    const waiting = conjuncts.filter(mayWait);
    const plain = conjuncts.filter((conjunct) => !mayWait(conjunct));
    const inner = waiting.length === 0 ? required : new Set([...required, ...refsIn(waiting)]);
    const chosen = chooseScan(this.#request(scan, plain, inner, order));
    this.#noteKept(scan, plain, chosen.rows);
    if (chosen.access === undefined) this.#fetched.add((chosen.index?.tree ?? chosen.table.tree).id);
    const node = order !== undefined && directionFor(chosen, order.keys) === true ? { ...chosen, reverse: true } : chosen;
    return filter(node, waiting, required, this.#facts);
  }

  /** What a relation's own conditions leave of it: rows, and values of each column. */
  #noteKept(scan: ScanPlan, conjuncts: readonly Expression[], rows: number): void {
    if (conjuncts.length === 0) return;
    const span = spanOf(conjuncts, this.#facts);
    const byColumn = new Map<ColumnRef, Expression[]>();
    for (const conjunct of conjuncts) {
      const [ref, ...others] = refsOf(conjunct);
      if (ref !== undefined && others.length === 0) byColumn.set(ref, [...(byColumn.get(ref) ?? []), conjunct]);
    }
    for (const { ref } of scan.columns) {
      const known = this.#facts.get(ref);
      if (known === undefined) continue;
      const { relation } = known;
      relation.kept = Math.min(relation.rows, Math.max(1, rows));
      relation.span ??= span;
      const own = byColumn.get(ref);
      if (own !== undefined) this.#facts.narrow(ref, selectivityOfAll(own, this.#facts));
    }
  }

  /** Conditions over a plan: into a scan, into a join's order, or a filter above. */
  #filter(input: Plan, conjuncts: readonly Expression[], required: Required): PhysicalPlan {
    for (const conjunct of conjuncts) this.#planSubqueries(conjunct);
    if (input.kind === 'scan') return this.#scan(input, conjuncts, required);
    if (isFreeJoin(input) && this.#context.naive !== true) return this.#joinOrder(input, conjuncts, required);
    const lowered = this.lower(input, new Set([...required, ...refsIn(conjuncts)]));
    return filter(lowered, conjuncts, required, this.#facts);
  }

  #joinOrder(plan: Plan, conjuncts: readonly Expression[], required: Required): PhysicalPlan {
    const { members, conjuncts: between } = withoutIdleJoins(flatten(plan), new Set([...required, ...refsIn(conjuncts)]));
    const loose = [...conjuncts, ...between];
    for (const expression of [...loose, ...members.flatMap((member) => member.on)]) this.#planSubqueries(expression);
    const waiting = loose.filter(mayWait);
    const joining = loose.filter((conjunct) => !mayWait(conjunct));
    const above = new Set([...required, ...refsIn(waiting)]);
    const wanted = new Set([...above, ...refsIn(joining), ...refsIn(members.flatMap((member) => member.on))]);
    const lowered = members.map((member) => this.#member(member, wanted));
    const everywhere = new Set(members.flatMap((member) => outputOf(member.plan)));
    const gates = joining.filter((conjunct) => ![...refsOf(conjunct)].some((ref) => everywhere.has(ref)));
    const edges = joining.filter((conjunct) => !gates.includes(conjunct));
    const ordered = orderJoins(new JoinGraph(lowered, { conjuncts: edges, facts: this.#facts, required: above }));
    return filter(ordered, [...gates, ...waiting], required, this.#facts);
  }

  #member({ type, plan, conjuncts, on }: TreeMember, wanted: Required): JoinMember {
    const lowered = this.#filter(plan, conjuncts, wanted);
    return { type, plan: lowered, on, lookup: (outside, joining) => this.#lookup(plan, conjuncts, joining, outside, wanted) };
  }

  #lookup(plan: Plan, own: readonly Expression[], joining: readonly Expression[], outside: Required, wanted: Required): Lookup | undefined {
    const peeled = peel(plan, own);
    if (peeled === undefined || this.#frozen.has(peeled.scan.table.oid) || peeled.conjuncts.some(mayWait)) return undefined;
    const usable = joining.filter((conjunct) => !mayWait(conjunct));
    const all = [...peeled.conjuncts, ...usable];
    const request = this.#request(peeled.scan, all, wanted);
    const found = lookupScan(request, outside);
    if (found === undefined) return undefined;
    // What the key does not decide and reads the left side is checked on the pair.
    const scanned = conjunctsOf(found.filter);
    const residual = [...scanned.filter((conjunct) => [...refsOf(conjunct)].some((ref) => outside.has(ref))), ...joining.filter(mayWait)];
    const filterOnly = scanned.filter((conjunct) => !residual.includes(conjunct));
    const output = keep(
      peeled.scan.columns.map((candidate) => candidate.ref),
      new Set([...wanted, ...refsIn(residual)]),
    );
    const scan: TableScanNode = { ...found, filter: conjunction(filterOnly), bounds: [], output };
    return { scan: withColumns(scan, peeled.scan), residual };
  }

  /** A join that keeps its place: right, full, lateral, or any in a plan as written. */
  #join(plan: JoinPlan, required: Required): PhysicalPlan {
    const conjuncts = conjunctsOf(plan.condition);
    const inner = new Set([...required, ...refsIn(conjuncts)]);
    if (plan.lateral) return this.#lateral(plan, conjuncts, inner, required);
    const left = this.lower(plan.left, inner);
    const right = this.lower(plan.right, inner);
    const both = plan.type === 'semi' || plan.type === 'anti' ? left.output : [...left.output, ...right.output];
    const output = keep(both, required);
    return chooseJoin({ type: plan.type, left, right, conjuncts, facts: this.#facts, output });
  }

  #lateral(plan: JoinPlan, conjuncts: readonly Expression[], inner: Required, required: Required): PhysicalPlan {
    const free = freeRefs(plan.right);
    const parameters = outputOf(plan.left).filter((ref) => free.has(ref));
    const left = this.lower(plan.left, new Set([...inner, ...parameters]));
    const right = this.lower(plan.right, inner);
    const both = plan.type === 'semi' || plan.type === 'anti' ? left.output : [...left.output, ...right.output];
    const pairs = left.rows * right.rows;
    const outer = plan.type === 'semi' || plan.type === 'anti' ? left.rows / 2 : pairs * selectivityOfAll(conjuncts, this.#facts);
    const rows = Math.max(0.5, plan.type === 'left' ? left.rows : 0, outer);
    return {
      kind: 'nested_loop',
      type: plan.type,
      left,
      right,
      condition: conjunction(conjuncts),
      lateral: true,
      parameters,
      output: keep(both, required),
      rows,
      cost: left.cost + left.rows * (right.cost + COST.reopen) + emitCost(rows, both.length),
    };
  }

  // ── order ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #limited(input: Plan, top: Top | undefined, required: Required): PhysicalPlan {
    if (top === undefined) return this.lower(input, required);
    if (input.kind === 'sort') {
      for (const expression of expressionsOf(input)) this.#planSubqueries(expression);
      return this.#sort(input.input, input.keys, top, required);
    }
    if (input.kind === 'project' && !input.items.some((item) => mayWait(item.expression))) {
      const items = input.items.filter((item) => required.has(item.ref));
      const limited = this.#limited(input.input, top, refsIn(items.map((item) => item.expression)));
      addProjection(this.#facts, items, limited.rows);
      return project(limited, items);
    }
    return this.lower(input, required);
  }

  #sort(input: Plan, keys: readonly SortKey[], top: Top | undefined, required: Required): PhysicalPlan {
    const inner = new Set([...required, ...refsIn(keys.map((key) => key.expression))]);
    const ordered = this.#ordered(input, keys, inner, top);
    if (ordered !== undefined) return ordered;
    const lowered = this.lower(input, inner);
    const wanted = top === undefined ? undefined : wantedRows(top, this.#facts);
    const rows = wanted === undefined ? lowered.rows : Math.min(lowered.rows, wanted);
    return {
      kind: 'sort',
      input: lowered,
      keys,
      top,
      output: keep(lowered.output, required),
      rows,
      cost: lowered.cost + (wanted === undefined ? 0 : lowered.rows * COST.top) + sortCost(rows),
    };
  }

  /** The input already in order, when a scan's key gives it. Without a limit, only if that scan is the one to choose anyway. */
  #ordered(input: Plan, keys: readonly SortKey[], required: Required, top: Top | undefined): PhysicalPlan | undefined {
    if (input.kind === 'project') {
      const items = input.items.filter((item) => required.has(item.ref));
      const below = keys.map((key) => {
        const item =
          key.expression.kind === 'column'
            ? input.items.find((candidate) => key.expression.kind === 'column' && candidate.ref === key.expression.ref)
            : undefined;
        return item?.expression.kind === 'column' ? { ...key, expression: column(item.expression.ref, key.expression.type) } : undefined;
      });
      if (below.includes(undefined) || items.some((item) => mayWait(item.expression))) return undefined;
      const inner = this.#ordered(
        input.input,
        below.filter((key) => key !== undefined),
        refsIn([...items.map((item) => item.expression), ...below.flatMap((key) => (key === undefined ? [] : [key.expression]))]),
        top,
      );
      if (inner === undefined) return undefined;
      addProjection(this.#facts, items, inner.rows);
      return project(inner, items);
    }
    const peeled = peel(input, []);
    if (peeled === undefined || this.#frozen.has(peeled.scan.table.oid) || !keys.every((key) => key.expression.kind === 'column'))
      return undefined;
    for (const expression of peeled.conjuncts) this.#planSubqueries(expression);
    const plain = peeled.conjuncts.filter((conjunct) => !mayWait(conjunct));
    const wanted = new Set([...required, ...refsIn(peeled.conjuncts)]);
    const first = top === undefined ? undefined : { keys, wanted: wantedRows(top, this.#facts) };
    const chosen = chooseScan(this.#request(peeled.scan, plain, wanted, first));
    if (directionFor(chosen, keys) === undefined) return undefined;
    return this.#scan(peeled.scan, peeled.conjuncts, required, first ?? { keys, wanted: chosen.rows });
  }

  // ── subqueries and definitions ────────────────────────────────────────────────────────────────────────────────────────

  #planSubqueries(expression: Expression): void {
    if (isLeaf(expression)) return;
    someExpression(expression, (node) => {
      if (node.kind === 'subquery' && !this.subplans.has(node)) {
        const wanted = node.mode === 'exists' ? NONE : new Set(node.output);
        this.subplans.set(node, this.lower(optimize(node.plan, this.#context), wanted));
      }
      return false;
    });
  }

  #reference(plan: WithReferencePlan, required: Required): PhysicalPlan {
    const shared = this.#shared.get(plan.id);
    if (shared !== undefined) addCopy(this.#facts, shared.columns, plan.output, shared.plan.rows);
    return lowerReference(plan, required, shared);
  }

  #with(plan: WithPlan, required: Required): PhysicalPlan {
    const writing = plan.definitions.filter((definition) => planWrites(definition.plan));
    if (writing.length > 0) {
      visitDeep(plan, (node) => {
        if (node.kind === 'insert' || node.kind === 'update' || node.kind === 'delete') this.#frozen.add(node.target.table.oid);
      });
    }
    const read = sharedColumns(plan, required);
    const definitions: SharedDefinition[] = plan.definitions.map((definition) => {
      const columns = read.get(definition.id) ?? definition.output;
      const lowered = reorder(this.lower(definition.plan, new Set(columns)), columns);
      this.#shared.set(definition.id, { plan: lowered, columns: definition.output });
      return { id: definition.id, name: definition.name, plan: lowered, writes: writing.includes(definition) };
    });
    const body = this.lower(plan.body, required);
    return {
      kind: 'with',
      definitions,
      body,
      output: body.output,
      rows: body.rows,
      cost: body.cost + definitions.reduce((sum, { plan: kept }) => sum + kept.cost + COST.start + kept.rows * COST.keep, 0),
    };
  }
}

const NONE: Required = new Set();
