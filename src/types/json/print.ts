import { textOfNumeric } from '../numeric/print.ts';
import { Numeric, type Jsonb, type JsonNode } from '../value.ts';

/** jsonb's text: one space after colons and commas, keys in order, numbers with all their digits. */
export function printJsonb(value: Jsonb): string {
  return printNode(value.root);
}

/** As `printJsonb`, for a part of a value. */
export function printNode(node: JsonNode): string {
  if (typeof node === 'string') return quoteJson(node);
  if (node instanceof Numeric) return textOfNumeric(node);
  if (node instanceof Map)
    return `{${Array.from(node as ReadonlyMap<string, JsonNode>, ([key, value]) => `${quoteJson(key)}: ${printNode(value)}`).join(', ')}}`;
  if (Array.isArray(node)) return `[${(node as readonly JsonNode[]).map(printNode).join(', ')}]`;
  return node === null ? 'null' : node === true ? 'true' : 'false';
}

const SPECIAL = /["\\\u0000-\u001f]/;
const EVERY_SPECIAL = /["\\\u0000-\u001f]/g;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A string as a JSON literal; only what must be escaped is. */
export function quoteJson(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  return `"${text.replace(EVERY_SPECIAL, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}
