/**
 * Reads a table: its own tree by range or by key, or an index and then the table, or an index alone when it covers.
 *
 *     own tree   scan(range) ────────────────► filter ─► rows
 *     index      scan(index range) ─► keys ─► get each, a batch at a time ─► filter ─► rows
 *     covering   scan(index range) ──────────► filter ─► rows
 */
import { assert } from '../../base/assert.ts';
import type { TableScanNode } from '../../planner/physical.ts';
import { encodeKeyPrefix } from '../../storage/key-codec.ts';
import { WHOLE_TREE, type ColumnBounds, type Cursor, type Key, type KeyRange, type TreeSchema } from '../../storage/tree.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile, compileTest } from '../expression/compile.ts';
import type { Evaluate, Scope, Test } from '../expression/scope.ts';
import { compileKeyAccess, type KeyTargets } from './key-access.ts';
import { BATCH_ROWS_MAX, type Operator } from './operator.ts';
import { compilePick, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';

/** Everything of a scan that is the same for all executions. */
interface PreparedScan {
  readonly node: TableScanNode;
  /** The tree that is scanned: the table's or the index's. */
  readonly tree: TreeSchema;
  /** Positions materialised from `tree`: the wanted columns, or the table's key when rows are fetched by it. */
  readonly positions: readonly number[];
  /** The table's columns, when rows are fetched after the index. */
  readonly fetch: readonly number[] | undefined;
  readonly filter: Test | undefined;
  readonly pick: Pick | undefined;
  readonly bounds: readonly { readonly column: number; readonly min: Evaluate | undefined; readonly max: Evaluate | undefined }[];
}

export function prepareTableScan(node: TableScanNode, program: Program): Factory {
  const prepared = prepareScan(node, program);
  const outside = program.scope([]);
  const resolve = node.access === undefined ? undefined : compileKeyAccess(node.access, prepared.tree, outside);
  const whole: KeyTargets = { kind: 'ranges', ranges: [WHOLE_TREE] };
  return (environment) => {
    const targets = resolve === undefined ? whole : resolve([], environment);
    return openScan(prepared, targets, environment);
  };
}

/** The parts of a scan that a lookup join shares with it. */
export function prepareScan(node: TableScanNode, program: Program): PreparedScan {
  const scope: Scope = program.scope(node.columns.map((column) => column.ref));
  const positions = node.columns.map((column) => column.position);
  const outside = program.scope([]);
  return {
    node,
    tree: node.index === undefined ? node.table.tree : node.index.tree,
    positions: node.index === undefined ? positions : (node.covering ?? node.index.tableKeyPositions),
    fetch: node.index !== undefined && node.covering === undefined ? positions : undefined,
    filter: node.filter === undefined ? undefined : compileTest(node.filter, scope),
    pick: compilePick(
      node.columns.map((column) => column.ref),
      node.output,
    ),
    bounds: compileBounds(node, outside),
  };
}

function compileBounds(node: TableScanNode, outside: Scope): PreparedScan['bounds'] {
  if (node.index !== undefined) return [];
  return node.bounds.map(({ position, min, max }) => ({
    column: position,
    min: min && compile(min, outside),
    max: max && compile(max, outside),
  }));
}

/** The scan option that lets a scan of the table's own tree pass over leaves outside of its bounds. */
export function scanBounds(node: TableScanNode, program: Program, environment: Environment): { readonly bounds?: ColumnBounds[] } {
  const bounds = compileBounds(node, program.scope([]));
  return bounds.length === 0 ? {} : { bounds: valuesOfBounds(bounds, environment) };
}

/** An operator over the targets of a prepared scan. */
export function openScan(prepared: PreparedScan, targets: KeyTargets, environment: Environment): Operator {
  return targets.kind === 'points'
    ? new PointScan(prepared, targets.keys, environment)
    : new RangeScan(prepared, targets.ranges, environment);
}

class RangeScan implements Operator {
  readonly #scan: PreparedScan;
  readonly #environment: Environment;
  readonly #ranges: readonly KeyRange[];
  #at = 0;
  #cursor: Cursor | undefined;

  constructor(scan: PreparedScan, ranges: readonly KeyRange[], environment: Environment) {
    this.#scan = scan;
    this.#environment = environment;
    this.#ranges = scan.node.reverse ? ranges.toReversed() : ranges;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    for (;;) {
      if (this.#cursor === undefined) {
        if (this.#at >= this.#ranges.length) return null;
        this.#cursor = this.#open(this.#ranges[this.#at++]);
      }
      this.#environment.context.checkCancelled();
      const batch = this.#cursor.next();
      if (batch instanceof Promise) return batch.then((settled) => this.#later(settled === null ? null : settled.rows));
      const rows = this.#accept(batch === null ? null : batch.rows);
      if (rows instanceof Promise) return rows.then((settled) => (settled.length > 0 ? settled : this.next()));
      if (rows !== undefined && rows.length > 0) return rows;
    }
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#at = this.#ranges.length;
  }

  async #later(batch: Row[] | null): Promise<Row[] | null> {
    const rows = await this.#accept(batch);
    return rows !== undefined && rows.length > 0 ? rows : this.next();
  }

  #accept(batch: Row[] | null): Row[] | undefined | Promise<Row[]> {
    if (batch === null) {
      this.#cursor?.close();
      this.#cursor = undefined;
      return undefined;
    }
    if (this.#scan.fetch === undefined) return keepMatching(batch, this.#scan, this.#environment);
    const fetched = fetchRows(
      this.#environment,
      this.#scan,
      batch.map((row) => encodeKeyPrefix(this.#scan.node.table.tree, row)),
    );
    return fetched instanceof Promise
      ? fetched.then((rows) => keepMatching(rows, this.#scan, this.#environment))
      : keepMatching(fetched, this.#scan, this.#environment);
  }

  #open(range: KeyRange): Cursor {
    const { tree, positions, node, bounds } = this.#scan;
    return this.#environment.transaction.scan(tree, range, {
      columns: positions,
      reverse: node.reverse,
      purpose: node.purpose,
      ...(bounds.length === 0 ? {} : { bounds: this.#bounds() }),
    });
  }

  #bounds(): ColumnBounds[] {
    return valuesOfBounds(this.#scan.bounds, this.#environment);
  }
}

function valuesOfBounds(bounds: PreparedScan['bounds'], environment: Environment): ColumnBounds[] {
  return bounds.map(({ column, min, max }) => ({
    column,
    min: min?.([], environment) ?? null,
    max: max?.([], environment) ?? null,
  }));
}

class PointScan implements Operator {
  readonly #scan: PreparedScan;
  readonly #environment: Environment;
  #keys: readonly Key[];

  constructor(scan: PreparedScan, keys: readonly Key[], environment: Environment) {
    this.#scan = scan;
    this.#environment = environment;
    this.#keys = scan.node.reverse ? keys.toReversed() : keys;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    while (this.#keys.length > 0) {
      const keys = this.#keys.slice(0, BATCH_ROWS_MAX);
      this.#keys = this.#keys.slice(keys.length);
      const rows = readPoints(this.#environment, this.#scan, keys);
      if (rows instanceof Promise) return rows.then((settled) => (settled.length > 0 ? settled : this.next()));
      if (rows.length > 0) return rows;
    }
    return null;
  }

  close(): void {
    this.#keys = [];
  }
}

/** The rows under whole keys of the scan's tree, filtered and cut to the output. */
export function readPoints(environment: Environment, scan: PreparedScan, keys: readonly Key[]): Row[] | Promise<Row[]> {
  const found = getAll(environment, scan.tree, keys, scan.positions, scan.node);
  if (found instanceof Promise) return found.then((rows) => finishPoints(environment, scan, rows));
  return finishPoints(environment, scan, found);
}

function finishPoints(environment: Environment, scan: PreparedScan, rows: Row[]): Row[] | Promise<Row[]> {
  if (scan.fetch === undefined) return keepMatching(rows, scan, environment);
  const fetched = fetchRows(
    environment,
    scan,
    rows.map((row) => encodeKeyPrefix(scan.node.table.tree, row)),
  );
  return fetched instanceof Promise
    ? fetched.then((settled) => keepMatching(settled, scan, environment))
    : keepMatching(fetched, scan, environment);
}

/** Table rows by key, in the keys' order. An index entry without its row is a broken claim. */
function fetchRows(environment: Environment, scan: PreparedScan, keys: readonly Key[]): Row[] | Promise<Row[]> {
  assert(scan.fetch !== undefined, 'rows are fetched only after an index that does not cover');
  return getAll(environment, scan.node.table.tree, keys, scan.fetch, scan.node);
}

/** The rows that exist among `keys`, in their order; reads that wait, wait together. */
function getAll(
  environment: Environment,
  tree: TreeSchema,
  keys: readonly Key[],
  positions: readonly number[],
  node: TableScanNode,
): Row[] | Promise<Row[]> {
  const rows: (Row | null | Promise<Row | null>)[] = [];
  let waiting = false;
  for (const key of keys) {
    const row = environment.transaction.get(tree, key, positions, node.purpose);
    waiting ||= row instanceof Promise;
    rows.push(row);
  }
  if (waiting) return Promise.all(rows).then((settled) => settled.filter((row) => row !== null));
  return (rows as (Row | null)[]).filter((row) => row !== null);
}

function keepMatching(rows: Row[], scan: PreparedScan, environment: Environment): Row[] {
  const { filter, pick } = scan;
  if (filter === undefined) return pick === undefined ? rows : rows.map(pick);
  const kept: Row[] = [];
  for (const row of rows) if (filter(row, environment)) kept.push(pick === undefined ? row : pick(row));
  return kept;
}
