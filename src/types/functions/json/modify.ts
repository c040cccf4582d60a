import { SqlError } from '../../../base/sql-error.ts';
import { isArray, isObject } from '../../json/compare.ts';
import { objectNode } from '../../json/parse.ts';
import { printNode } from '../../json/print.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { TypeContext } from '../../type.ts';
import { Jsonb, type JsonNode, type SqlArray } from '../../value.ts';
import { ARRAY, scalar } from '../define.ts';
import { elementsOf, kindOf, membersOf, stringOf } from './spans.ts';

const { bool, text, json, jsonb } = OID;
const TREATMENTS = 'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"';

/** Changed copies of jsonb values: set, insert, strip_nulls; and jsonb_pretty. */
export function jsonModifyFunctions(): SqlFunction[] {
  return [
    scalar(
      'jsonb_set',
      [jsonb, ARRAY.text, jsonb, bool],
      jsonb,
      (_, target: Jsonb, path: SqlArray, value: Jsonb, create: boolean) =>
        changed(target, path, { kind: 'set', value: value.root, create }),
      { defaults: [true] },
    ),
    scalar('jsonb_set_lax', [jsonb, ARRAY.text, jsonb, bool, text], jsonb, setLax, { strict: false, defaults: [true, 'use_json_null'] }),
    scalar(
      'jsonb_insert',
      [jsonb, ARRAY.text, jsonb, bool],
      jsonb,
      (_, target: Jsonb, path: SqlArray, value: Jsonb, after: boolean) =>
        changed(target, path, { kind: 'insert', value: value.root, after }),
      { defaults: [false] },
    ),
    scalar('jsonb_delete_path', [jsonb, ARRAY.text], jsonb, (_, target: Jsonb, path: SqlArray) =>
      changed(target, path, { kind: 'delete' }),
    ),
    scalar('jsonb_strip_nulls', [jsonb], jsonb, (_, value: Jsonb) => new Jsonb(stripped(value.root))),
    scalar('json_strip_nulls', [json], json, (_, value: string) => strippedText(value)),
    scalar('jsonb_pretty', [jsonb], text, (context, value: Jsonb) => pretty(value.root, 0, context)),
  ];
}

type Change =
  | { readonly kind: 'set'; readonly value: JsonNode; readonly create: boolean }
  | { readonly kind: 'insert'; readonly value: JsonNode; readonly after: boolean }
  | { readonly kind: 'delete' };

/** `target` with `change` made at `path`; SQLSTATE 22023 for a scalar, 22P02 for an array step that is no integer. */
export function changed(target: Jsonb, path: SqlArray, change: Change): Jsonb {
  if (path.lengths.length > 1) throw new SqlError('array_subscript_error', 'wrong number of array subscripts');
  const scalarRoot = !isArray(target.root) && !isObject(target.root);
  if (scalarRoot)
    throw new SqlError('invalid_parameter_value', change.kind === 'delete' ? 'cannot delete path in scalar' : 'cannot set path in scalar');
  const nothing = isArray(target.root) ? target.root.length === 0 : isObject(target.root) && target.root.size === 0;
  if (path.items.length === 0 || (nothing && change.kind === 'set' && !change.create)) return target;
  const steps = path.items.map((step, at) => {
    if (step === null) throw new SqlError('null_value_not_allowed', `path element at position ${at + 1} is null`);
    return step as string;
  });
  return new Jsonb(changedAt(target.root, steps, 0, change));
}

function changedAt(node: JsonNode, steps: readonly string[], level: number, change: Change): JsonNode {
  if (isObject(node)) return changedObject(node, steps, level, change);
  return isArray(node) ? changedArray(node, steps, level, change) : node;
}

function changedObject(node: ReadonlyMap<string, JsonNode>, steps: readonly string[], level: number, change: Change): JsonNode {
  const key = steps[level];
  const inner = node.get(key);
  if (level < steps.length - 1) return inner === undefined ? node : new Map(node).set(key, changedAt(inner, steps, level + 1, change));
  if (change.kind === 'delete') return new Map([...node].filter(([name]) => name !== key));
  if (inner === undefined) return change.kind === 'set' && !change.create ? node : objectNode([...node, [key, change.value]]);
  if (change.kind === 'insert')
    throw new SqlError('invalid_parameter_value', 'cannot replace existing key', {
      hint: 'Try using the function jsonb_set to replace key value.',
    });
  return new Map(node).set(key, change.value);
}

function changedArray(node: readonly JsonNode[], steps: readonly string[], level: number, change: Change): JsonNode {
  const step = steps[level];
  if (!/^\s*[+-]?\d+$/.test(step))
    throw new SqlError('invalid_text_representation', `path element at position ${level + 1} is not an integer: "${step}"`);
  const named = Number(step);
  const index = named < 0 ? node.length + named : named;
  const inside = index >= 0 && index < node.length;
  if (level < steps.length - 1) return inside ? node.with(index, changedAt(node[index], steps, level + 1, change)) : node;
  if (change.kind === 'delete') return inside ? node.toSpliced(index, 1) : node;
  if (!inside) return change.kind === 'set' && !change.create ? node : index < 0 ? [change.value, ...node] : [...node, change.value];
  if (change.kind === 'set') return node.with(index, change.value);
  return node.toSpliced(change.after ? index + 1 : index, 0, change.value);
}

function setLax(
  _context: EvaluationContext,
  target: Jsonb | null,
  path: SqlArray | null,
  value: Jsonb | null,
  create: boolean | null,
  treatment: string | null,
): Jsonb | null {
  if (target === null || path === null || create === null) return null;
  if (treatment === null) throw new SqlError('invalid_parameter_value', TREATMENTS);
  if (value !== null) return changed(target, path, { kind: 'set', value: value.root, create });
  switch (treatment) {
    case 'raise_exception':
      throw new SqlError('null_value_not_allowed', 'JSON value must not be null', {
        detail: 'Exception was raised because null_value_treatment is "raise_exception".',
        hint: 'To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.',
      });
    case 'use_json_null':
      return changed(target, path, { kind: 'set', value: null, create });
    case 'delete_key':
      return changed(target, path, { kind: 'delete' });
    case 'return_target':
      return target;
    default:
      throw new SqlError('invalid_parameter_value', TREATMENTS);
  }
}

function stripped(node: JsonNode): JsonNode {
  if (isArray(node)) return node.map(stripped);
  if (!isObject(node)) return node;
  return new Map(Array.from(node).flatMap(([key, value]) => (value === null ? [] : [[key, stripped(value)] as const])));
}

/** json_strip_nulls writes the text anew: no blanks, strings in their shortest form, numbers as they were. */
function strippedText(json: string): string {
  switch (kindOf(json)) {
    case 'object':
      return `{${membersOf(json)
        .filter(({ value }) => kindOf(value) !== 'null')
        .map(({ key, value }) => `${JSON.stringify(key)}:${strippedText(value)}`)
        .join(',')}}`;
    case 'array':
      return `[${elementsOf(json).map(strippedText).join(',')}]`;
    case 'string':
      return JSON.stringify(stringOf(json.trim()));
    default:
      return json.trim();
  }
}

const INDENT = '    ';

function pretty(node: JsonNode, depth: number, context: TypeContext): string {
  const parts = isArray(node)
    ? node.map((item) => pretty(item, depth + 1, context))
    : isObject(node)
      ? Array.from(node, ([key, value]) => `${JSON.stringify(key)}: ${pretty(value, depth + 1, context)}`)
      : undefined;
  if (parts === undefined) return printNode(node);
  const [open, close] = isArray(node) ? '[]' : '{}';
  const inner = parts.map((part) => `\n${INDENT.repeat(depth + 1)}${part}`).join(',');
  return `${open}${inner}\n${INDENT.repeat(depth)}${close}`;
}
