/** An index nested-loop join: for each left row, the right table's rows under a key made from it. Reads of one batch wait together. */
import type { LookupJoinNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compileTest } from '../expression/compile.ts';
import type { Test } from '../expression/scope.ts';
import { compileKeyAccess, type ResolveKeys } from './key-access.ts';
import { drain, RowQueue, type Operator } from './operator.ts';
import { compilePickPair, type PickPair } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { openScan, prepareScan, readPoints } from './table-scan.ts';
import { present } from '../../base/assert.ts';

interface PreparedLookup {
  readonly node: LookupJoinNode;
  readonly scan: ReturnType<typeof prepareScan>;
  readonly resolve: ResolveKeys;
  readonly residual: Test | undefined;
  readonly pick: PickPair;
  readonly rightNulls: Row;
}

export function prepareLookupJoin(node: LookupJoinNode, program: Program): Factory {
  const left = program.prepare(node.left);
  const scan = prepareScan(node.right, program);
  const prepared: PreparedLookup = {
    node,
    scan,
    resolve: compileKeyAccess(present(node.right.access, 'a lookup join has a key'), scan.tree, program.scope(node.left.output)),
    residual:
      node.residual === undefined ? undefined : compileTest(node.residual, program.scope([...node.left.output, ...node.right.output])),
    pick: compilePickPair(node.left.output, node.right.output, node.output),
    rightNulls: node.right.output.map(() => null),
  };
  return (environment) => new LookupJoin(prepared, left(environment), environment);
}

class LookupJoin implements Operator {
  readonly #lookup: PreparedLookup;
  readonly #left: Operator;
  readonly #environment: Environment;
  readonly #queue = new RowQueue();

  constructor(lookup: PreparedLookup, left: Operator, environment: Environment) {
    this.#lookup = lookup;
    this.#left = left;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    for (;;) {
      const queued = this.#queue.take();
      if (queued !== null) return queued;
      const batch = this.#left.next();
      if (batch instanceof Promise) return batch.then((settled) => this.#later(settled));
      if (batch === null) return null;
      const rows = this.#join(batch);
      if (rows instanceof Promise) return rows.then((settled) => this.#enqueue(settled));
      this.#queue.refill(rows);
    }
  }

  close(): void {
    this.#left.close();
    this.#queue.refill([]);
  }

  async #later(batch: Row[] | null): Promise<Row[] | null> {
    return batch === null ? null : this.#enqueue(await this.#join(batch));
  }

  #enqueue(rows: Row[]): Row[] | null | Promise<Row[] | null> {
    this.#queue.refill(rows);
    return this.next();
  }

  #join(batch: Row[]): Row[] | Promise<Row[]> {
    this.#environment.context.checkCancelled();
    const found: (Row[] | Promise<Row[]>)[] = [];
    let waiting = false;
    for (const left of batch) {
      const rows = this.#read(left);
      if (rows instanceof Promise) {
        waiting = true;
        rows.catch(() => undefined); // should a later read throw at once, nobody waits for this one
      }
      found.push(rows);
    }
    if (waiting) return Promise.all(found).then((settled) => this.#combine(batch, settled));
    return this.#combine(batch, found as Row[][]);
  }

  #read(left: Row): Row[] | Promise<Row[]> {
    const { scan, resolve } = this.#lookup;
    const targets = resolve(left, this.#environment);
    if (targets.kind === 'points') return targets.keys.length === 0 ? NO_ROWS : readPoints(this.#environment, scan, targets.keys);
    const rows: Row[] = [];
    const done = drain(openScan(scan, targets, this.#environment), (found) => {
      for (const row of found) rows.push(row);
    });
    return done instanceof Promise ? done.then(() => rows) : rows;
  }

  #combine(batch: Row[], found: readonly Row[][]): Row[] {
    const { node, residual, pick, rightNulls } = this.#lookup;
    const once = node.type === 'semi' || node.type === 'anti';
    const rows: Row[] = [];
    for (const [at, left] of batch.entries()) {
      let matched = false;
      for (const right of found[at]) {
        if (residual !== undefined && !residual(left.concat(right), this.#environment)) continue;
        matched = true;
        if (once) break;
        rows.push(pick(left, right));
      }
      if (node.type === 'semi' ? matched : !matched && node.type !== 'inner') rows.push(pick(left, rightNulls));
    }
    return rows;
  }
}

const NO_ROWS: Row[] = [];
