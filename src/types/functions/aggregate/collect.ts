import { concatBytes } from '../../../base/bytes.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { SqlArray, type Value } from '../../value.ts';
import { aggregate } from '../define.ts';

const { text, bytea, anyarray, anynonarray } = OID;

/** string_agg and array_agg: everything seen, in order. */
export function collectFunctions(): SqlFunction[] {
  return [
    aggregate('string_agg', [text, text], text, () => () => new TextJoin(), { strict: false }),
    aggregate('string_agg', [bytea, bytea], bytea, () => () => new BytesJoin(), { strict: false }),
    aggregate('array_agg', [anynonarray], anyarray, () => () => new Collection(), { strict: false }),
    aggregate('array_agg', [anyarray], anyarray, () => () => new ArrayCollection(), { strict: false }),
  ];
}

/** Null values are left out with their delimiters; a null delimiter is empty; the first delimiter is never used. */
class TextJoin implements Accumulator {
  #joined: string | null = null;

  step(_context: EvaluationContext, value: Value, delimiter: Value): void {
    if (value === null) return;
    this.#joined = this.#joined === null ? (value as string) : this.#joined + ((delimiter as string | null) ?? '') + (value as string);
  }

  finish(): Value {
    return this.#joined;
  }
}

class BytesJoin implements Accumulator {
  readonly #parts: Uint8Array[] = [];
  #count = 0;

  step(_context: EvaluationContext, value: Value, delimiter: Value): void {
    if (value === null) return;
    if (this.#count++ > 0 && delimiter !== null) this.#parts.push(delimiter as Uint8Array);
    this.#parts.push(value as Uint8Array);
  }

  finish(): Value {
    return this.#count === 0 ? null : concatBytes(this.#parts);
  }
}

class Collection implements Accumulator {
  readonly #items: Value[] = [];

  step(_context: EvaluationContext, value: Value): void {
    this.#items.push(value);
  }

  finish(): Value {
    return this.#items.length === 0 ? null : new SqlArray(this.#items.slice());
  }
}

/** Arrays of one shape become an array with one more dimension. */
class ArrayCollection implements Accumulator {
  readonly #arrays: SqlArray[] = [];

  step(_context: EvaluationContext, value: Value): void {
    if (value === null) throw new SqlError('null_value_not_allowed', 'cannot accumulate null arrays');
    const array = value as SqlArray;
    if (array.lengths.length === 0) throw new SqlError('array_subscript_error', 'cannot accumulate empty arrays');
    const first = this.#arrays[0];
    if (first !== undefined && !sameLengths(first.lengths, array.lengths))
      throw new SqlError('array_subscript_error', 'cannot accumulate arrays of different dimensionality');
    this.#arrays.push(array);
  }

  finish(): Value {
    if (this.#arrays.length === 0) return null;
    const first = this.#arrays[0];
    return new SqlArray(
      this.#arrays.flatMap((array) => array.items),
      [this.#arrays.length, ...first.lengths],
      [1, ...first.lowerBounds],
    );
  }
}

function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, at) => length === b[at]);
}
