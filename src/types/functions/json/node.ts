import { objectNode, parseJsonb } from '../../json/parse.ts';
import { printNode } from '../../json/print.ts';
import { parseNumeric } from '../../numeric/parse.ts';
import { oid, type Oid } from '../../oid.ts';
import type { TypeContext } from '../../type.ts';
import { type Jsonb, Numeric, type JsonNode, type SqlArray, type Value } from '../../value.ts';
import { fieldName, isoText, jsonCategory, recordOf } from './write.ts';
import { knownType } from '../known-type.ts';

/** What the text functions give for a node: null for null, a string's characters, else jsonb's text. */
export function textOfNode(node: JsonNode): string | null {
  return node === null ? null : typeof node === 'string' ? node : printNode(node);
}

/** Makes nodes of values of one type, as to_jsonb does. */
export type NodeMaker = (value: Value, context: TypeContext) => JsonNode;

/** The maker for a type, made once per call site. */
export function nodeMaker(type: Oid): NodeMaker {
  const make = makerOf(type);
  return (value, context) => (value === null ? null : make(value, context));
}

function makerOf(type: Oid): NodeMaker {
  const definition = knownType(type);
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
      return (value) => parseJsonb(value as string).root;
    case 'jsonb':
      return (value) => (value as Jsonb).root;
    case 'array': {
      const element = nodeMaker(definition.elementOid);
      return (value, context) => arrayNode(value as SqlArray, (item) => element(item, context));
    }
    case 'record':
      return (value, context) => {
        const record = recordOf(value);
        return objectNode(record.fields.map((field, at) => [fieldName(record, at), nodeMaker(oid(record.types[at]))(field, context)]));
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
