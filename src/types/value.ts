/**
 * The values of SQL in JavaScript. One canonical form per value, so that equal integers are `===`.
 *
 *   bool                       boolean
 *   int2 int4 oid reg*         number
 *   int8                       number while |v| <= 2^53 - 1, else bigint (always canonical: see `canonicalInt8`)
 *   float4 float8              number (float4 already rounded by Math.fround)
 *   numeric                    Numeric
 *   text varchar name char unknown json   string
 *   bpchar                     string, padded with spaces to its length
 *   bytea                      Uint8Array
 *   date                       number of days since 2000-01-01, ±Infinity for 'infinity'
 *   time                       number of microseconds since midnight
 *   timetz                     TimeTz
 *   timestamp timestamptz      microseconds since 2000-01-01 (UTC for timestamptz): as int8, ±Infinity for 'infinity'
 *   interval                   Interval
 *   uuid                       string, lower case, with hyphens
 *   jsonb                      Jsonb
 *   arrays                     SqlArray
 *   record, composite          SqlRecord
 *   NULL of any type           null
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Numeric | Interval | TimeTz | Jsonb | SqlArray | SqlRecord;

/** One tuple, positions as its schema says. */
export type Row = Value[];

/** The canonical form of an int8: a number when it is a safe integer. The caller has checked the 64-bit range. */
export function canonicalInt8(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/**
 * An exact decimal: `coefficient` × 10^-`scale`, with PostgreSQL's display scale (0 to 16383) kept and not compared.
 * `coefficient` is canonical as an int8 is: a number when safe, else a bigint of any size. 'nan' sorts above all.
 */
export class Numeric {
  readonly kind: 'finite' | 'nan' | 'infinity' | '-infinity';
  readonly coefficient: number | bigint;
  readonly scale: number;

  constructor(coefficient: number | bigint, scale: number, kind: Numeric['kind'] = 'finite') {
    this.coefficient = typeof coefficient === 'bigint' ? canonicalInt8(coefficient) : coefficient;
    this.scale = scale;
    this.kind = kind;
  }
}

/** PostgreSQL's interval: three parts that are never carried into each other. `microseconds` is canonical as an int8. */
export class Interval {
  readonly months: number;
  readonly days: number;
  readonly microseconds: number | bigint;

  constructor(months: number, days: number, microseconds: number | bigint) {
    this.months = months;
    this.days = days;
    this.microseconds = typeof microseconds === 'bigint' ? canonicalInt8(microseconds) : microseconds;
  }
}

/** time with time zone: microseconds since midnight, and seconds west of UTC (PostgreSQL's sign). */
export class TimeTz {
  readonly microseconds: number;
  readonly zoneSeconds: number;

  constructor(microseconds: number, zoneSeconds: number) {
    this.microseconds = microseconds;
    this.zoneSeconds = zoneSeconds;
  }
}

/** A JSON value without JavaScript's objects, so that no key is special. Numbers are exact. */
export type JsonNode = null | boolean | string | Numeric | readonly JsonNode[] | ReadonlyMap<string, JsonNode>;

/** A jsonb value. Object keys are unique and in PostgreSQL's order (length in bytes, then bytes). */
export class Jsonb {
  readonly root: JsonNode;

  constructor(root: JsonNode) {
    this.root = root;
  }
}

/** An array of one element type: `items` in row-major order, one length and one lower bound per dimension (none when empty). */
export class SqlArray {
  readonly items: readonly Value[];
  readonly lengths: readonly number[];
  readonly lowerBounds: readonly number[];

  constructor(
    items: readonly Value[],
    lengths: readonly number[] = items.length === 0 ? [] : [items.length],
    lowerBounds: readonly number[] = lengths.map(() => 1),
  ) {
    this.items = items;
    this.lengths = lengths;
    this.lowerBounds = lowerBounds;
  }
}

/** A row value. Field types are carried, since a bare record has no type that would tell them; `names` where the row comes from a table, else f1, f2 … */
export class SqlRecord {
  readonly fields: readonly Value[];
  readonly types: readonly number[];
  readonly names: readonly string[] | undefined;

  constructor(fields: readonly Value[], types: readonly number[], names?: readonly string[] | undefined) {
    this.fields = fields;
    this.types = types;
    this.names = names;
  }
}
