/**
 * Joins by equality: a hash table over one side, probed by the other.
 *
 *     build side ──► Map(key → chain of rows)
 *     probe side ──► for each row: its chain, filtered by `residual`
 *
 * Invariants
 *   J1  A row with a null key matches nothing, unless the key says that nulls are equal.
 *   J2  A side whose unmatched rows come out (left of left, anti; right of right; both of full) has each of its rows come
 *       out at least once; semi and anti give each left row at most once.
 */
import type { HashJoinNode } from '../../planner/physical.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile, compileTest } from '../expression/compile.ts';
import type { Evaluate, Scope, Test } from '../expression/scope.ts';
import { hashKeyOf, partKey, type HashKey } from '../expression/value-order.ts';
import { BATCH_ROWS_MAX, drain, RowQueue, type Operator } from './operator.ts';
import { compilePickPair, type PickPair } from './pick.ts';
import type { Factory, Program } from './program.ts';

/** The key of a row on its side; undefined when it can match nothing. */
type KeyOf = (row: Row, environment: Environment) => HashKey | undefined;

interface PreparedJoin {
  readonly node: HashJoinNode;
  readonly buildKey: KeyOf;
  readonly probeKey: KeyOf;
  /** Over left columns, then right columns. */
  readonly residual: Test | undefined;
  readonly pick: PickPair;
  readonly leftNulls: Row;
  readonly rightNulls: Row;
}

export function prepareHashJoin(node: HashJoinNode, program: Program): Factory {
  const left = program.prepare(node.left);
  const right = program.prepare(node.right);
  const buildsLeft = node.build === 'left';
  const leftKey = compileKey(node, 'left', program.scope(node.left.output));
  const rightKey = compileKey(node, 'right', program.scope(node.right.output));
  const prepared: PreparedJoin = {
    node,
    buildKey: buildsLeft ? leftKey : rightKey,
    probeKey: buildsLeft ? rightKey : leftKey,
    residual:
      node.residual === undefined ? undefined : compileTest(node.residual, program.scope([...node.left.output, ...node.right.output])),
    pick: compilePickPair(node.left.output, node.right.output, node.output),
    leftNulls: node.left.output.map(() => null),
    rightNulls: node.right.output.map(() => null),
  };
  return (environment) =>
    buildsLeft
      ? new HashJoin(prepared, left(environment), right(environment), environment)
      : new HashJoin(prepared, right(environment), left(environment), environment);
}

function compileKey(node: HashJoinNode, side: 'left' | 'right', scope: Scope): KeyOf {
  const parts = node.keys.map((key) => ({ value: compile(key[side], scope), hash: hashKeyOf(key[side].type), nullsEqual: key.nullsEqual }));
  if (parts.length === 1 && !parts[0].nullsEqual) return singleKey(parts[0].value, parts[0].hash);
  return (row, environment) => {
    let key = '';
    for (const part of parts) {
      const value = part.value(row, environment);
      if (value !== null) key += partKey(part.hash(value));
      else if (part.nullsEqual) key += 'n;';
      else return undefined;
    }
    return key;
  };
}

function singleKey(value: Evaluate, hash: (value: Value) => HashKey): KeyOf {
  return (row, environment) => {
    const found = value(row, environment);
    return found === null ? undefined : hash(found);
  };
}

/** One build row; rows of one key form a chain in input order. */
interface Entry {
  readonly row: Row;
  matched: boolean;
  next: Entry | undefined;
}

class HashJoin implements Operator {
  readonly #join: PreparedJoin;
  readonly #build: Operator;
  readonly #probe: Operator;
  readonly #environment: Environment;
  readonly #chains = new Map<HashKey, { readonly first: Entry; last: Entry }>();
  readonly #unkeyed: Entry[] = [];
  readonly #queue = new RowQueue();
  readonly #buildsLeft: boolean;
  #bytes = 0;
  #state: 'new' | 'probing' | 'rest' | 'ended' = 'new';
  #rest: Iterator<Entry> | undefined;

  constructor(join: PreparedJoin, build: Operator, probe: Operator, environment: Environment) {
    this.#join = join;
    this.#build = build;
    this.#probe = probe;
    this.#environment = environment;
    this.#buildsLeft = join.node.build === 'left';
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#state === 'new') {
      this.#state = 'probing';
      const built = drain(this.#build, (batch) => this.#insert(batch));
      if (built instanceof Promise) return built.then(() => this.#more());
    }
    return this.#more();
  }

  close(): void {
    this.#state = 'ended';
    this.#build.close();
    this.#probe.close();
    this.#chains.clear();
    this.#queue.refill([]);
    this.#environment.memory.release(this.#bytes);
    this.#bytes = 0;
  }

  #more(): Row[] | null | Promise<Row[] | null> {
    for (;;) {
      const queued = this.#queue.take();
      if (queued !== null) return queued;
      if (this.#state === 'ended') return null;
      if (this.#state === 'rest') {
        this.#queue.refill(this.#unmatched());
        continue;
      }
      if (this.#isEmptyForSure()) {
        this.#state = 'ended';
        this.#probe.close();
        return null;
      }
      this.#environment.context.checkCancelled();
      const batch = this.#probe.next();
      if (batch instanceof Promise) {
        return batch.then((settled) => {
          this.#accept(settled);
          return this.#more();
        });
      }
      this.#accept(batch);
    }
  }

  /** Nothing built, and nothing unmatched of the probe side wanted. */
  #isEmptyForSure(): boolean {
    if (this.#chains.size > 0 || this.#unkeyed.length > 0) return false;
    const { type } = this.#join.node;
    if (type === 'inner' || type === 'semi') return true;
    if (type === 'left' || type === 'anti') return this.#buildsLeft;
    return type === 'right' && !this.#buildsLeft;
  }

  #accept(batch: Row[] | null): void {
    if (batch !== null) {
      this.#queue.refill(
        this.#join.node.type === 'semi' || this.#join.node.type === 'anti' ? this.#probeOnce(batch) : this.#probeAll(batch),
      );
      return;
    }
    this.#state = this.#emitsBuildRows() ? 'rest' : 'ended';
    if (this.#state === 'rest') this.#rest = this.#entries();
  }

  #insert(batch: Row[]): void {
    this.#bytes += this.#environment.memory.keep(batch);
    const { buildKey } = this.#join;
    const keepUnkeyed = this.#emitsBuildRows();
    for (const row of batch) {
      const entry: Entry = { row, matched: false, next: undefined };
      const key = buildKey(row, this.#environment);
      if (key === undefined) {
        if (keepUnkeyed) this.#unkeyed.push(entry);
        continue;
      }
      const chain = this.#chains.get(key);
      if (chain === undefined) this.#chains.set(key, { first: entry, last: entry });
      else {
        chain.last.next = entry;
        chain.last = entry;
      }
    }
  }

  #probeAll(batch: Row[]): Row[] {
    const { probeKey, residual, pick, leftNulls, rightNulls, node } = this.#join;
    const keepsProbe = node.type === 'full' || (node.type === 'left' && !this.#buildsLeft) || (node.type === 'right' && this.#buildsLeft);
    const buildsLeft = this.#buildsLeft;
    const environment = this.#environment;
    const rows: Row[] = [];
    for (const row of batch) {
      const key = probeKey(row, environment);
      let matched = false;
      if (key !== undefined) {
        for (let entry = this.#chains.get(key)?.first; entry !== undefined; entry = entry.next) {
          if (residual !== undefined && !residual(buildsLeft ? entry.row.concat(row) : row.concat(entry.row), environment)) continue;
          matched = true;
          entry.matched = true;
          rows.push(buildsLeft ? pick(entry.row, row) : pick(row, entry.row));
        }
      }
      if (!matched && keepsProbe) rows.push(buildsLeft ? pick(leftNulls, row) : pick(row, rightNulls));
    }
    return rows;
  }

  /** Semi and anti: with the table over the right side, judge each probe row; over the left side, mark what matched. */
  #probeOnce(batch: Row[]): Row[] {
    const { probeKey, residual, pick, rightNulls, node } = this.#join;
    const environment = this.#environment;
    const semi = node.type === 'semi';
    const rows: Row[] = [];
    for (const row of batch) {
      const key = probeKey(row, environment);
      let matched = false;
      for (let entry = key === undefined ? undefined : this.#chains.get(key)?.first; entry !== undefined; entry = entry.next) {
        if (this.#buildsLeft) {
          if (entry.matched || (residual !== undefined && !residual(entry.row.concat(row), environment))) continue;
          entry.matched = true;
          if (semi) rows.push(pick(entry.row, row));
        } else if (residual === undefined || residual(row.concat(entry.row), environment)) {
          matched = true;
          break;
        }
      }
      if (!this.#buildsLeft && matched === semi) rows.push(pick(row, rightNulls));
    }
    return rows;
  }

  #emitsBuildRows(): boolean {
    const { type } = this.#join.node;
    return type === 'full' || (this.#buildsLeft ? type === 'left' || type === 'anti' : type === 'right');
  }

  #unmatched(): Row[] {
    const { pick, leftNulls, rightNulls } = this.#join;
    const rows: Row[] = [];
    while (rows.length < BATCH_ROWS_MAX) {
      const step = this.#rest?.next();
      if (step === undefined || step.done === true) {
        this.#state = 'ended';
        break;
      }
      if (!step.value.matched) rows.push(this.#buildsLeft ? pick(step.value.row, rightNulls) : pick(leftNulls, step.value.row));
    }
    return rows;
  }

  *#entries(): Generator<Entry> {
    for (const { first } of this.#chains.values())
      for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) yield entry;
    yield* this.#unkeyed;
  }
}
