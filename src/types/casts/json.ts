import { SqlError } from '../../base/sql-error.ts';
import type { SqlCast } from '../function.ts';
import { isArray, isObject } from '../json/compare.ts';
import { parseJsonb } from '../json/parse.ts';
import { printJsonb } from '../json/print.ts';
import { floatOfNumeric, intOfNumeric } from '../numeric/convert.ts';
import { OID } from '../oid.ts';
import { Numeric, type Jsonb, type JsonNode } from '../value.ts';
import { assignment, explicitly } from './define.ts';

const { json, jsonb, bool, int2, int4, int8, float4, float8, numeric } = OID;

/** Between json and jsonb, and from jsonb's scalars. */
export function jsonCasts(): SqlCast[] {
  return [
    assignment(json, jsonb, parseJsonb),
    assignment(jsonb, json, printJsonb),
    explicitly(jsonb, bool, (value: Jsonb) => (typeof value.root === 'boolean' ? value.root : refuse(value.root, 'boolean'))),
    explicitly(jsonb, numeric, (value: Jsonb) => numberOf(value, 'numeric')),
    explicitly(jsonb, int2, (value: Jsonb) => intOfNumeric(numberOf(value, 'smallint'), 'smallint')),
    explicitly(jsonb, int4, (value: Jsonb) => intOfNumeric(numberOf(value, 'integer'), 'integer')),
    explicitly(jsonb, int8, (value: Jsonb) => intOfNumeric(numberOf(value, 'bigint'), 'bigint')),
    explicitly(jsonb, float4, (value: Jsonb) => Math.fround(floatOfNumeric(numberOf(value, 'real')))),
    explicitly(jsonb, float8, (value: Jsonb) => floatOfNumeric(numberOf(value, 'double precision'))),
  ];
}

function numberOf(value: Jsonb, typeName: string): Numeric {
  return value.root instanceof Numeric ? value.root : refuse(value.root, typeName);
}

function refuse(node: JsonNode, typeName: string): never {
  throw new SqlError('invalid_parameter_value', `cannot cast jsonb ${kindOf(node)} to type ${typeName}`);
}

function kindOf(node: JsonNode): string {
  if (node === null) return 'null';
  if (node instanceof Numeric) return 'numeric';
  if (isArray(node)) return 'array';
  return isObject(node) ? 'object' : typeof node;
}
