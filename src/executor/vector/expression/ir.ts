/**
 * Expressions over vectors as plain data: what lower.ts makes of bound expressions and evaluate.ts runs. Nothing here holds a
 * function, so that a worker thread can be sent it.
 */
import type { LikePattern } from '../../../kernels/like-pattern.ts';
import type { Comparison } from '../../../planner/type-facts.ts';
import type { Form } from '../vector.ts';

/** A value as a vector would hold it: integers (scaled), floats, text, truth; null. */
export type Cell = number | bigint | string | boolean | null;

export type VectorExpression =
  | (Form & { readonly op: 'column'; readonly index: number })
  | (Form & { readonly op: 'constant'; readonly value: Cell })
  /** Both sides of one form. */
  | (Form & { readonly op: 'compare'; readonly comparison: Comparison; readonly left: VectorExpression; readonly right: VectorExpression })
  /** low <= arg <= high, constants of the argument's form. */
  | (Form & { readonly op: 'between'; readonly arg: VectorExpression; readonly low: Cell; readonly high: Cell })
  | (Form & { readonly op: 'and' | 'or'; readonly args: readonly VectorExpression[] })
  | (Form & { readonly op: 'not'; readonly arg: VectorExpression })
  | (Form & { readonly op: 'is_null'; readonly arg: VectorExpression; readonly negated: boolean })
  /** Both sides of the node's type; a product's scale is the sum of the sides'. */
  | (Form & {
      readonly op: 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';
      readonly left: VectorExpression;
      readonly right: VectorExpression;
    })
  | (Form & { readonly op: 'negate'; readonly arg: VectorExpression })
  /** To the node's form: wider integers, floats, more decimal places. */
  | (Form & { readonly op: 'convert'; readonly arg: VectorExpression })
  | (Form & {
      readonly op: 'case';
      readonly branches: readonly { readonly when: VectorExpression; readonly then: VectorExpression }[];
      readonly otherwise: VectorExpression;
    })
  | (Form & { readonly op: 'coalesce'; readonly args: readonly VectorExpression[] })
  /** Constants without nulls, of the argument's form. */
  | (Form & { readonly op: 'in'; readonly arg: VectorExpression; readonly values: readonly Cell[] })
  | (Form & { readonly op: 'like'; readonly arg: VectorExpression; readonly pattern: LikePattern })
  /** A field of a date. */
  | (Form & { readonly op: 'date_field'; readonly field: DateField; readonly arg: VectorExpression })
  /** Characters [from, from + count), from 1. */
  | (Form & { readonly op: 'substring'; readonly arg: VectorExpression; readonly from: number; readonly count: number | undefined })
  | (Form & { readonly op: 'length'; readonly arg: VectorExpression })
  /** Anything else, computed row by row by the `number`-th closure, from the columns at `inputs`. */
  | (Form & { readonly op: 'boxed'; readonly number: number; readonly inputs: readonly number[] });

export type DateField = 'year' | 'month' | 'day' | 'quarter';
