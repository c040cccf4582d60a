/**
 * Keys: one byte string for the key columns of a row, so that every comparison below SQL is a memcmp.
 *
 *     row (7, 'ab')  key (a, b desc)   ->   02 80000007 | 02 9e9dff
 *
 * Invariants
 *   K3  The key of a row is a function of its tree's schema and its key columns alone.
 *   K4  The keys of all rows that agree in the leading parts are exactly `prefixRange(encodeKeyPrefix(…))`.
 *   K5  A unique tree's key stops after `uniqueParts` parts when none of them is null (equal rows collide), else it goes on.
 */
import { assert } from '../base/assert.ts';
import { afterPrefix } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import { OID } from '../types/oid.ts';
import { Numeric, type Row, type Value } from '../types/value.ts';
import { columnForm } from './column-form.ts';
import { KeyWriter, NULL_FIRST, NULL_LAST, PRESENT } from './key-writer.ts';
import type { Key, KeyPart, KeyRange, TreeColumn, TreeSchema } from './tree.ts';

/** The memcomparable key of a whole row. Throws SQLSTATE 54000 past LIMITS.keyBytesMax. */
export function encodeKey(schema: TreeSchema, row: Row): Key {
  writeKey(planOf(schema), row);
  return taken();
}

function writeKey(plan: KeyPlan, row: Row): void {
  writer.reset();
  let count = plan.parts.length;
  for (let at = 0; at < count; at++) {
    const part = plan.parts[at];
    part.write(row[part.column]);
    if (at + 1 === plan.uniqueParts && !anyNull(plan, row)) count = plan.uniqueParts;
  }
}

/** What every key with these values in its leading parts begins with. */
export function encodeKeyPrefix(schema: TreeSchema, values: readonly Value[]): Key {
  const plan = planOf(schema);
  assert(values.length <= plan.parts.length, 'a prefix has no more values than the key has parts', { values: values.length });
  writer.reset();
  for (let at = 0; at < values.length; at++) plan.parts[at].write(values[at]);
  return taken();
}

/** Makes the keys of one tree in place: what it answers is good until it is asked again. */
export class KeyMaker {
  readonly #plan: KeyPlan;
  /** By length, so that keys of a length share their array. */
  readonly #keys: Uint8Array[] = [];

  constructor(schema: TreeSchema) {
    this.#plan = planOf(schema);
  }

  /** `encodeKeyPrefix` of these values. */
  prefix(values: readonly Value[]): Key {
    const { parts } = this.#plan;
    writer.reset();
    for (let at = 0; at < values.length; at++) parts[at].write(values[at]);
    return this.#taken();
  }

  /** `encodeKey` of a row. */
  key(row: Row): Key {
    writeKey(this.#plan, row);
    return this.#taken();
  }

  #taken(): Key {
    const { length } = writer;
    if (length > KEPT_BYTES_MAX) return taken();
    const key = (this.#keys[length] ??= new Uint8Array(length));
    writer.copyTo(key);
    return key;
  }
}

/** Longer keys get an array of their own. */
const KEPT_BYTES_MAX = 64;

/** All keys that begin with `prefix`. */
export function prefixRange(prefix: Key): KeyRange {
  return { from: prefix, to: afterPrefix(prefix) };
}

/** The least key greater than `key`. */
export function afterKey(key: Key): Key {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}

/** Whether the key of `row` goes on past the unique parts of its tree (or has none), and so ends with the row id if there is one. */
export function isWholeKey(schema: TreeSchema, row: Row): boolean {
  const plan = planOf(schema);
  return plan.uniqueParts === plan.parts.length || plan.uniqueParts === 0 || anyNull(plan, row);
}

interface PartPlan {
  readonly column: number;
  write(value: Value): void;
}

interface KeyPlan {
  readonly parts: readonly PartPlan[];
  /** 0 when the key always has every part. */
  readonly uniqueParts: number;
}

const plans = new WeakMap<TreeSchema, KeyPlan>();
const writer = new KeyWriter();

function planOf(schema: TreeSchema): KeyPlan {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan: KeyPlan = {
    parts: schema.key.map((part) => partPlan(part, schema.columns[part.column])),
    uniqueParts: schema.uniqueParts ?? 0,
  };
  plans.set(schema, plan);
  return plan;
}

function anyNull(plan: KeyPlan, row: Row): boolean {
  for (let at = 0; at < plan.uniqueParts; at++) if (row[plan.parts[at].column] === null) return true;
  return false;
}

function taken(): Key {
  if (writer.length > LIMITS.keyBytesMax) {
    throw new SqlError('program_limit_exceeded', `index row size ${writer.length} exceeds maximum ${LIMITS.keyBytesMax}`, {
      hint: 'Values larger than the maximum cannot be indexed. Consider an index on an MD5 hash of the value.',
    });
  }
  return writer.take();
}

function partPlan(part: KeyPart, column: TreeColumn): PartPlan {
  const payload = payloadWriter(column);
  const nullMarker = part.nullsFirst ? NULL_FIRST : NULL_LAST;
  const descending = part.descending;
  return {
    column: part.column,
    write(value: Value): void {
      if (value === null) {
        writer.byte(nullMarker);
        return;
      }
      writer.byte(PRESENT);
      const from = writer.length;
      payload(value);
      if (descending) writer.invertFrom(from);
    },
  };
}

/** Writes a non-null value of the column's type; asserts that the value has the form its type promises. */
function payloadWriter(column: TreeColumn): (value: Value) => void {
  const { definition, physical, store } = columnForm(column.type);
  const sortKey = definition.sortKey;
  if (sortKey !== undefined) return (value) => writer.bytes(sortKey(value));
  if (definition.compare === undefined) {
    throw new SqlError('undefined_object', `data type ${definition.displayName} has no default operator class for access method "btree"`);
  }
  if (column.type.oid === OID.bpchar) return (value) => writer.text(trimmed(text(value)));
  const write = plainWriter(physical);
  return store === undefined ? write : (value) => write(store(value));
}

function plainWriter(physical: string): (value: Value) => void {
  switch (physical) {
    case 'bool':
      return (value) => writer.byte(value === true ? 1 : 0);
    case 'int32':
      return (value) => writer.int32(number(value));
    case 'int64':
      return (value) => writer.int64(typeof value === 'bigint' ? value : number(value));
    case 'float32':
      return (value) => writer.float32(number(value));
    case 'float64':
      return (value) => writer.float64(number(value));
    case 'numeric':
      return (value) => {
        assert(value instanceof Numeric, 'a numeric key value is a Numeric');
        writer.numeric(value);
      };
    case 'text':
      return (value) => writer.text(text(value));
    default:
      return (value) => {
        assert(value instanceof Uint8Array, 'a bytes key value is bytes');
        writer.bytes(value);
      };
  }
}

function number(value: Value): number {
  assert(typeof value === 'number', 'a numeric key value is a number', { value });
  return value;
}

function text(value: Value): string {
  assert(typeof value === 'string', 'a text key value is a string', { value });
  return value;
}

function trimmed(value: string): string {
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === 0x20) end--;
  return end === value.length ? value : value.slice(0, end);
}
