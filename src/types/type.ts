import type { CatalogFunctions } from './function.ts';
import type { Oid } from './oid.ts';
import type { Value } from './value.ts';

/** A type as a column or expression has it: its OID and PostgreSQL's typmod (-1 = none; varchar(n): n + 4; numeric(p,s): ((p << 16) | s) + 4). */
export interface SqlType {
  readonly oid: Oid;
  readonly modifier: number;
}

/** PostgreSQL's typcategory. */
export type TypeCategory = 'A' | 'B' | 'C' | 'D' | 'E' | 'G' | 'I' | 'N' | 'P' | 'R' | 'S' | 'T' | 'U' | 'V' | 'X' | 'Z';

/**
 * How storage holds a value of the type, and with it the form a stored value takes:
 * bool boolean · int32 number · int64 number or bigint · float32, float64 number · numeric Numeric · text string · bytes Uint8Array.
 */
export type Physical = 'bool' | 'int32' | 'int64' | 'float32' | 'float64' | 'numeric' | 'text' | 'bytes';

/** One SQL type: everything that depends on nothing but the type. Strings follow PostgreSQL's text format to the character. */
export interface TypeDefinition {
  readonly oid: Oid;
  /** pg_type.typname, e.g. `int4`. */
  readonly name: string;
  /** What format_type prints without a modifier, e.g. `integer`. */
  readonly displayName: string;
  readonly category: TypeCategory;
  /** Whether it is its category's preferred type. */
  readonly preferred: boolean;
  /** pg_type.typlen: bytes, -1 for variable length, -2 for cstring. */
  readonly length: number;
  /** The array type over it, 0 when there is none. */
  readonly arrayOid: Oid;
  /** For an array type its element, else 0. */
  readonly elementOid: Oid;
  readonly physical: Physical;
  /** From text; SQLSTATE 22P02, 22007, 22008 or 22003 with PostgreSQL's message when it does not parse. Applies `modifier`. */
  input(text: string, context: TypeContext, modifier: number): Value;
  /** To text, never called with null. */
  output(value: Value, context: TypeContext): string;
  /** The B-tree order of two non-null values; undefined for types without an order (json). */
  compare: ((a: Value, b: Value) => number) | undefined;
  /** A primitive equal for exactly the values that `=` finds equal, to be used as a Map key. Non-null in. */
  hashKey(value: Value): string | number | bigint | boolean;
  /** To and from the stored form; absent where the value is its own stored form. */
  readonly store?: ((value: Value) => StoredValue) | undefined;
  readonly load?: ((stored: StoredValue) => Value) | undefined;
  /**
   * Bytes whose memcmp order is `compare`'s and which are equal exactly when `compare` says 0, for ordered types whose stored form
   * does not order so by itself (interval, timetz, jsonb, arrays, record, and bpchar without its blanks if it wishes). Storage
   * keys are made of it. Absent where the stored form's natural order (numbers, text as UTF-8, bytes) is the type's.
   */
  readonly sortKey?: ((value: Value) => Uint8Array) | undefined;
}

/** The forms in which storage holds a non-null value: see `Physical`. */
export type StoredValue = Exclude<Value, null>;

/** What text conversion depends on: settings of the session. */
export interface TypeContext {
  /** An IANA zone name or a POSIX-style offset, as SET TIME ZONE left it. */
  readonly timeZone: string;
  readonly dateStyle: { readonly format: 'ISO' | 'SQL' | 'POSTGRES' | 'GERMAN'; readonly order: 'MDY' | 'DMY' | 'YMD' };
  readonly intervalStyle: 'postgres' | 'postgres_verbose' | 'sql_standard' | 'iso_8601';
  readonly byteaOutput: 'hex' | 'escape';
  readonly extraFloatDigits: number;
  /** timestamptz microseconds that `now`, `today` … mean in input; absent where no clock may be read. */
  readonly transactionTime?: number | undefined;
  /** What regclass, regtype … resolve names by; absent where there is no catalog: then only OIDs are read and printed. */
  readonly catalog?: CatalogFunctions | undefined;
}
