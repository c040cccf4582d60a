import { Numeric, type Value } from '../../types/value.ts';

const ENTRIES_MAX = 10_000;

/** Answers of one subquery by the outer values they were computed for. Bounded: forgets everything when full. */
export class SubqueryMemo {
  readonly #answers = new Map<string, unknown>();

  get(key: string): unknown {
    return this.#answers.get(key);
  }

  set(key: string, answer: unknown): void {
    if (this.#answers.size >= ENTRIES_MAX) this.#answers.clear();
    this.#answers.set(key, answer);
  }
}

/** A string that differs for different outer values; undefined when a value has no cheap one, and nothing is remembered. */
export function memoKey(values: readonly Value[]): string | undefined {
  let key = '';
  for (const value of values) {
    switch (typeof value) {
      case 'string':
        key += `s${value.length}:${value}`;
        break;
      case 'number':
        key += `n${value};`;
        break;
      case 'bigint':
        key += `n${value};`;
        break;
      case 'boolean':
        key += value ? 't' : 'f';
        break;
      default:
        if (value === null) key += '-';
        else if (value instanceof Numeric) key += `d${value.kind}${value.coefficient}e${value.scale};`;
        else return undefined;
    }
  }
  return key;
}
