/** What is known about columns while a plan is chosen: statistics where there are any, keys, sizes. */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { ScanPlan } from '../../binder/plan.ts';
import type { ColumnStatistics, TableDescriptor } from '../../catalog/descriptor.ts';
import type { EvaluationContext } from '../../types/function.ts';
import { OID, type Oid } from '../../types/oid.ts';
import type { Value } from '../../types/value.ts';
import type { PlannerContext } from '../context.ts';
import { sameDomain } from './scale.ts';

export interface ColumnFacts {
  readonly type: Oid;
  /** Distinct values in its relation; undefined when nothing says. */
  readonly distinct: number | undefined;
  readonly unique: boolean;
  readonly nullFraction: number;
  /** The most common values, each with its part of all rows. */
  readonly common: ColumnStatistics['common'];
  /** Equi-depth histogram of the others. */
  readonly bounds: readonly Value[];
  /** Between the order of the table's key and that of the values, from -1 to 1. */
  readonly correlation: number;
  /** Values spread like a bell around `mean`: an aggregate over many rows. */
  readonly bell?: { readonly mean: number; readonly deviation: number } | undefined;
  /** For the least or greatest of a group: the part of the group's rows that have it. */
  readonly picked?: number | undefined;
  readonly relation: RelationFacts;
}

/** One instance of a relation in the statement: the same object in the facts of each of its columns. */
export interface RelationFacts {
  /** Rows before any condition. */
  readonly rows: number;
  /** Rows that its own conditions leave. */
  kept: number;
  /** The part of the table, in the order of its key, that conditions on columns ordered like it leave: from, to, as parts of the whole. */
  span?: readonly [number, number] | undefined;
  readonly keys: readonly UniqueKey[];
}

/** Columns that no two rows share the values of. */
export interface UniqueKey {
  readonly columns: readonly ColumnRef[];
  /** How many different values they are chosen from: the rows of the table whose key they are, of which the relation may hold a part. */
  readonly domain: number;
}

export class Facts {
  readonly context: EvaluationContext;
  /** Values of the statement's parameters, where a plan is made for them. */
  readonly parameters: readonly Value[] | undefined;
  readonly #columns = new Map<ColumnRef, ColumnFacts>();
  /** Columns that conditions make equal, each pointing towards the one that stands for them all. */
  readonly #equal = new Map<ColumnRef, ColumnRef>();
  readonly #members = new Map<ColumnRef, ColumnRef[]>();
  readonly #narrowed = new Map<ColumnRef, number>();
  readonly #caps = new Map<ColumnRef, number>();

  constructor(context: EvaluationContext, parameters?: readonly Value[] | undefined) {
    this.context = context;
    this.parameters = parameters;
  }

  get(ref: ColumnRef): ColumnFacts | undefined {
    return this.#columns.get(ref);
  }

  set(ref: ColumnRef, facts: ColumnFacts): void {
    this.#columns.set(ref, facts);
  }

  /** Notes that no more different values of the column are left than so many. */
  cap(ref: ColumnRef, distinct: number): void {
    this.#caps.set(ref, Math.min(this.capOf(ref), distinct));
  }

  /** How many different values of the column are left at most. */
  capOf(ref: ColumnRef): number {
    return this.#caps.get(ref) ?? Infinity;
  }

  /** Notes that conditions on this column alone leave only such a part of its values. */
  narrow(ref: ColumnRef, share: number): void {
    this.#narrowed.set(ref, share);
  }

  /** The part of the column's values that conditions on it alone leave. */
  narrowing(ref: ColumnRef): number {
    return this.#narrowed.get(ref) ?? 1;
  }

  /** Notes that in every row of the result both have one value. */
  equate(a: ColumnRef, b: ColumnRef): void {
    const [first, second] = [this.classOf(a), this.classOf(b)];
    if (first === second) return;
    this.#equal.set(second, first);
    this.#members.set(first, [...(this.#members.get(first) ?? [first]), ...(this.#members.get(second) ?? [second])]);
  }

  /** The column that stands for all that are equal to this one. */
  classOf(ref: ColumnRef): ColumnRef {
    let at = ref;
    for (let next = this.#equal.get(at); next !== undefined; next = this.#equal.get(at)) at = next;
    return at;
  }

  /** The columns known to equal this one, itself among them. */
  equalTo(ref: ColumnRef): readonly ColumnRef[] {
    return this.#members.get(this.classOf(ref)) ?? [ref];
  }
}

/** Columns whose correlation with the table's key is at least this are as good as the key. */
export const ORDERED = 0.95;

const ROWS_UNKNOWN = 1000;
/** A table nobody looked at is never reckoned smaller: counts may be behind, and a plan for no rows is the worst one for some. */
const ROWS_MIN = 10;
const NULLS_UNKNOWN = 0.005;
/** Distinct values beyond this part of the rows grow with the table. */
const GROWING_SHARE = 0.1;

/** Rows of a table to reckon with. */
export function rowsOf(table: TableDescriptor, context: PlannerContext): number {
  const least = context.catalog.statistics(table.oid).length > 0 ? 1 : ROWS_MIN;
  return Math.max(least, context.rows(table) ?? ROWS_UNKNOWN);
}

/** Adds the facts of a scan's columns, from statistics where there are any, from unique keys otherwise. */
export function addScan(facts: Facts, scan: ScanPlan, context: PlannerContext): void {
  const { table } = scan;
  const rows = rowsOf(table, context);
  const statistics = context.catalog.statistics(table.oid);
  const refs = new Map(scan.columns.map(({ ref, position }) => [position, ref]));
  const keys = uniqueKeys(table)
    .map((positions) => positions.map((position) => refs.get(position)))
    .filter((columns): columns is ColumnRef[] => !columns.includes(undefined))
    .map((columns) => ({ columns, domain: rows }));
  const relation: RelationFacts = { rows, kept: rows, keys };
  for (const { ref, position } of scan.columns) {
    const column = table.columns.at(position);
    const known = column === undefined ? undefined : statistics.find((entry) => entry.column === column.id);
    const unique = keys.some(({ columns }) => columns.length === 1 && columns[0] === ref);
    facts.set(ref, {
      type: table.tree.columns[position].type.oid,
      distinct: unique ? rows : known === undefined ? undefined : distinctNow(known, rows),
      unique,
      nullFraction: column?.notNull === true || unique ? 0 : (known?.nullFraction ?? NULLS_UNKNOWN),
      common: known?.common ?? [],
      bounds: known?.bounds ?? [],
      correlation: known?.correlation ?? 0,
      relation,
    });
  }
}

function distinctNow(known: ColumnStatistics, rows: number): number {
  if (known.rows <= 0 || known.distinct <= known.rows * GROWING_SHARE) return Math.max(1, Math.min(known.distinct, rows));
  return Math.max(1, Math.min(rows, (known.distinct / known.rows) * rows));
}

function uniqueKeys(table: TableDescriptor): number[][] {
  const indexes = table.indexes
    .filter((index) => index.unique && !index.primary && index.predicateText === undefined)
    .map((index) => index.keys.map((key) => table.columns.findIndex((column) => column.id === key.column)));
  return [table.tree.key.map((part) => part.column), ...indexes].filter((positions) => positions.length > 0 && !positions.includes(-1));
}

/** What is known of an expression's values: of a column, also through casts that keep their order. */
export function factsOf(expression: Expression, facts: Facts): ColumnFacts | undefined {
  if (expression.kind === 'column') return facts.get(expression.ref);
  if (expression.kind === 'cast' && sameDomain(expression.arg.type.oid, expression.type.oid)) return factsOf(expression.arg, facts);
  return undefined;
}

/** The column behind casts that keep its values apart. */
export function columnOf(expression: Expression): ColumnRef | undefined {
  if (expression.kind === 'column') return expression.ref;
  return expression.kind === 'cast' && sameDomain(expression.arg.type.oid, expression.type.oid) ? columnOf(expression.arg) : undefined;
}

/** Distinct values to reckon with: known, or a guess from the relation's size. */
export function distinctOf(facts: ColumnFacts): number {
  const { rows } = facts.relation;
  // Nearly all of a bell lies within three deviations; what is counted is whole.
  if (facts.distinct === undefined && facts.bell !== undefined && facts.type === OID.int8)
    return Math.max(1, Math.min(rows, Math.round(facts.bell.deviation * 6) + 1));
  return Math.max(1, facts.distinct ?? (rows <= 200 ? rows : Math.max(200, rows / 10)));
}

/** How many of a column's values are left when only `kept` of its relation's rows are, taken at random. */
export function distinctAmong(facts: ColumnFacts, kept: number): number {
  const distinct = distinctOf(facts);
  const { rows } = facts.relation;
  if (kept >= rows || distinct <= 1) return distinct;
  if (facts.unique) return Math.max(1, kept);
  return Math.max(1, distinct * (1 - (1 - kept / rows) ** (rows / distinct)));
}
