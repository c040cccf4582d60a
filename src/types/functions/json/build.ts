import { SqlError } from '../../../base/sql-error.ts';
import { objectNode } from '../../json/parse.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import type { SqlType, TypeContext } from '../../type.ts';
import { Jsonb, type JsonNode, type SqlArray, type Value } from '../../value.ts';
import { ARRAY, generic, scalar, STABLE, VARIADIC_ANY } from '../define.ts';
import { knownType } from '../known-type.ts';
import { nodeMaker } from './node.ts';
import { isoText, jsonCategory, jsonWriter } from './write.ts';

const { bool, any, json, jsonb, record, anyelement, anyarray } = OID;
const VARIADIC = { ...VARIADIC_ANY, volatility: 'stable' } as const;
/** What separates the parts of a pretty-printed row or array. */
const LINE = ',\n ';

/** JSON made from SQL values. */
export function jsonBuildFunctions(): SqlFunction[] {
  return [
    generic('to_json', [anyelement], json, writing(), STABLE),
    generic('row_to_json', [record], json, writing(), STABLE),
    generic('row_to_json', [record, bool], json, writing(), STABLE),
    generic('array_to_json', [anyarray], json, writing(), STABLE),
    generic('array_to_json', [anyarray, bool], json, writing(), STABLE),
    generic(
      'to_jsonb',
      [anyelement],
      jsonb,
      ([type]) => {
        const make = nodeMaker(type.oid);
        return (context, value: Value) => new Jsonb(make(value, context));
      },
      STABLE,
    ),
    scalar('json_build_array', [], json, () => '[]', { strict: false, volatility: 'stable' }),
    generic(
      'json_build_array',
      [any],
      json,
      (types) => {
        const writers = types.map((type) => jsonWriter(type.oid));
        return (context, ...values: Value[]) => `[${values.map((value, at) => writers[at](value, context)).join(', ')}]`;
      },
      VARIADIC,
    ),
    scalar('jsonb_build_array', [], jsonb, () => new Jsonb([]), { strict: false, volatility: 'stable' }),
    generic(
      'jsonb_build_array',
      [any],
      jsonb,
      (types) => {
        const makers = types.map((type) => nodeMaker(type.oid));
        return (context, ...values: Value[]) => new Jsonb(values.map((value, at) => makers[at](value, context)));
      },
      VARIADIC,
    ),
    scalar('json_build_object', [], json, () => '{}', { strict: false, volatility: 'stable' }),
    generic('json_build_object', [any], json, buildObjectText, VARIADIC),
    scalar('jsonb_build_object', [], jsonb, () => new Jsonb(objectNode([])), { strict: false, volatility: 'stable' }),
    generic('jsonb_build_object', [any], jsonb, buildObjectNode, VARIADIC),
    scalar('json_object', [ARRAY.text], json, (_, pairs: SqlArray) => objectText(pairsOf(pairs))),
    scalar('json_object', [ARRAY.text, ARRAY.text], json, (_, keys: SqlArray, values: SqlArray) => objectText(zipped(keys, values))),
    scalar('jsonb_object', [ARRAY.text], jsonb, (_, pairs: SqlArray) => new Jsonb(objectNode(pairsOf(pairs)))),
    scalar(
      'jsonb_object',
      [ARRAY.text, ARRAY.text],
      jsonb,
      (_, keys: SqlArray, values: SqlArray) => new Jsonb(objectNode(zipped(keys, values))),
    ),
  ];
}

function writing() {
  return ([type]: readonly SqlType[]) => {
    const write = jsonWriter(type.oid);
    return (context: EvaluationContext, value: Value, pretty: boolean | undefined) => write(value, context, pretty === true ? LINE : ',');
  };
}

function buildObjectText(types: readonly SqlType[]) {
  const keys = types.map((type) => keyText(type.oid));
  const writers = types.map((type) => jsonWriter(type.oid));
  return (context: EvaluationContext, ...values: Value[]): Value => {
    checkEven(values.length, 'json_build_object');
    const parts: string[] = [];
    for (let at = 0; at < values.length; at += 2) {
      const key = values[at];
      if (key === null)
        throw new SqlError('invalid_parameter_value', `argument ${at + 1} cannot be null`, { hint: 'Object keys should be text.' });
      parts.push(`${JSON.stringify(keys[at](key, context))} : ${writers[at + 1](values[at + 1], context)}`);
    }
    return `{${parts.join(', ')}}`;
  };
}

function buildObjectNode(types: readonly SqlType[]) {
  const keys = types.map((type) => keyText(type.oid));
  const makers = types.map((type) => nodeMaker(type.oid));
  return (context: EvaluationContext, ...values: Value[]): Value => {
    checkEven(values.length, 'jsonb_build_object');
    const members: [string, JsonNode][] = [];
    for (let at = 0; at < values.length; at += 2) {
      const key = values[at];
      if (key === null) throw new SqlError('invalid_parameter_value', `argument ${at + 1}: key must not be null`);
      members.push([keys[at](key, context), makers[at + 1](values[at + 1], context)]);
    }
    return new Jsonb(objectNode(members));
  };
}

function checkEven(count: number, name: string): void {
  if (count % 2 === 0) return;
  throw new SqlError('invalid_parameter_value', 'argument list must have even number of elements', {
    hint: `The arguments of ${name}() must consist of alternating keys and values.`,
  });
}

/** The text that a value of one type has as an object's key. */
export type KeyText = (value: Exclude<Value, null>, context: TypeContext) => string;

/** The key writer of a type; the one of arrays, records and JSON refuses every value. */
export function keyText(type: Oid): KeyText {
  const definition = knownType(type);
  switch (jsonCategory(definition)) {
    case 'array':
    case 'record':
    case 'json':
    case 'jsonb':
      return () => {
        throw new SqlError('invalid_parameter_value', 'key value must be scalar, not array, composite, or json');
      };
    case 'boolean':
      return (value) => (value === true ? 'true' : 'false');
    case 'datetime':
      return (value, context) => isoText(definition, value, context);
    default:
      return (value, context) => definition.output(value, context);
  }
}

type Pair = readonly [string, string | null];

function pairsOf(array: SqlArray): Pair[] {
  const [length, columns] = array.lengths;
  if (array.lengths.length > 2) throw new SqlError('array_subscript_error', 'wrong number of array subscripts');
  if (array.lengths.length === 1 && length % 2 !== 0)
    throw new SqlError('array_subscript_error', 'array must have even number of elements');
  if (array.lengths.length === 2 && columns !== 2) throw new SqlError('array_subscript_error', 'array must have two columns');
  return Array.from({ length: array.items.length / 2 }, (_, at) => [keyOf(array.items[at * 2]), array.items[at * 2 + 1] as string | null]);
}

function zipped(keys: SqlArray, values: SqlArray): Pair[] {
  if (keys.lengths.length > 1 || keys.lengths.length !== values.lengths.length)
    throw new SqlError('array_subscript_error', 'wrong number of array subscripts');
  if (keys.items.length !== values.items.length) throw new SqlError('array_subscript_error', 'mismatched array dimensions');
  return keys.items.map((key, at) => [keyOf(key), values.items[at] as string | null]);
}

function keyOf(key: Value): string {
  if (key === null) throw new SqlError('null_value_not_allowed', 'null value not allowed for object key');
  return key as string;
}

function objectText(pairs: readonly Pair[]): string {
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)} : ${value === null ? 'null' : JSON.stringify(value)}`).join(', ')}}`;
}
