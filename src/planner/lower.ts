/**
 * From the rewritten logical plan to the physical one: access paths, join order and methods, and only the columns that
 * somebody above reads.
 */
import { unreachable } from '../base/assert.ts';
import type { ColumnRef, Expression, SortKey, SubqueryExpression } from '../binder/expression.ts';
import type { JoinPlan, Plan, ScanPlan, WithPlan } from '../binder/plan.ts';
import { expressionsOf, outputOf } from '../binder/walk.ts';
import type { Oid } from '../types/oid.ts';
import { chooseScan, directionFor, lookupScan, type ScanRequest } from './access-path.ts';
import type { Planning } from './context.ts';
import { column, conjunction, conjunctsOf, isLeaf, isVolatile, mayWait, refsOf, someExpression } from './expression-tools.ts';
import { chooseJoin, type JoinSides } from './join-method.ts';
import { orderJoins, type JoinRelation } from './join-order.ts';
import type { PhysicalPlan, SharedDefinition, TableScanNode } from './physical.ts';
import { freeRefs, planWrites, visitDeep } from './plan-tools.ts';
import { filter, gather, keep, leafReading, peel, refsIn, replaceLeaf, sortCost, withColumns, type Required } from './lower-tools.ts';
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
  UNKNOWN_ROWS,
  type Top,
} from './lower-nodes.ts';
import { lowerDelete, lowerInsert, lowerUpdate } from './lower-writes.ts';
import { project, reorder } from './reshape.ts';
import { factsOfScan, rowsOf, type ColumnFacts } from './statistics.ts';
import { optimize } from './optimize.ts';
import { comparisonOf } from './type-facts.ts';

export class Lowering {
  readonly #context: Planning;
  readonly #facts = new Map<ColumnRef, ColumnFacts>();
  readonly #known = new Set<ScanPlan>();
  /** The estimated rows of shared definitions and working tables. */
  readonly #sharedRows = new Map<number, number>();
  readonly #locked = new Set<Oid>();
  /** Tables that a WITH writes: what reads them, reads them as they were. */
  readonly #frozen = new Set<Oid>();
  readonly subplans = new Map<SubqueryExpression, PhysicalPlan>();

  readonly #lowerInto = (plan: Plan, required: Required): PhysicalPlan => this.lower(plan, required);

  constructor(context: Planning) {
    this.#context = context;
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
        return { kind: 'values', tuples: plan.rows, output: plan.output, rows: plan.rows.length, cost: plan.rows.length };
      case 'filter':
        return this.#filter(plan.input, conjunctsOf(plan.condition), required);
      case 'project': {
        const items = plan.items.filter((item) => required.has(item.ref) || isVolatile(item.expression));
        const input = this.lower(plan.input, refsIn(items.map((item) => item.expression)));
        return project(input, items);
      }
      case 'project_set':
        return lowerProjectSet(plan, required, this.#lowerInto);
      case 'join':
        return plan.type === 'inner' && !plan.lateral ? this.#filter(plan, [], required) : this.#join(plan, required);
      case 'aggregate':
        return lowerAggregate(plan, required, this.#facts, this.#lowerInto);
      case 'window':
        return lowerWindow(plan, required, this.#lowerInto);
      case 'sort':
        return this.#sort(plan.input, plan.keys, undefined, required);
      case 'limit':
        return lowerLimit(plan, required, (input, top, wanted) => this.#limited(input, top, wanted));
      case 'distinct':
        return lowerDistinct(plan, required, this.#facts, this.#lowerInto);
      case 'set_operation':
        return lowerSetOperation(plan, this.#lowerInto);
      case 'function_scan':
        return lowerFunctionScan(plan);
      case 'with':
        return this.#with(plan, required);
      case 'with_reference':
        return lowerReference(plan, required, this.#sharedRows.get(plan.id));
      case 'recursive':
        this.#sharedRows.set(plan.id, UNKNOWN_ROWS);
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

  #request(scan: ScanPlan, conjuncts: readonly Expression[], required: Required, order?: readonly SortKey[]): ScanRequest {
    if (!this.#known.has(scan)) {
      this.#known.add(scan);
      for (const [ref, facts] of factsOfScan(scan, this.#context)) this.#facts.set(ref, facts);
    }
    const purpose = this.#locked.has(scan.table.oid) ? 'update' : 'query';
    return { scan, required, conjuncts, facts: this.#facts, tableRows: rowsOf(scan.table, this.#context), purpose, order };
  }

  #scan(scan: ScanPlan, conjuncts: readonly Expression[], required: Required, order?: readonly SortKey[]): PhysicalPlan {
    if (this.#frozen.has(scan.table.oid)) {
      const all = new Set([...required, ...refsIn(conjuncts)]);
      const input = chooseScan(this.#request(scan, [], all));
      return filter({ kind: 'freeze', input, output: input.output, rows: input.rows, cost: input.cost }, conjuncts, required, this.#facts);
    }
    const waiting = conjuncts.filter(mayWait);
    const plain = conjuncts.filter((conjunct) => !mayWait(conjunct));
    const inner = waiting.length === 0 ? required : new Set([...required, ...refsIn(waiting)]);
    const chosen = chooseScan(this.#request(scan, plain, inner, order));
    const node = order !== undefined && directionFor(chosen, order) === true ? { ...chosen, reverse: true } : chosen;
    return filter(node, waiting, required, this.#facts);
  }

  /** Conditions over a plan: into a scan, into a join's order, or a filter above. */
  #filter(input: Plan, conjuncts: readonly Expression[], required: Required): PhysicalPlan {
    for (const conjunct of conjuncts) this.#planSubqueries(conjunct);
    if (input.kind === 'scan') return this.#scan(input, conjuncts, required);
    if (input.kind === 'join' && input.type === 'inner' && !input.lateral) return this.#joinOrder(input, conjuncts, required);
    const lowered = this.lower(input, new Set([...required, ...refsIn(conjuncts)]));
    return filter(lowered, conjuncts, required, this.#facts);
  }

  #joinOrder(plan: Plan, conjuncts: readonly Expression[], required: Required): PhysicalPlan {
    const relations: { plan: Plan; conjuncts: Expression[] }[] = [];
    const loose: Expression[] = [...conjuncts];
    gather(plan, relations, loose);
    for (const expression of loose) this.#planSubqueries(expression);
    const waiting = loose.filter(mayWait);
    const joining = loose.filter((conjunct) => !mayWait(conjunct));
    const above = new Set([...required, ...refsIn(waiting)]);
    const wanted = new Set([...above, ...refsIn(joining)]);
    const lowered = relations.map((relation) => this.#relation(relation.plan, relation.conjuncts, wanted));
    const everywhere = new Set(relations.flatMap((relation) => outputOf(relation.plan)));
    const gates = joining.filter((conjunct) => ![...refsOf(conjunct)].some((ref) => everywhere.has(ref)));
    const edges = joining.filter((conjunct) => !gates.includes(conjunct));
    const ordered = orderJoins({ relations: lowered, conjuncts: edges, facts: this.#facts, required: above });
    return filter(ordered, [...gates, ...waiting], required, this.#facts);
  }

  #relation(plan: Plan, conjuncts: readonly Expression[], wanted: Required): JoinRelation {
    const lowered = this.#filter(plan, conjuncts, wanted);
    return { plan: lowered, lookup: (outside, joining) => this.#lookup(plan, conjuncts, joining, outside, wanted) };
  }

  #lookup(
    plan: Plan,
    own: readonly Expression[],
    joining: readonly Expression[],
    outside: Required,
    wanted: Required,
  ): JoinSides['lookup'] {
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

  #join(plan: JoinPlan, required: Required): PhysicalPlan {
    const conjuncts = conjunctsOf(plan.condition);
    const inner = new Set([...required, ...refsIn(conjuncts)]);
    if (plan.lateral) return this.#lateral(plan, conjuncts, inner, required);
    const reduced = plan.type === 'semi' ? this.#reduceFirst(plan) : undefined;
    if (reduced !== undefined) return this.lower(reduced, required);
    const left = this.lower(plan.left, inner);
    const right = this.lower(plan.right, inner);
    const both = plan.type === 'semi' || plan.type === 'anti' ? left.output : [...left.output, ...right.output];
    const lookup = this.#lookup(plan.right, [], conjuncts, new Set(outputOf(plan.left)), inner);
    return chooseJoin({ type: plan.type, left, right, conjuncts, facts: this.#facts, output: keep(both, required), lookup });
  }

  /** A semi join that reads one relation of a join below and has fewer rows than it: moved onto that relation. */
  #reduceFirst(plan: JoinPlan): Plan | undefined {
    const wanted = refsIn(conjunctsOf(plan.condition));
    const leaf = leafReading(plan.left, wanted);
    if (
      leaf === undefined ||
      leaf === plan.left ||
      !conjunctsOf(plan.condition).some((conjunct) => comparisonOf(conjunct)?.operator === '=')
    )
      return undefined;
    const right = this.lower(plan.right, wanted);
    const left = this.lower(leaf, wanted);
    if (right.rows >= left.rows) return undefined;
    return replaceLeaf(plan.left, leaf, { ...plan, left: leaf });
  }

  #lateral(plan: JoinPlan, conjuncts: readonly Expression[], inner: Required, required: Required): PhysicalPlan {
    const free = freeRefs(plan.right);
    const parameters = outputOf(plan.left).filter((ref) => free.has(ref));
    const left = this.lower(plan.left, new Set([...inner, ...parameters]));
    const right = this.lower(plan.right, inner);
    const both = plan.type === 'semi' || plan.type === 'anti' ? left.output : [...left.output, ...right.output];
    const rows = left.rows * right.rows;
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
      cost: left.cost + left.rows * right.cost,
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
      return project(this.#limited(input.input, top, refsIn(items.map((item) => item.expression))), items);
    }
    return this.lower(input, required);
  }

  #sort(input: Plan, keys: readonly SortKey[], top: Top | undefined, required: Required): PhysicalPlan {
    const inner = new Set([...required, ...refsIn(keys.map((key) => key.expression))]);
    const ordered = this.#ordered(input, keys, inner, top !== undefined);
    if (ordered !== undefined) return ordered;
    const lowered = this.lower(input, inner);
    return {
      kind: 'sort',
      input: lowered,
      keys,
      top,
      output: keep(lowered.output, required),
      rows: lowered.rows,
      cost: lowered.cost + sortCost(lowered.rows),
    };
  }

  /** The input already in order, when a scan's key gives it. Without a limit, only if that scan is the one to choose anyway. */
  #ordered(input: Plan, keys: readonly SortKey[], required: Required, limited: boolean): PhysicalPlan | undefined {
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
        limited,
      );
      return inner === undefined ? undefined : project(inner, items);
    }
    const peeled = peel(input, []);
    if (peeled === undefined || this.#frozen.has(peeled.scan.table.oid) || !keys.every((key) => key.expression.kind === 'column'))
      return undefined;
    for (const expression of peeled.conjuncts) this.#planSubqueries(expression);
    const plain = peeled.conjuncts.filter((conjunct) => !mayWait(conjunct));
    const wanted = new Set([...required, ...refsIn(peeled.conjuncts)]);
    const chosen = chooseScan(this.#request(peeled.scan, plain, wanted, limited ? keys : undefined));
    if (directionFor(chosen, keys) === undefined) return undefined;
    return this.#scan(peeled.scan, peeled.conjuncts, required, keys);
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

  #with(plan: WithPlan, required: Required): PhysicalPlan {
    const writing = plan.definitions.filter((definition) => planWrites(definition.plan));
    if (writing.length > 0) {
      visitDeep(plan, (node) => {
        if (node.kind === 'insert' || node.kind === 'update' || node.kind === 'delete') this.#frozen.add(node.target.table.oid);
      });
    }
    const definitions: SharedDefinition[] = plan.definitions.map((definition) => {
      const lowered = reorder(this.lower(definition.plan, new Set(definition.output)), definition.output);
      this.#sharedRows.set(definition.id, lowered.rows);
      return { id: definition.id, name: definition.name, plan: lowered, writes: writing.includes(definition) };
    });
    const body = this.lower(plan.body, required);
    return {
      kind: 'with',
      definitions,
      body,
      output: body.output,
      rows: body.rows,
      cost: body.cost + definitions.reduce((sum, definition) => sum + definition.plan.cost, 0),
    };
  }
}

const NONE: Required = new Set();
