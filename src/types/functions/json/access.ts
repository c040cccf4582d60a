import { SqlError } from '../../../base/sql-error.ts';
import { isArray, isObject } from '../../json/compare.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { Jsonb, Numeric, SqlArray, type JsonNode, type Value } from '../../value.ts';
import { ARRAY, scalar } from '../define.ts';
import { textOfNode } from './node.ts';
import { elementsOf, kindOf, membersOf, textOfJson, type JsonKind } from './spans.ts';

const { int4, text, json, jsonb } = OID;
const PATH = { variadic: text } as const;

/** What a JSON value is and what lies at a path in it. A path step into nothing gives null. */
export function jsonAccessFunctions(): SqlFunction[] {
  return [
    scalar('json_typeof', [json], text, (_, value: string) => kindOf(value)),
    scalar('jsonb_typeof', [jsonb], text, (_, value: Jsonb) => nodeKind(value.root)),
    scalar('json_array_length', [json], int4, (_, value: string) => (arrayOnly(kindOf(value)), elementsOf(value).length)),
    scalar('jsonb_array_length', [jsonb], int4, (_, value: Jsonb) =>
      isArray(value.root) ? value.root.length : arrayOnly(nodeKind(value.root)),
    ),
    scalar('json_extract_path', [json, ARRAY.text], json, (_, value: string, ...path: Value[]) => jsonAt(value, steps(path)) ?? null, PATH),
    scalar(
      'json_extract_path_text',
      [json, ARRAY.text],
      text,
      (_, value: string, ...path: Value[]) => {
        const found = jsonAt(value, steps(path));
        return found === undefined ? null : textOfJson(found);
      },
      PATH,
    ),
    scalar(
      'jsonb_extract_path',
      [jsonb, ARRAY.text],
      jsonb,
      (_, value: Jsonb, ...path: Value[]) => {
        const found = nodeAt(value.root, steps(path));
        return found === undefined ? null : new Jsonb(found);
      },
      PATH,
    ),
    scalar(
      'jsonb_extract_path_text',
      [jsonb, ARRAY.text],
      text,
      (_, value: Jsonb, ...path: Value[]) => {
        const found = nodeAt(value.root, steps(path));
        return found === undefined ? null : textOfNode(found);
      },
      PATH,
    ),
  ];
}

/** The kind of a node, as jsonb_typeof names it. */
export function nodeKind(node: JsonNode): JsonKind {
  if (node === null) return 'null';
  if (typeof node === 'boolean') return 'boolean';
  if (typeof node === 'string') return 'string';
  return node instanceof Numeric ? 'number' : isArray(node) ? 'array' : 'object';
}

function arrayOnly(kind: JsonKind): number {
  if (kind === 'array') return 0;
  throw new SqlError(
    'invalid_parameter_value',
    kind === 'object' ? 'cannot get array length of a non-array' : 'cannot get array length of a scalar',
  );
}

/** A VARIADIC text[] argument's items, whether it came as one array or spread out. */
function steps(path: readonly Value[]): readonly Value[] {
  return path.length === 1 && path[0] instanceof SqlArray ? path[0].items : path;
}

/** The 0-based index that `step` names in an array of `length` elements, counted from the end when negative. */
function indexOf(step: string, length: number): number | undefined {
  if (!/^\s*[+-]?\d+$/.test(step)) return undefined;
  const index = Number(step);
  const at = index < 0 ? length + index : index;
  return at >= 0 && at < length ? at : undefined;
}

/** The text at a path, as written; undefined when the path leads nowhere. The last of equal keys counts. */
export function jsonAt(value: string, path: readonly Value[]): string | undefined {
  let at: string | undefined = value;
  for (const step of path) {
    if (at === undefined || step === null) return undefined;
    const kind = kindOf(at);
    if (kind === 'object') at = membersOf(at).findLast((member) => member.key === step)?.value;
    else if (kind === 'array') {
      const elements = elementsOf(at);
      const index = indexOf(step as string, elements.length);
      at = index === undefined ? undefined : elements[index];
    } else return undefined;
  }
  return at;
}

/** The node at a path; undefined when the path leads nowhere. */
export function nodeAt(root: JsonNode, path: readonly Value[]): JsonNode | undefined {
  let at: JsonNode | undefined = root;
  for (const step of path) {
    if (at === undefined || step === null) return undefined;
    if (isObject(at)) at = at.get(step as string);
    else if (isArray(at)) {
      const index = indexOf(step as string, at.length);
      at = index === undefined ? undefined : at[index];
    } else return undefined;
  }
  return at;
}
