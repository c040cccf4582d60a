/**
 * Runs expressions over batches: each node becomes a closure that calls its kernel and answers a vector. Columns come through as
 * they are; everything else lies in registers of its own, good until the same closure runs again.
 *
 * Kernels know nothing of nulls but where they must: values are computed for every row, and nulls are laid over them.
 */
import { unreachable } from '../../../base/assert.ts';
import { compareBytes } from '../../../base/bytes.ts';
import { COMPARE, type CompareOp } from '../../../kernels/interface/compare.ts';
import type { Comparison } from '../../../planner/type-facts.ts';
import { VECTOR_ROWS_MAX, Vector, type Batch, type VectorType } from '../vector.ts';
import { arithmetic, negation } from './arithmetic.ts';
import type { Closures } from './boxed.ts';
import { conversion } from './convert.ts';
import { compareBool } from './compare-bool.ts';
import type { Cell, VectorExpression } from './ir.ts';
import { Widener, type Registers } from './registers.ts';
import { dateField, likeTest, stringLength, substring } from './text.ts';

/** A prepared expression. The vector it answers lasts until it is run again, or its batch goes. */
export type EvaluateVector = (batch: Batch) => Vector;

/** Prepares an expression; `boxed` are the closures that its boxed nodes call. */
export function prepareVector(expression: VectorExpression, registers: Registers, boxed: Closures): EvaluateVector {
  return new Preparation(registers, boxed).prepare(expression);
}

/** Prepares a condition as a mask: 1 exactly where it is true. The address lasts as a vector does. */
export function prepareMask(expression: VectorExpression, registers: Registers, boxed: Closures): (batch: Batch) => number {
  const evaluate = prepareVector(expression, registers, boxed);
  const mask = registers.bytes();
  const { kernels } = registers;
  return (batch) => {
    const truth = evaluate(batch);
    if (truth.nulls === 0) return truth.data;
    kernels.maskAndNot(truth.data, truth.nulls, batch.rows, mask);
    return mask;
  };
}

const OP_OF: Readonly<Record<Comparison, CompareOp>> = {
  '=': COMPARE.eq,
  '<>': COMPARE.ne,
  '<': COMPARE.lt,
  '<=': COMPARE.le,
  '>': COMPARE.gt,
  '>=': COMPARE.ge,
};

class Preparation {
  readonly #registers: Registers;
  readonly #boxed: Closures;

  constructor(registers: Registers, boxed: Closures) {
    this.#registers = registers;
    this.#boxed = boxed;
  }

  prepare(expression: VectorExpression): EvaluateVector {
    switch (expression.op) {
      case 'column': {
        const { index } = expression;
        return ({ columns }) => columns[index];
      }
      case 'constant':
        return this.#constant(expression.type, expression.value);
      case 'compare':
        return expression.right.op === 'constant'
          ? this.#compareConstant(expression.comparison, expression.left, expression.right.value)
          : this.#compare(expression.comparison, expression.left, expression.right);
      case 'between':
        return this.#between(expression.arg, expression.low, expression.high);
      case 'in':
        return this.#in(expression.arg, expression.values);
      case 'and':
      case 'or':
        return this.#logic(expression.op, expression.args);
      case 'not':
        return this.#not(expression.arg);
      case 'is_null':
        return this.#isNull(expression.arg, expression.negated);
      case 'add':
      case 'subtract':
      case 'multiply':
      case 'divide':
      case 'modulo':
        return arithmetic(expression.op, expression.type, this.prepare(expression.left), this.prepare(expression.right), this.#registers);
      case 'negate':
        return negation(expression.type, this.prepare(expression.arg), this.#registers);
      case 'convert':
        return conversion(expression.arg, expression, this.prepare(expression.arg), this.#registers);
      case 'case':
        return this.#case(expression.branches, expression.otherwise, expression.type);
      case 'coalesce':
        return this.#coalesce(expression.args, expression.type);
      case 'like':
        return this.#overDictionary('bool', this.prepare(expression.arg), likeTest(expression.pattern, this.#registers));
      case 'substring':
        return this.#overDictionary('str', this.prepare(expression.arg), substring(expression.from, expression.count, this.#registers));
      case 'length':
        return this.#overDictionary('i32', this.prepare(expression.arg), stringLength(this.#registers));
      case 'date_field':
        return dateField(expression.field, this.prepare(expression.arg), this.#registers);
      case 'boxed':
        return this.#boxed.prepare(expression, this.#registers);
      default:
        return unreachable(expression);
    }
  }

  #widener(type: VectorType): Widener {
    return new Widener(this.#registers, type);
  }

  #constant(type: VectorType, value: Cell): EvaluateVector {
    const { kernels } = this.#registers;
    const register = this.#registers.register(type);
    const bytes = this.#registers.memory.heap.bytes();
    if (value === null) {
      bytes.fill(0, register.values, register.values + VECTOR_ROWS_MAX * (type === 'bool' ? 1 : type === 'i32' ? 4 : 8));
      bytes.fill(1, register.nullBytes, register.nullBytes + VECTOR_ROWS_MAX);
      return () => register.own(true);
    }
    const cell = this.#registers.cell(type, value);
    if (type === 'bool') kernels.fill8(cell, VECTOR_ROWS_MAX, register.values);
    else if (type === 'i32') kernels.fill32(cell, VECTOR_ROWS_MAX, register.values);
    else kernels.fill64(cell, VECTOR_ROWS_MAX, register.values);
    return () => register.own(false);
  }

  #compare(comparison: Comparison, leftSide: VectorExpression, rightSide: VectorExpression): EvaluateVector {
    const { kernels } = this.#registers;
    const left = this.prepare(leftSide);
    const right = this.prepare(rightSide);
    const { type } = leftSide;
    const register = this.#registers.register('bool');
    const leftWidener = this.#widener(type);
    const rightWidener = this.#widener(type);
    const op = OP_OF[comparison];
    return (batch) => {
      const { rows } = batch;
      let a = left(batch);
      let b = right(batch);
      const hasNulls = a.nulls !== 0 || b.nulls !== 0;
      if (hasNulls) kernels.orNulls(register.nullBytes, a.nulls, b.nulls, rows);
      if (type === 'i64' && a.isNarrow && b.isNarrow) kernels.compareI32(op, a.data, b.data, rows, register.values);
      else {
        a = leftWidener.wide(a, rows);
        b = rightWidener.wide(b, rows);
        if (type === 'i64') kernels.compareI64(op, a.data, b.data, rows, register.values);
        else if (type === 'i32') kernels.compareI32(op, a.data, b.data, rows, register.values);
        else if (type === 'f64') kernels.compareF64(op, a.data, b.data, rows, register.values);
        else if (type === 'str') kernels.compareStr(op, a.data, b.data, rows, register.values);
        else compareBool(kernels, op, a.data, b.data, rows, register.values);
      }
      return register.own(hasNulls);
    };
  }

  #compareConstant(comparison: Comparison, side: VectorExpression, value: Cell): EvaluateVector {
    if (value === null) return this.#constant('bool', null);
    const { kernels } = this.#registers;
    const arg = this.prepare(side);
    const { type } = side;
    const op = OP_OF[comparison];
    const cell = this.#registers.cell(type, value);
    const register = this.#registers.register('bool');
    switch (type) {
      case 'bool': {
        const other = this.#constant('bool', value);
        return (batch) => {
          const a = arg(batch);
          compareBool(kernels, op, a.data, other(batch).data, batch.rows, register.values);
          register.pointAtValues(register.values, a.nulls);
          return register;
        };
      }
      case 'i64': {
        const isNarrow = BigInt.asIntN(32, BigInt(value as number | bigint)) === BigInt(value as number | bigint);
        const narrowCell = isNarrow ? this.#registers.cell('i32', value) : 0;
        const widener = this.#widener('i64');
        return (batch) => {
          const { rows } = batch;
          const a = arg(batch);
          if (a.isNarrow && isNarrow) kernels.compareConstantI32(op, a.data, narrowCell, rows, register.values);
          else kernels.compareConstantI64(op, widener.wide(a, rows).data, cell, rows, register.values);
          register.pointAtValues(register.values, a.nulls);
          return register;
        };
      }
      case 'str':
        return this.#overDictionary('bool', arg, (a, rows, into) => kernels.compareConstantStr(op, a, cell, rows, into));
      case 'i32':
        return this.#test(arg, (a, rows, into) => kernels.compareConstantI32(op, a, cell, rows, into));
      case 'f64':
        return this.#test(arg, (a, rows, into) => kernels.compareConstantF64(op, a, cell, rows, into));
      default:
        return unreachable(type);
    }
  }

  #between(side: VectorExpression, low: Cell, high: Cell): EvaluateVector {
    const { kernels } = this.#registers;
    const arg = this.prepare(side);
    const cells = this.#registers.cells(side.type, [low, high]);
    if (side.type === 'i32') return this.#test(arg, (a, rows, into) => kernels.betweenI32(a, cells, cells + 4, rows, into));
    const register = this.#registers.register('bool');
    const narrow = this.#registers.cells('i32', [clamped(low), clamped(high)]);
    const isEmptyNarrow = BigInt(low as bigint) > 0x7fffffffn || BigInt(high as bigint) < -0x80000000n;
    const widener = this.#widener('i64');
    return (batch) => {
      const { rows } = batch;
      const a = arg(batch);
      if (a.isNarrow && !isEmptyNarrow) kernels.betweenI32(a.data, narrow, narrow + 4, rows, register.values);
      else kernels.betweenI64(widener.wide(a, rows).data, cells, cells + 8, rows, register.values);
      register.pointAtValues(register.values, a.nulls);
      return register;
    };
  }

  #in(side: VectorExpression, values: readonly Cell[]): EvaluateVector {
    const { kernels } = this.#registers;
    const arg = this.prepare(side);
    const { type } = side;
    const sorted = sortedCells(type, values);
    const count = sorted.length;
    if (type === 'f64') {
      const tests = sorted.map((value): VectorExpression => ({
        op: 'compare',
        comparison: '=',
        left: side,
        right: { op: 'constant', value, type, scale: 0 },
        type: 'bool',
        scale: 0,
      }));
      return this.#logic('or', tests);
    }
    const list = this.#registers.cells(type, sorted);
    if (type === 'str') return this.#overDictionary('bool', arg, (a, rows, into) => kernels.inListStr(a, list, count, rows, into));
    if (type === 'i32') return this.#test(arg, (a, rows, into) => kernels.inListI32(a, list, count, rows, into));
    const register = this.#registers.register('bool');
    const widener = this.#widener('i64');
    return (batch) => {
      const a = arg(batch);
      kernels.inListI64(widener.wide(a, batch.rows).data, list, count, batch.rows, register.values);
      register.pointAtValues(register.values, a.nulls);
      return register;
    };
  }

  /** A kernel over values; nulls stay. */
  #test(arg: EvaluateVector, run: (a: number, rows: number, into: number) => void): EvaluateVector {
    const register = this.#registers.register('bool');
    return (batch) => {
      const a = arg(batch);
      run(a.data, batch.rows, register.values);
      register.pointAtValues(register.values, a.nulls);
      return register;
    };
  }

  /** A kernel over strings, run once per entry of a dictionary where there is one. */
  #overDictionary(type: VectorType, arg: EvaluateVector, run: (a: number, rows: number, into: number) => void): EvaluateVector {
    const { kernels } = this.#registers;
    const register = this.#registers.register(type);
    const entries = this.#registers.register(type);
    return (batch) => {
      const a = arg(batch);
      if (a.dictionary === 0) run(a.data, batch.rows, register.values);
      else {
        run(a.dictionary, a.dictionaryCount, entries.values);
        if (type === 'bool') kernels.lookup8(a.data, entries.values, batch.rows, register.values);
        else if (type === 'i32') kernels.lookup32(a.data, entries.values, batch.rows, register.values);
        else {
          register.pointAt(a);
          register.dictionary = entries.values;
          return register;
        }
      }
      register.pointAtValues(register.values, a.nulls);
      return register;
    };
  }

  #logic(op: 'and' | 'or', expressions: readonly VectorExpression[]): EvaluateVector {
    const { kernels } = this.#registers;
    const args = expressions.map((expression) => this.prepare(expression));
    const combine = op === 'and' ? kernels.andBool : kernels.orBool;
    const register = this.#registers.register('bool');
    return (batch) => {
      const { rows } = batch;
      let value = args[0](batch);
      for (let at = 1; at < args.length; at++) {
        const next = args[at](batch);
        const hasNulls = value.nulls !== 0 || next.nulls !== 0;
        combine(value.data, value.nulls, next.data, next.nulls, rows, register.values, register.nullBytes);
        value = register.own(hasNulls);
      }
      return value;
    };
  }

  #not(side: VectorExpression): EvaluateVector {
    const { kernels } = this.#registers;
    return this.#test(this.prepare(side), (a, rows, into) => kernels.notBool(a, rows, into));
  }

  #isNull(side: VectorExpression, negated: boolean): EvaluateVector {
    const { kernels } = this.#registers;
    const arg = this.prepare(side);
    const register = this.#registers.register('bool');
    return (batch) => {
      const { nulls } = arg(batch);
      if (negated) kernels.isNotNull(nulls, batch.rows, register.values);
      else kernels.isNull(nulls, batch.rows, register.values);
      return register.own(false);
    };
  }

  /** From the last branch to the first: each lays its values over what is there, where its condition is true. */
  #case(
    branches: readonly { readonly when: VectorExpression; readonly then: VectorExpression }[],
    last: VectorExpression,
    type: VectorType,
  ): EvaluateVector {
    const otherwise = this.prepare(last);
    const choices = branches.map(({ when, then }) => ({
      mask: prepareMask(when, this.#registers, this.#boxed),
      value: this.prepare(then),
      widener: this.#widener(type),
    }));
    const widener = this.#widener(type);
    const choose = this.#chooser(type);
    return (batch) => {
      const { rows } = batch;
      let value = widener.wide(otherwise(batch), rows);
      for (let at = choices.length - 1; at >= 0; at--) {
        const choice = choices[at];
        value = choose(choice.mask(batch), choice.widener.wide(choice.value(batch), rows), value, rows);
      }
      return value;
    };
  }

  #coalesce(expressions: readonly VectorExpression[], type: VectorType): EvaluateVector {
    const { kernels } = this.#registers;
    const args = expressions.map((expression) => ({ value: this.prepare(expression), widener: this.#widener(type) }));
    const present = this.#registers.bytes();
    const choose = this.#chooser(type);
    return (batch) => {
      const { rows } = batch;
      let value: Vector | undefined;
      for (let at = args.length - 1; at >= 0; at--) {
        const arg = args[at].widener.wide(args[at].value(batch), rows);
        if (value === undefined || arg.nulls === 0) {
          value = arg;
          continue;
        }
        kernels.isNotNull(arg.nulls, rows, present);
        value = choose(present, arg, value, rows);
      }
      return value ?? args[0].value(batch);
    };
  }

  #chooser(type: VectorType): (mask: number, whenTrue: Vector, whenFalse: Vector, rows: number) => Vector {
    const { kernels } = this.#registers;
    const register = this.#registers.register(type);
    const zeros = this.#registers.memory.takeCleared(VECTOR_ROWS_MAX);
    const blend = type === 'bool' ? kernels.blend8 : type === 'i32' ? kernels.blend32 : kernels.blend64;
    return (mask, whenTrue, whenFalse, rows) => {
      const hasNulls = whenTrue.nulls !== 0 || whenFalse.nulls !== 0;
      if (hasNulls) kernels.blend8(mask, whenTrue.nulls || zeros, whenFalse.nulls || zeros, rows, register.nullBytes);
      blend(mask, whenTrue.data, whenFalse.data, rows, register.values);
      return register.own(hasNulls);
    };
  }
}

/** Distinct cells in ascending order of their type. */
function sortedCells(type: VectorType, values: readonly Cell[]): Cell[] {
  const distinct = [...new Set(values)];
  if (type !== 'str')
    return distinct.sort((a, b) =>
      Number(a) < Number(b) ? -1 : Number(a) > Number(b) ? 1 : Number(BigInt(a as bigint) - BigInt(b as bigint)),
    );
  const encoder = new TextEncoder();
  return distinct
    .map((value) => ({ value, bytes: encoder.encode(String(value)) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ value }) => value);
}

function clamped(value: Cell): bigint {
  const whole = BigInt(value as bigint);
  return whole > 0x7fffffffn ? 0x7fffffffn : whole < -0x80000000n ? -0x80000000n : whole;
}
