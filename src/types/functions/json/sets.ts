import { SqlError } from '../../../base/sql-error.ts';
import { isArray, isObject } from '../../json/compare.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { Jsonb, type JsonNode, type Row } from '../../value.ts';
import { setReturning } from '../define.ts';
import { textOfNode } from './node.ts';
import { elementsOf, kindOf, membersOf, textOfJson } from './spans.ts';

const { text, json, jsonb, record } = OID;
type Types = readonly SqlType[];

/** JSON taken apart into rows. */
export function jsonSetFunctions(): SqlFunction[] {
  const pair = (value: typeof text | typeof json | typeof jsonb) => ({
    columns: [
      { name: 'key', type: text },
      { name: 'value', type: value },
    ],
  });
  const value = (type: typeof text | typeof json | typeof jsonb) => ({ columns: [{ name: 'value', type }] });
  return [
    setReturning(
      'json_each',
      [json],
      record,
      (_, _types: Types, object: string) => textMembers(object).map((member): Row => [member.key, member.value]),
      pair(json),
    ),
    setReturning(
      'json_each_text',
      [json],
      record,
      (_, _types: Types, object: string) => textMembers(object).map((member): Row => [member.key, textOfJson(member.value)]),
      pair(text),
    ),
    setReturning(
      'jsonb_each',
      [jsonb],
      record,
      (_, _types: Types, object: Jsonb) => nodeMembers(object, 'jsonb_each').map(([key, node]): Row => [key, new Jsonb(node)]),
      pair(jsonb),
    ),
    setReturning(
      'jsonb_each_text',
      [jsonb],
      record,
      (_, _types: Types, object: Jsonb) => nodeMembers(object, 'jsonb_each_text').map(([key, node]): Row => [key, textOfNode(node)]),
      pair(text),
    ),
    setReturning(
      'json_array_elements',
      [json],
      json,
      (_, _types: Types, array: string) => textElements(array, 'json_array_elements').map((element): Row => [element]),
      value(json),
    ),
    setReturning(
      'json_array_elements_text',
      [json],
      text,
      (_, _types: Types, array: string) => textElements(array, 'json_array_elements_text').map((element): Row => [textOfJson(element)]),
      value(text),
    ),
    setReturning(
      'jsonb_array_elements',
      [jsonb],
      jsonb,
      (_, _types: Types, array: Jsonb) => nodeElements(array).map((node): Row => [new Jsonb(node)]),
      value(jsonb),
    ),
    setReturning(
      'jsonb_array_elements_text',
      [jsonb],
      text,
      (_, _types: Types, array: Jsonb) => nodeElements(array).map((node): Row => [textOfNode(node)]),
      value(text),
    ),
    setReturning('json_object_keys', [json], text, (_, _types: Types, object: string) => {
      const kind = kindOf(object);
      return kind === 'object' ? membersOf(object).map((member): Row => [member.key]) : noKeys('json_object_keys', kind === 'array');
    }),
    setReturning('jsonb_object_keys', [jsonb], text, (_, _types: Types, object: Jsonb) =>
      isObject(object.root) ? Array.from(object.root.keys(), (key): Row => [key]) : noKeys('jsonb_object_keys', isArray(object.root)),
    ),
  ];
}

function refuse(message: string): never {
  throw new SqlError('invalid_parameter_value', message);
}

function noKeys(name: string, array: boolean): never {
  return refuse(`cannot call ${name} on ${array ? 'an array' : 'a scalar'}`);
}

function textMembers(object: string): readonly { readonly key: string; readonly value: string }[] {
  const kind = kindOf(object);
  if (kind !== 'object') refuse(kind === 'array' ? 'cannot deconstruct an array as an object' : 'cannot deconstruct a scalar');
  return membersOf(object);
}

function nodeMembers(object: Jsonb, name: string): readonly (readonly [string, JsonNode])[] {
  return isObject(object.root) ? Array.from(object.root) : refuse(`cannot call ${name} on a non-object`);
}

function textElements(array: string, name: string): readonly string[] {
  const kind = kindOf(array);
  if (kind !== 'array') refuse(`cannot call ${name} on a ${kind === 'object' ? 'non-array' : 'scalar'}`);
  return elementsOf(array);
}

function nodeElements(array: Jsonb): readonly JsonNode[] {
  if (isArray(array.root)) return array.root;
  return refuse(isObject(array.root) ? 'cannot extract elements from an object' : 'cannot extract elements from a scalar');
}
