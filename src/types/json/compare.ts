/** jsonb's order, equality and containment (jsonb_util.c of PostgreSQL). */
import { compareNumeric, trimNumeric } from '../numeric/arithmetic.ts';
import { textOfNumeric } from '../numeric/print.ts';
import { compareText, utf8Length } from '../text/compare.ts';
import { Numeric, type Jsonb, type JsonNode } from '../value.ts';
import { quoteJson } from './print.ts';

/** Order of object keys within jsonb: by length in bytes, then by bytes. */
export function compareKeys(a: string, b: string): number {
  const lengths = utf8Length(a) - utf8Length(b);
  return lengths !== 0 ? lengths : compareText(a, b);
}

/** jsonb's B-tree order; an empty array at the top sorts below every scalar, as in PostgreSQL. */
export function compareJsonb(a: Jsonb, b: Jsonb): number {
  return emptyArray(b.root) - emptyArray(a.root) || compareNodes(a.root, b.root);
}

/** Whether two nodes are the same JSON value; numbers compare by value. */
function equalNodes(a: JsonNode, b: JsonNode): boolean {
  return compareNodes(a, b) === 0;
}

/** null < string < number < boolean < array < object; containers by size, then by their parts. */
function compareNodes(a: JsonNode, b: JsonNode): number {
  const kinds = rank(a) - rank(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'string') return compareText(a, b as string);
  if (a instanceof Numeric) return compareNumeric(a, b as Numeric);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (isArray(a)) return compareArrays(a, b as readonly JsonNode[]);
  if (isObject(a)) return compareObjects(a, b as ReadonlyMap<string, JsonNode>);
  return 0;
}

/** A text that equal values share and unequal ones do not. */
export function jsonHashText(node: JsonNode): string {
  if (node instanceof Numeric) return textOfNumeric(trimNumeric(node));
  if (typeof node === 'string') return quoteJson(node);
  if (isArray(node)) return `[${node.map(jsonHashText).join()}]`;
  if (isObject(node)) return `{${Array.from(node, ([key, value]) => `${quoteJson(key)}:${jsonHashText(value)}`).join()}}`;
  return String(node);
}

/** jsonb @>: whether `container` holds everything that `contained` shows. */
export function jsonContains(container: JsonNode, contained: JsonNode): boolean {
  if (isArray(container) && !isArray(contained) && !isObject(contained)) return container.some((item) => equalNodes(item, contained));
  return contains(container, contained);
}

export function isArray(node: JsonNode): node is readonly JsonNode[] {
  return Array.isArray(node);
}

export function isObject(node: JsonNode): node is ReadonlyMap<string, JsonNode> {
  return node instanceof Map;
}

function contains(container: JsonNode, contained: JsonNode): boolean {
  if (isObject(contained)) {
    if (!isObject(container)) return false;
    for (const [key, value] of contained) {
      const found = container.get(key);
      if (found === undefined || !contains(found, value)) return false;
    }
    return true;
  }
  if (isArray(contained)) {
    if (!isArray(container)) return false;
    return contained.every((wanted) =>
      container.some((item) => (isArray(wanted) || isObject(wanted) ? contains(item, wanted) : equalNodes(item, wanted))),
    );
  }
  return equalNodes(container, contained);
}

function compareArrays(a: readonly JsonNode[], b: readonly JsonNode[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let index = 0; index < a.length; index++) {
    const order = compareNodes(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareObjects(a: ReadonlyMap<string, JsonNode>, b: ReadonlyMap<string, JsonNode>): number {
  if (a.size !== b.size) return a.size - b.size;
  const others = b.entries();
  for (const [key, value] of a) {
    const [otherKey, otherValue] = others.next().value as [string, JsonNode];
    const order = compareText(key, otherKey) || compareNodes(value, otherValue);
    if (order !== 0) return order;
  }
  return 0;
}

function rank(node: JsonNode): number {
  if (node === null) return 0;
  if (typeof node === 'string') return 1;
  if (node instanceof Numeric) return 2;
  if (typeof node === 'boolean') return 3;
  return isArray(node) ? 4 : 5;
}

function emptyArray(node: JsonNode): number {
  return isArray(node) && node.length === 0 ? 1 : 0;
}
