import { SqlError } from '../../base/sql-error.ts';
import type { SqlOperator } from '../function.ts';
import { jsonAt, nodeAt } from '../functions/json/access.ts';
import { changed } from '../functions/json/modify.ts';
import { elementsOf, kindOf, membersOf, textOfJson } from '../functions/json/spans.ts';
import { isArray, isObject, jsonContains } from '../json/compare.ts';
import { objectNode } from '../json/parse.ts';
import { printNode } from '../json/print.ts';
import { OID, oid } from '../oid.ts';
import { Jsonb, type JsonNode, type SqlArray } from '../value.ts';
import { infix } from './define.ts';

const { json, jsonb, jsonpath, text, int4, bool } = OID;
const textArray = oid(1009);

/** What reaches into, compares and edits json and jsonb. */
export function jsonOperators(): SqlOperator[] {
  return [...jsonAccess(), ...jsonbAccess(), ...jsonbTests(), ...jsonbEdits()];
}

function jsonAccess(): SqlOperator[] {
  const asText = (found: string | null | undefined) => (found === null || found === undefined ? null : textOfJson(found));
  return [
    infix('->', json, int4, json, 'json_array_element', (_, value: string, index: number) => elementText(value, index)),
    infix('->>', json, int4, text, 'json_array_element_text', (_, value: string, index: number) => asText(elementText(value, index))),
    infix('->', json, text, json, 'json_object_field', (_, value: string, key: string) => memberText(value, key)),
    infix('->>', json, text, text, 'json_object_field_text', (_, value: string, key: string) => asText(memberText(value, key))),
    infix('#>', json, textArray, json, 'json_extract_path', (_, value: string, path: SqlArray) => jsonAt(value, path.items) ?? null),
    infix('#>>', json, textArray, text, 'json_extract_path_text', (_, value: string, path: SqlArray) => asText(jsonAt(value, path.items))),
  ];
}

function jsonbAccess(): SqlOperator[] {
  const asJsonb = (node: JsonNode | undefined) => (node === undefined ? null : new Jsonb(node));
  return [
    infix('->', jsonb, int4, jsonb, 'jsonb_array_element', (_, value: Jsonb, index: number) => asJsonb(element(value.root, index))),
    infix('->>', jsonb, int4, text, 'jsonb_array_element_text', (_, value: Jsonb, index: number) => textOf(element(value.root, index))),
    infix('->', jsonb, text, jsonb, 'jsonb_object_field', (_, value: Jsonb, key: string) => asJsonb(member(value.root, key))),
    infix('->>', jsonb, text, text, 'jsonb_object_field_text', (_, value: Jsonb, key: string) => textOf(member(value.root, key))),
    infix('#>', jsonb, textArray, jsonb, 'jsonb_extract_path', (_, value: Jsonb, path: SqlArray) =>
      asJsonb(nodeAt(value.root, path.items)),
    ),
    infix('#>>', jsonb, textArray, text, 'jsonb_extract_path_text', (_, value: Jsonb, path: SqlArray) =>
      textOf(nodeAt(value.root, path.items)),
    ),
  ];
}

function jsonbTests(): SqlOperator[] {
  const keysOf = (keys: SqlArray) => keys.items.filter((key) => key !== null).map(String);
  const refusePath = (): never => {
    throw new SqlError('feature_not_supported', 'jsonpath is not supported');
  };
  return [
    infix('@>', jsonb, jsonb, bool, 'jsonb_contains', (_, a: Jsonb, b: Jsonb) => jsonContains(a.root, b.root), { commutator: '<@' }),
    infix('<@', jsonb, jsonb, bool, 'jsonb_contained', (_, a: Jsonb, b: Jsonb) => jsonContains(b.root, a.root), { commutator: '@>' }),
    infix('?', jsonb, text, bool, 'jsonb_exists', (_, value: Jsonb, key: string) => exists(value.root, key)),
    infix('?|', jsonb, textArray, bool, 'jsonb_exists_any', (_, value: Jsonb, keys: SqlArray) =>
      keysOf(keys).some((key) => exists(value.root, key)),
    ),
    infix('?&', jsonb, textArray, bool, 'jsonb_exists_all', (_, value: Jsonb, keys: SqlArray) =>
      keysOf(keys).every((key) => exists(value.root, key)),
    ),
    infix('@?', jsonb, jsonpath, bool, 'jsonb_path_exists_opr', refusePath),
    infix('@@', jsonb, jsonpath, bool, 'jsonb_path_match_opr', refusePath),
  ];
}

function jsonbEdits(): SqlOperator[] {
  return [
    infix('||', jsonb, jsonb, jsonb, 'jsonb_concat', (_, a: Jsonb, b: Jsonb) => new Jsonb(concatenated(a.root, b.root))),
    infix('-', jsonb, text, jsonb, 'jsonb_delete', (_, value: Jsonb, key: string) => new Jsonb(withoutKeys(value.root, [key]))),
    infix(
      '-',
      jsonb,
      textArray,
      jsonb,
      'jsonb_delete',
      (_, value: Jsonb, keys: SqlArray) => new Jsonb(withoutKeys(value.root, keys.items.filter((key) => key !== null).map(String))),
    ),
    infix('-', jsonb, int4, jsonb, 'jsonb_delete', (_, value: Jsonb, index: number) => new Jsonb(withoutIndex(value.root, index))),
    infix('#-', jsonb, textArray, jsonb, 'jsonb_delete_path', (_, value: Jsonb, path: SqlArray) =>
      isEmpty(value.root) ? value : changed(value, path, { kind: 'delete' }),
    ),
  ];
}

function isEmpty(node: JsonNode): boolean {
  return isArray(node) ? node.length === 0 : isObject(node) && node.size === 0;
}

function elementText(value: string, index: number): string | null {
  return kindOf(value) === 'array' ? (elementsOf(value).at(index) ?? null) : null;
}

function memberText(value: string, key: string): string | null {
  return kindOf(value) === 'object' ? (membersOf(value).findLast((pair) => pair.key === key)?.value ?? null) : null;
}

/** A scalar counts as an array of one, as in PostgreSQL. */
function element(node: JsonNode, index: number): JsonNode | undefined {
  if (isArray(node)) return node.at(index);
  return isObject(node) || (index !== 0 && index !== -1) ? undefined : node;
}

function member(node: JsonNode, key: string): JsonNode | undefined {
  return isObject(node) ? node.get(key) : undefined;
}

/** JSON's null is SQL's here, and a string loses its quotes. */
function textOf(node: JsonNode | undefined): string | null {
  if (node === undefined || node === null) return null;
  return typeof node === 'string' ? node : printNode(node);
}

/** A key of an object, a string in an array, or the string itself. */
function exists(node: JsonNode, key: string): boolean {
  if (isObject(node)) return node.has(key);
  return isArray(node) ? node.includes(key) : node === key;
}

function concatenated(a: JsonNode, b: JsonNode): JsonNode {
  if (isObject(a) && isObject(b)) return objectNode([...a, ...b]);
  return [...(isArray(a) ? a : [a]), ...(isArray(b) ? b : [b])];
}

function withoutKeys(node: JsonNode, keys: readonly string[]): JsonNode {
  if (isObject(node)) return new Map([...node].filter(([key]) => !keys.includes(key)));
  if (isArray(node)) return node.filter((item) => typeof item !== 'string' || !keys.includes(item));
  throw new SqlError('invalid_parameter_value', 'cannot delete from scalar');
}

function withoutIndex(node: JsonNode, index: number): JsonNode {
  if (isObject(node)) throw new SqlError('invalid_parameter_value', 'cannot delete from object using integer index');
  if (!isArray(node)) throw new SqlError('invalid_parameter_value', 'cannot delete from scalar');
  const at = index < 0 ? node.length + index : index;
  return node.filter((_, position) => position !== at);
}
