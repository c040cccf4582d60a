import { compareBytes, utf8 } from '../../../base/bytes.ts';
import { assert } from '../../../base/assert.ts';
import { parseNumeric } from '../../numeric/parse.ts';
import { oid, OID, type Oid } from '../../oid.ts';
import type { TypeContext } from '../../type.ts';
import { typeDefinition } from '../../types.ts';
import { Jsonb, Numeric, type JsonNode, type SqlArray, type Value } from '../../value.ts';
import { fieldName, isoText, jsonCategory, recordOf } from './write.ts';

/** Whether a node is an object. */
export function isObject(node: JsonNode): node is ReadonlyMap<string, JsonNode> {
  return node instanceof Map;
}

/** Whether a node is an array. */
export function isArray(node: JsonNode): node is readonly JsonNode[] {
  return Array.isArray(node);
}

/** An object of the given members: the last of equal keys wins, keys in jsonb's order (byte length, then bytes). */
export function objectOf(members: Iterable<readonly [string, JsonNode]>): ReadonlyMap<string, JsonNode> {
  const last = new Map(members);
  const keyed = Array.from(last, ([key, node]) => ({ key, node, bytes: utf8(key) }));
  keyed.sort((a, b) => a.bytes.length - b.bytes.length || compareBytes(a.bytes, b.bytes));
  return new Map(keyed.map(({ key, node }) => [key, node]));
}

/** jsonb's text of a node. */
export function nodeText(node: JsonNode, context: TypeContext): string {
  return typeDefinition(OID.jsonb).output(new Jsonb(node), context);
}

/** The node of valid JSON text. */
export function nodeOfText(json: string, context: TypeContext): JsonNode {
  const value = typeDefinition(OID.jsonb).input(json, context, -1);
  assert(value instanceof Jsonb, 'jsonb input makes a Jsonb');
  return value.root;
}

/** What the text functions give for a node: null for null, a string's characters, else jsonb's text. */
export function textOfNode(node: JsonNode, context: TypeContext): string | null {
  return node === null ? null : typeof node === 'string' ? node : nodeText(node, context);
}

/** Makes nodes of values of one type, as to_jsonb does. */
export type NodeMaker = (value: Value, context: TypeContext) => JsonNode;

/** The maker for a type, made once per call site. */
export function nodeMaker(type: Oid): NodeMaker {
  const make = makerOf(type);
  return (value, context) => (value === null ? null : make(value, context));
}

function makerOf(type: Oid): NodeMaker {
  const definition = typeDefinition(type);
  const category = jsonCategory(definition);
  switch (category) {
    case 'boolean':
      return (value) => value === true;
    case 'number':
      return (value, context) => {
        if (value instanceof Numeric && value.kind === 'finite') return value;
        const output = definition.output(value, context);
        const number = parseNumeric(output);
        return number === undefined || number.kind !== 'finite' ? output : number;
      };
    case 'datetime':
      return (value, context) => isoText(definition, value, context);
    case 'json':
      return (value, context) => nodeOfText(value as string, context);
    case 'jsonb':
      return (value) => (value as Jsonb).root;
    case 'array': {
      const element = nodeMaker(definition.elementOid);
      return (value, context) => arrayNode(value as SqlArray, (item) => element(item, context));
    }
    case 'record':
      return (value, context) => {
        const record = recordOf(value);
        return objectOf(record.fields.map((field, at) => [fieldName(record, at), nodeMaker(oid(record.types[at]))(field, context)]));
      };
    case 'text':
      return (value, context) => definition.output(value, context);
  }
}

function arrayNode(array: SqlArray, make: (item: Value) => JsonNode): JsonNode {
  const level = (dimension: number, start: number, stride: number): JsonNode => {
    const inner = stride / array.lengths[dimension];
    return Array.from({ length: array.lengths[dimension] }, (_, at) =>
      dimension === array.lengths.length - 1 ? make(array.items[start + at]) : level(dimension + 1, start + at * inner, inner),
    );
  };
  return array.lengths.length === 0 ? [] : level(0, 0, array.items.length);
}
