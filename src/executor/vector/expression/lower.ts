/**
 * From bound expressions to expressions over vectors. What has no kernel becomes `boxed`: a closure called row by row. What has no
 * form at all (a numeric without a known scale, a document) is not lowered: the node that wants it runs by rows.
 */
import type { CallExpression, CastExpression, ColumnRef, Expression } from '../../../binder/expression.ts';
import { compileLike } from '../../../kernels/like-pattern.ts';
import { isVolatile, mayWait, refsOf } from '../../../planner/expression-tools.ts';
import { comparisonOf, familyOf, swapped, type Comparison } from '../../../planner/type-facts.ts';
import { OID } from '../../../types/oid.ts';
import type { SqlType } from '../../../types/type.ts';
import { Numeric, type Value } from '../../../types/value.ts';
import { formOf } from '../form.ts';
import type { Form } from '../vector.ts';
import { fused } from './bounds.ts';
import { cellOf, formOfConstant } from './cell.ts';
import { hasBoxed } from './facts.ts';
import type { Cell, DateField, VectorExpression } from './ir.ts';
import { compareDecimal, compareScales, decimal, rescaled, sameForm, scaleShown, wide } from './scales.ts';

/** A column of the batches that expressions are computed over. */
export interface ColumnInfo {
  readonly ref: ColumnRef;
  readonly type: SqlType;
  readonly form: Form;
}

/** What lowering may ask. */
export interface LoweringScope {
  readonly columns: readonly ColumnInfo[];
  /** The value of an expression that reads no column of the batch. Throws what evaluating it throws. */
  valueOf(expression: Expression): Value;
  /** The number of a closure over rows of `columns`, for a boxed expression. */
  closure(expression: Expression): number;
}

const BOOL: Form = { type: 'bool', scale: 0 };
const MICROSECONDS_PER_DAY = 86_400_000_000n;

export class ExpressionLowering {
  readonly #scope: LoweringScope;
  readonly #places: ReadonlyMap<ColumnRef, number>;

  constructor(scope: LoweringScope) {
    this.#scope = scope;
    this.#places = new Map(scope.columns.map((column, place) => [column.ref, place]));
  }

  /** The expression over vectors; undefined when its values have no form. */
  lower(expression: Expression): VectorExpression | undefined {
    if (isVolatile(expression) || mayWait(expression)) return undefined;
    if (this.#isConstant(expression)) return this.#constant(expression);
    const lowered = this.#kernel(expression);
    // A guard guards only what runs under it: a branch that is computed by closures takes its conditions with it.
    if (lowered !== undefined && !(isGuard(expression) && hasBoxed(lowered))) return lowered;
    return this.#boxed(expression);
  }

  /**
   * A numeric whose values show different numbers of decimal places, by a CASE or COALESCE of parts that each have one: its values at
   * the most places, and how many each row shows. Undefined for everything else.
   */
  lowerMixed(expression: Expression): { readonly value: VectorExpression; readonly shown: VectorExpression } | undefined {
    if (expression.kind !== 'case' || expression.type.oid !== OID.numeric) return undefined;
    const whens = this.#all(expression.branches.map((branch) => branch.when));
    const parts = this.#all([...expression.branches.map((branch) => branch.then), expression.otherwise]);
    if (whens === undefined || parts === undefined || !parts.every((part) => part.type === 'i64')) return undefined;
    const scale = Math.max(...parts.map((part) => part.scale));
    const values = parts.map((part) => rescaled(part, scale));
    const scales = parts.map(scaleShown);
    const chosen = (of: readonly VectorExpression[]): VectorExpression => ({
      op: 'case',
      branches: whens.map((when, at) => ({ when, then: of[at] })),
      otherwise: of[of.length - 1],
      type: of[0].type,
      scale: of[0].scale,
    });
    const value = chosen(values);
    return hasBoxed(value) ? undefined : { value, shown: chosen(scales) };
  }

  #isConstant(expression: Expression): boolean {
    for (const ref of refsOf(expression)) if (this.#places.has(ref)) return false;
    return true;
  }

  #constant(expression: Expression): VectorExpression | undefined {
    const value = this.#scope.valueOf(expression);
    const form = formOfConstant(value, expression.type, formOf(expression.type));
    if (form === undefined) return undefined;
    const cell = cellOf(value, expression.type, form);
    return cell === undefined ? undefined : { op: 'constant', value: cell, ...form };
  }

  #boxed(expression: Expression): VectorExpression | undefined {
    const form = formOf(expression.type);
    if (form === undefined) return undefined;
    const inputs: number[] = [];
    for (const ref of refsOf(expression)) {
      const place = this.#places.get(ref);
      if (place !== undefined) inputs.push(place);
    }
    return { op: 'boxed', number: this.#scope.closure(expression), inputs, ...form };
  }

  #kernel(expression: Expression): VectorExpression | undefined {
    switch (expression.kind) {
      case 'column': {
        const index = this.#places.get(expression.ref);
        if (index === undefined) return undefined;
        return { op: 'column', index, ...this.#scope.columns[index].form };
      }
      case 'and':
      case 'or': {
        const args = this.#all(expression.args);
        return args === undefined ? undefined : fused({ op: expression.kind, args, ...BOOL });
      }
      case 'not': {
        const arg = this.lower(expression.arg);
        return arg === undefined ? undefined : { op: 'not', arg, ...BOOL };
      }
      case 'is_null': {
        const arg = this.lower(expression.arg);
        return arg === undefined ? undefined : { op: 'is_null', arg, negated: expression.negated, ...BOOL };
      }
      case 'in_list':
        return this.#inList(expression.arg, expression.items, expression.negated);
      case 'case': {
        const whens = this.#all(expression.branches.map((branch) => branch.when));
        const thens = this.#alike([...expression.branches.map((branch) => branch.then), expression.otherwise]);
        if (whens === undefined || thens === undefined) return undefined;
        const otherwise = thens[thens.length - 1];
        const branches = whens.map((when, at) => ({ when, then: thens[at] }));
        return { op: 'case', branches, otherwise, type: otherwise.type, scale: otherwise.scale };
      }
      case 'coalesce': {
        const args = this.#alike(expression.args);
        return args === undefined ? undefined : { op: 'coalesce', args, type: args[0].type, scale: args[0].scale };
      }
      case 'cast':
        return this.#cast(expression);
      case 'call':
        return this.#call(expression);
      default:
        return undefined;
    }
  }

  #all(expressions: readonly Expression[]): VectorExpression[] | undefined {
    const lowered: VectorExpression[] = [];
    for (const expression of expressions) {
      const one = this.lower(expression);
      if (one === undefined) return undefined;
      lowered.push(one);
    }
    return lowered;
  }

  /** All brought to one form: the most decimal places among them. */
  #alike(expressions: readonly Expression[]): VectorExpression[] | undefined {
    const lowered = this.#all(expressions);
    if (lowered === undefined) return undefined;
    const isDecimal = expressions[0].type.oid === OID.numeric;
    if (!isDecimal) return lowered.every((one) => one.type === lowered[0].type) ? lowered : undefined;
    // A numeric shows the places it came with: only what has the same can be told apart no more.
    const { scale } = lowered[0];
    return lowered.every((one) => one.type === 'i64' && (one.scale === scale || (one.op === 'constant' && one.value === null)))
      ? lowered.map((one) => ({ ...one, scale }))
      : undefined;
  }

  #cast(expression: CastExpression): VectorExpression | undefined {
    const { type } = expression;
    const from = expression.arg.type.oid;
    const arg = this.lower(expression.arg);
    if (arg === undefined) return undefined;
    if (type.oid === OID.numeric) {
      const isInteger = from === OID.int2 || from === OID.int4 || from === OID.int8;
      return isInteger && type.modifier === -1 ? { op: 'convert', arg, type: 'i64', scale: 0 } : undefined;
    }
    const form = formOf(type);
    if (form === undefined || type.modifier !== -1) return undefined;
    const isText = type.oid === OID.text || type.oid === OID.varchar;
    if (isText && (from === OID.text || from === OID.varchar || from === OID.bpchar)) return arg;
    if (type.oid === OID.int8 && (from === OID.int2 || from === OID.int4)) return { op: 'convert', arg, ...form };
    if (type.oid === OID.int4 && from === OID.int2) return arg;
    const isNumber = from === OID.int2 || from === OID.int4 || from === OID.int8 || from === OID.numeric || from === OID.float4;
    if (type.oid === OID.float8 && isNumber) return arg.type === 'f64' ? arg : { op: 'convert', arg, ...form };
    return undefined;
  }

  #call(call: CallExpression): VectorExpression | undefined {
    if (call.operator !== undefined && call.args.length === 2) {
      const parts = comparisonOf(call);
      if (parts !== undefined) return this.#comparison(parts.operator, parts.left, parts.right);
      return this.#operator(call.operator, call);
    }
    if (call.operator === '-' && call.args.length === 1) {
      const arg = this.lower(call.args[0]);
      return arg === undefined || !isNumber(call.type) ? undefined : { op: 'negate', arg, type: arg.type, scale: arg.scale };
    }
    return this.#function(call);
  }

  #comparison(comparison: Comparison, left: Expression, right: Expression): VectorExpression | undefined {
    if (this.#isConstant(left)) return this.#comparison(swapped(comparison), right, left);
    const arg = this.lower(left);
    if (arg === undefined) return undefined;
    if (this.#isConstant(right)) {
      const cell = this.#cellFor(right, arg);
      if (cell !== undefined)
        return { op: 'compare', comparison, left: arg, right: { op: 'constant', value: cell, type: arg.type, scale: arg.scale }, ...BOOL };
      const value = this.#scope.valueOf(right);
      if (arg.type === 'i64' && value instanceof Numeric) return compareDecimal(comparison, arg, value);
    }
    const other = this.lower(right);
    if (other?.type === 'i64' && arg.type === 'i64' && arg.scale !== other.scale) {
      const exact =
        arg.scale < other.scale
          ? compareScales(comparison, arg, other, digitsOf(left.type))
          : compareScales(swapped(comparison), other, arg, digitsOf(right.type));
      if (exact !== undefined) return exact;
    }
    const sides = other === undefined ? undefined : sameForm(arg, other);
    return sides === undefined ? undefined : { op: 'compare', comparison, left: sides[0], right: sides[1], ...BOOL };
  }

  /** A constant in the form of what it is compared with; undefined when it has none there. */
  #cellFor(constant: Expression, form: Form): Cell | undefined {
    const value = this.#scope.valueOf(constant);
    if (form.type === 'i32' && typeof value === 'number' && (value | 0) !== value && Number.isFinite(value)) return undefined;
    if (form.type === 'i32' && typeof value === 'bigint') return undefined;
    return cellOf(value, constant.type, form);
  }

  #inList(arg: Expression, items: readonly Expression[], negated: boolean): VectorExpression | undefined {
    const lowered = this.lower(arg);
    if (lowered === undefined || lowered.type === 'bool') return undefined;
    const values: Cell[] = [];
    for (const item of items) {
      if (!this.#isConstant(item) || familyOf(item.type.oid) !== familyOf(arg.type.oid)) return undefined;
      const cell = this.#cellFor(item, lowered);
      if (cell === undefined || cell === null) return undefined;
      values.push(cell);
    }
    const found: VectorExpression = { op: 'in', arg: lowered, values, ...BOOL };
    return negated ? { op: 'not', arg: found, ...BOOL } : found;
  }

  #operator(operator: string, call: CallExpression): VectorExpression | undefined {
    const [first, second] = call.args;
    if (operator === '~~' || operator === '!~~') {
      const isText = first.type.oid === OID.text || first.type.oid === OID.varchar;
      const arg = this.lower(first);
      if (arg === undefined || !isText || !this.#isConstant(second)) return undefined;
      const text = this.#scope.valueOf(second);
      const pattern = typeof text === 'string' ? compileLike(text, '\\') : undefined;
      if (pattern === undefined) return undefined;
      const like: VectorExpression = { op: 'like', arg, pattern, ...BOOL };
      return operator === '~~' ? like : { op: 'not', arg: like, ...BOOL };
    }
    if (dateComparison(operator) !== undefined) return this.#dateComparison(operator as Comparison, first, second);
    const op = ARITHMETIC[operator];
    if (op === undefined) return undefined;
    const left = this.lower(first);
    const right = this.lower(second);
    if (left === undefined || right === undefined) return undefined;
    const { oid } = call.type;
    const from = first.type.oid;
    if (oid === OID.float8 && from === OID.float8 && second.type.oid === OID.float8)
      return op === 'modulo' ? undefined : { op, left, right, type: 'f64', scale: 0 };
    if (oid === OID.int4 && from === OID.int4 && second.type.oid === OID.int4) return { op, left, right, type: 'i32', scale: 0 };
    if (oid === OID.int8 && isInteger(first.type) && isInteger(second.type))
      return { op, left: wide(left), right: wide(right), type: 'i64', scale: 0 };
    if (oid === OID.numeric && from === OID.numeric && second.type.oid === OID.numeric) return decimal(op, left, right);
    const isDayDifference = oid === OID.int4 && from === OID.date && second.type.oid === OID.date && op === 'subtract';
    const isDayShift = oid === OID.date && from === OID.date && second.type.oid === OID.int4 && (op === 'add' || op === 'subtract');
    return isDayDifference || isDayShift ? this.#boxed(call) : undefined;
  }

  /** date against a timestamp that is a constant: as days where it is a midnight. */
  #dateComparison(operator: Comparison, first: Expression, second: Expression): VectorExpression | undefined {
    if (this.#isConstant(first)) return this.#dateComparison(swapped(operator), second, first);
    if (first.type.oid !== OID.date || second.type.oid !== OID.timestamp || !this.#isConstant(second)) return undefined;
    const value = this.#scope.valueOf(second);
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
    if (value === Infinity || value === -Infinity || BigInt(value) % MICROSECONDS_PER_DAY !== 0n) return undefined;
    const arg = this.lower(first);
    if (arg === undefined) return undefined;
    const days = Number(BigInt(value) / MICROSECONDS_PER_DAY);
    const right: VectorExpression = { op: 'constant', value: days, type: 'i32', scale: 0 };
    return { op: 'compare', comparison: operator, left: arg, right, ...BOOL };
  }

  #function(call: CallExpression): VectorExpression | undefined {
    const { name } = call.function;
    const { args } = call;
    if (name === 'extract' || name === 'date_part') {
      if (args[1].type.oid !== OID.date || !this.#isConstant(args[0])) return undefined;
      const field = this.#scope.valueOf(args[0]);
      const arg = this.lower(args[1]);
      if (arg === undefined || typeof field !== 'string' || !isDateField(field)) return undefined;
      const whole: VectorExpression = { op: 'date_field', field, arg, type: 'i32', scale: 0 };
      return { op: 'convert', arg: whole, type: call.type.oid === OID.numeric ? 'i64' : 'f64', scale: 0 };
    }
    const isText = args.length > 0 && (args[0].type.oid === OID.text || args[0].type.oid === OID.varchar);
    if (!isText) return undefined;
    if ((name === 'substring' || name === 'substr') && args.length >= 2 && args[1].type.oid === OID.int4) {
      const arg = this.lower(args[0]);
      const from = this.#isConstant(args[1]) ? this.#scope.valueOf(args[1]) : undefined;
      const count = args.length === 2 ? undefined : this.#isConstant(args[2]) ? this.#scope.valueOf(args[2]) : null;
      if (arg === undefined || typeof from !== 'number' || from < 1 || count === null) return undefined;
      if (count !== undefined && (typeof count !== 'number' || count < 0)) return undefined;
      return { op: 'substring', arg, from, count, type: 'str', scale: 0 };
    }
    if (args.length === 1 && (name === 'length' || name === 'char_length' || name === 'character_length')) {
      const arg = this.lower(args[0]);
      return arg === undefined ? undefined : { op: 'length', arg, type: 'i32', scale: 0 };
    }
    return undefined;
  }
}

const ARITHMETIC: Readonly<Record<string, 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo' | undefined>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
};

function dateComparison(operator: string): Comparison | undefined {
  return operator === '=' || operator === '<>' || operator === '<' || operator === '<=' || operator === '>' || operator === '>='
    ? operator
    : undefined;
}

function isDateField(field: string): field is DateField {
  return field === 'year' || field === 'month' || field === 'day' || field === 'quarter';
}

/** The digits that values of a decimal type have at most; undefined where it does not say. */
function digitsOf({ oid, modifier }: SqlType): number | undefined {
  return oid === OID.numeric && modifier >= 4 ? ((modifier - 4) >> 16) & 0xffff : undefined;
}

function isInteger({ oid }: SqlType): boolean {
  return oid === OID.int2 || oid === OID.int4 || oid === OID.int8;
}

function isNumber(type: SqlType): boolean {
  return type.oid === OID.int4 || type.oid === OID.int8 || type.oid === OID.float8 || type.oid === OID.numeric;
}

function isGuard(expression: Expression): boolean {
  return expression.kind === 'case' || expression.kind === 'coalesce' || expression.kind === 'and' || expression.kind === 'or';
}
