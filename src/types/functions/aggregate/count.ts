import type { Accumulator, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { Value } from '../../value.ts';
import { aggregate } from '../define.ts';

/** count(*) and count(x). Zero over no rows; never null. */
export function countFunctions(): SqlFunction[] {
  return [
    aggregate('count', [], OID.int8, () => () => new Count(), { strict: false }),
    aggregate('count', [OID.any], OID.int8, () => () => new Count()),
  ];
}

class Count implements Accumulator {
  #count = 0;

  step(): void {
    this.#count++;
  }

  retract(): void {
    this.#count--;
  }

  finish(): Value {
    return this.#count;
  }
}
