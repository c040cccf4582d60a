/** Rows as the objects that a program gets: one property for each column, in order. */
import { OID, type Oid } from '../types/oid.ts';
import type { Row } from '../types/value.ts';
import { clientValue, type ClientValue } from './client-values.ts';
import type { Field, Session } from './session.ts';

type ClientRow = Record<string, ClientValue>;

/** Types whose values a program gets as they are. */
const AS_THEY_ARE: ReadonlySet<Oid> = new Set([
  OID.bool,
  OID.int2,
  OID.int4,
  OID.int8,
  OID.float4,
  OID.float8,
  OID.oid,
  OID.bytea,
  OID.text,
  OID.varchar,
]);

/** How rows of one result become objects. Objects of one maker share their shape from the start, so that reading them is quick. */
export class ClientRows {
  readonly #names: readonly string[];
  readonly #types: readonly Oid[];
  readonly #isPlain: boolean;
  readonly #Shape: new () => ClientRow;

  constructor(fields: readonly Field[]) {
    this.#names = fields.map((field) => field.name);
    this.#types = fields.map((field) => field.type.oid);
    this.#isPlain = this.#types.every((type) => AS_THEY_ARE.has(type)) && !this.#names.includes('__proto__');
    this.#Shape = shape();
  }

  /** The object of a row. A column named `__proto__` is a property like any other. */
  make(session: Session, row: Row): ClientRow {
    if (this.#isPlain) return this.#plain(row as ClientValue[]);
    const made = new this.#Shape();
    for (let at = 0; at < this.#names.length; at++) {
      const name = this.#names[at];
      const value = clientValue(session, this.#types[at], row[at]);
      if (name === '__proto__') Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
      else made[name] = value;
    }
    return made;
  }

  /** Written out for the first columns: each place then stores under one name, which engines do at once. */
  #plain(row: readonly ClientValue[]): ClientRow {
    const made = new this.#Shape();
    const names = this.#names;
    const count = names.length;
    if (count > 0) made[names[0]] = row[0];
    if (count > 1) made[names[1]] = row[1];
    if (count > 2) made[names[2]] = row[2];
    if (count > 3) made[names[3]] = row[3];
    if (count > 4) made[names[4]] = row[4];
    if (count > 5) made[names[5]] = row[5];
    if (count > 6) made[names[6]] = row[6];
    if (count > 7) made[names[7]] = row[7];
    for (let at = 8; at < count; at++) made[names[at]] = row[at];
    return made;
  }
}

/** A constructor of empty plain objects, whose layout is its own. */
function shape(): new () => ClientRow {
  const Shape = function (): void {} as unknown as (new () => ClientRow) & { prototype: object };
  Shape.prototype = Object.prototype;
  return Shape;
}

const makers = new WeakMap<readonly Field[], ClientRows>();

/** The maker for results of these columns; remembered while the array lives. */
export function clientRowsOf(fields: readonly Field[]): ClientRows {
  const known = makers.get(fields);
  if (known !== undefined) return known;
  const maker = new ClientRows(fields);
  makers.set(fields, maker);
  return maker;
}
