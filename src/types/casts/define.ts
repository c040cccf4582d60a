import type { EvaluationContext, SqlCast } from '../function.ts';
import type { Oid } from '../oid.ts';
import type { Value } from '../value.ts';
import { fitModifier } from './length.ts';

/** What a conversion does to a value, its target's modifier left aside. */
type Conversion = (value: never, context: EvaluationContext) => Value;

/** A cast that applies without being written. */
export function implicit(source: Oid, target: Oid, convert: Conversion): SqlCast {
  return make(source, target, 'implicit', convert);
}

/** A cast that applies on assignment. */
export function assignment(source: Oid, target: Oid, convert: Conversion): SqlCast {
  return make(source, target, 'assignment', convert);
}

/** A cast that must be written. */
export function explicitly(source: Oid, target: Oid, convert: Conversion): SqlCast {
  return make(source, target, 'explicit', convert);
}

/** A cast that changes nothing about the value. */
export function binary(source: Oid, target: Oid, context: SqlCast['context'] = 'implicit'): SqlCast {
  return { ...make(source, target, context, same), binary: true };
}

function make(source: Oid, target: Oid, context: SqlCast['context'], conversion: Conversion): SqlCast {
  const convert = conversion as (value: Value, context: EvaluationContext) => Value;
  const fit = fitModifier(target);
  if (fit === undefined) return { source, target, context, convert };
  return {
    source,
    target,
    context,
    convert(value, evaluation, modifier, explicit) {
      const converted = convert(value, evaluation);
      return modifier === -1 || converted === null ? converted : fit(converted, modifier, explicit);
    },
  };
}

function same(value: Value): Value {
  return value;
}
