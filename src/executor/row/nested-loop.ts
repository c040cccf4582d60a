/** Joins by trying every pair, or, laterally, by opening the right side anew for every left row. */
import { mayWait } from '../../planner/expression-tools.ts';
import type { NestedLoopNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compileTest } from '../expression/compile.ts';
import type { EvaluateWaiting, Test } from '../expression/scope.ts';
import { chain, compileWaiting } from '../expression/waiting.ts';
import { BATCH_ROWS_MAX, drain, type Operator } from './operator.ts';
import { compilePickPair, type PickPair } from './pick.ts';
import type { Factory, Program } from './program.ts';

interface PreparedLoop {
  readonly node: NestedLoopNode;
  readonly openRight: Factory;
  readonly test: Test | undefined;
  readonly waiting: EvaluateWaiting | undefined;
  readonly pick: PickPair;
  readonly leftNulls: Row;
  readonly rightNulls: Row;
  /** Frame slots that the right side reads, and where the left row has them. */
  readonly carried: readonly { readonly slot: number; readonly position: number }[];
}

export function prepareNestedLoop(node: NestedLoopNode, program: Program): Factory {
  const left = program.prepare(node.left);
  const scope = program.scope([...node.left.output, ...node.right.output]);
  const waits = node.condition !== undefined && mayWait(node.condition);
  const prepared: PreparedLoop = {
    node,
    openRight: program.prepare(node.right),
    test: node.condition === undefined || waits ? undefined : compileTest(node.condition, scope),
    waiting: node.condition !== undefined && waits ? compileWaiting(node.condition, scope) : undefined,
    pick: compilePickPair(node.left.output, node.right.output, node.output),
    leftNulls: node.left.output.map(() => null),
    rightNulls: node.right.output.map(() => null),
    carried: node.parameters.map((ref) => ({ slot: program.frameSlot(ref), position: node.left.output.indexOf(ref) })),
  };
  return (environment) => new NestedLoop(prepared, left(environment), environment);
}

class NestedLoop implements Operator {
  readonly #loop: PreparedLoop;
  readonly #left: Operator;
  readonly #environment: Environment;
  /** The right side's rows when it is computed once, and which of them matched. */
  #kept: Row[] | undefined;
  #matchedRight: boolean[] = [];
  #bytes = 0;
  /** The left batch under way, the row in it, and how far the right side got with that row. */
  #batch: Row[] = [];
  #at = 0;
  #right: Operator | undefined;
  #rightAt = 0;
  #matched = false;
  #ended = false;

  constructor(loop: PreparedLoop, left: Operator, environment: Environment) {
    this.#loop = loop;
    this.#left = left;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#kept === undefined && !this.#loop.node.lateral) {
      const kept: Row[] = [];
      this.#kept = kept;
      const done = drain(this.#loop.openRight(this.#environment), (batch) => {
        this.#bytes += this.#environment.memory.keep(batch);
        for (const row of batch) kept.push(row);
      });
      if (done instanceof Promise) return done.then(() => this.#more());
    }
    return this.#more();
  }

  close(): void {
    this.#left.close();
    this.#right?.close();
    this.#environment.memory.release(this.#bytes);
    this.#bytes = 0;
    this.#ended = true;
  }

  #more(): Row[] | null | Promise<Row[] | null> {
    if (this.#ended) return null;
    return this.#loop.node.lateral ? this.#lateral() : this.#loop.waiting === undefined ? this.#pairs() : this.#waitingPairs();
  }

  // ── right side computed once ──────────────────────────────────────────────────────────────────────────────────────────

  #pairs(): Row[] | null | Promise<Row[] | null> {
    const out: Row[] = [];
    for (;;) {
      while (this.#at < this.#batch.length) {
        this.#environment.context.checkCancelled();
        if (this.#joinRow(this.#batch[this.#at], out)) this.#at++;
        if (out.length >= BATCH_ROWS_MAX) return out;
      }
      const batch = this.#left.next();
      if (batch instanceof Promise) {
        return batch.then((settled) => {
          if (!this.#start(settled)) return this.#finish(out);
          return out.length > 0 ? out : this.#pairs();
        });
      }
      if (!this.#start(batch)) return this.#finish(out);
    }
  }

  #start(batch: Row[] | null): boolean {
    if (batch === null) return false;
    this.#batch = batch;
    this.#at = 0;
    this.#rightAt = 0;
    this.#matched = false;
    return true;
  }

  /** Tries the right rows from where it left off; false when `out` filled up before the last one. */
  #joinRow(left: Row, out: Row[]): boolean {
    const { test, pick, node, rightNulls } = this.#loop;
    const { type } = node;
    const kept = this.#kept ?? [];
    const marks = type === 'right' || type === 'full';
    for (; this.#rightAt < kept.length; this.#rightAt++) {
      if (out.length >= BATCH_ROWS_MAX) return false;
      const right = kept[this.#rightAt];
      if (test !== undefined && !test(left.concat(right), this.#environment)) continue;
      this.#matched = true;
      if (type === 'semi' || type === 'anti') break;
      if (marks) this.#matchedRight[this.#rightAt] = true;
      out.push(pick(left, right));
    }
    if (type === 'semi' ? this.#matched : !this.#matched && (type === 'left' || type === 'full' || type === 'anti'))
      out.push(pick(left, rightNulls));
    this.#rightAt = 0;
    this.#matched = false;
    return true;
  }

  #finish(out: Row[]): Row[] | null {
    this.#ended = true;
    const { type } = this.#loop.node;
    if (type === 'right' || type === 'full') {
      for (const [at, right] of (this.#kept ?? []).entries())
        if (this.#matchedRight[at] !== true) out.push(this.#loop.pick(this.#loop.leftNulls, right));
    }
    return out.length > 0 ? out : null;
  }

  async #waitingPairs(): Promise<Row[] | null> {
    const { waiting, pick, node, rightNulls } = this.#loop;
    const out: Row[] = [];
    for (;;) {
      const batch = await this.#left.next();
      if (batch === null) return this.#finish(out);
      for (const left of batch) {
        let matched = false;
        for (const [at, right] of (this.#kept ?? []).entries()) {
          if (waiting !== undefined && (await waiting(left.concat(right), this.#environment)) !== true) continue;
          matched = true;
          if (node.type === 'semi' || node.type === 'anti') break;
          this.#matchedRight[at] = true;
          out.push(pick(left, right));
        }
        if (node.type === 'semi' ? matched : !matched && (node.type === 'left' || node.type === 'full' || node.type === 'anti'))
          out.push(pick(left, rightNulls));
      }
      if (out.length > 0) return out;
    }
  }

  // ── right side opened per left row ────────────────────────────────────────────────────────────────────────────────────

  #lateral(): Row[] | null | Promise<Row[] | null> {
    const out: Row[] = [];
    return this.#lateralInto(out);
  }

  #lateralInto(out: Row[]): Row[] | null | Promise<Row[] | null> {
    for (;;) {
      if (out.length >= BATCH_ROWS_MAX) return out;
      if (this.#at >= this.#batch.length) {
        const batch = this.#left.next();
        if (batch instanceof Promise) return batch.then((settled) => (this.#start(settled) ? this.#lateralInto(out) : this.#finish(out)));
        if (!this.#start(batch)) return this.#finish(out);
      }
      const left = this.#batch[this.#at];
      // Others may have written the frame since the last pull.
      for (const { slot, position } of this.#loop.carried) this.#environment.frame[slot] = left[position];
      this.#right ??= this.#loop.openRight(this.#environment);
      const batch = this.#right.next();
      const accepted = chain(batch, (settled) => this.#acceptRight(left, settled, out));
      if (accepted instanceof Promise) return accepted.then(() => this.#lateralInto(out));
    }
  }

  #acceptRight(left: Row, batch: Row[] | null, out: Row[]): void | Promise<void> {
    const { waiting, node } = this.#loop;
    if (waiting !== undefined && batch !== null) return this.#acceptWaiting(left, batch, out);
    const { test, pick } = this.#loop;
    const once = node.type === 'semi' || node.type === 'anti';
    if (batch !== null) {
      for (const right of batch) {
        if (test !== undefined && !test(left.concat(right), this.#environment)) continue;
        this.#matched = true;
        if (once) break;
        out.push(pick(left, right));
      }
    }
    if (batch === null || (once && this.#matched)) this.#endRow(left, out);
  }

  async #acceptWaiting(left: Row, batch: Row[], out: Row[]): Promise<void> {
    const { waiting, pick, node } = this.#loop;
    const once = node.type === 'semi' || node.type === 'anti';
    for (const right of batch) {
      if (waiting !== undefined && (await waiting(left.concat(right), this.#environment)) !== true) continue;
      this.#matched = true;
      if (once) break;
      out.push(pick(left, right));
    }
    if (once && this.#matched) this.#endRow(left, out);
  }

  #endRow(left: Row, out: Row[]): void {
    const { pick, node, rightNulls } = this.#loop;
    if (node.type === 'semi' ? this.#matched : !this.#matched && (node.type === 'left' || node.type === 'anti'))
      out.push(pick(left, rightNulls));
    this.#right?.close();
    this.#right = undefined;
    this.#matched = false;
    this.#at++;
    this.#environment.context.checkCancelled();
  }
}
