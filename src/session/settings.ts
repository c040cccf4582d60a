/**
 * A session's settings (PostgreSQL's GUCs): known names with their defaults and rules, plus any `prefix.name` a client invents.
 * SET LOCAL lasts until the transaction ends, SET until RESET; a rolled back transaction takes its SETs with it.
 */
import { memoryBytes, memoryText } from '../base/memory-size.ts';
import { SqlError } from '../base/sql-error.ts';
import { findZone } from '../types/datetime/zone.ts';
import type { SettingFacts } from '../types/function.ts';

interface Definition {
  readonly value: string;
  /** Normalises a value or answers undefined when it is not allowed; absent: anything goes. */
  readonly check?: (value: string) => string | undefined;
  /** May only be shown. */
  readonly fixed?: boolean;
  /** Clients track it: ParameterStatus. */
  readonly reported?: boolean;
  /** As SHOW spells it, where that differs from the lower-case name. */
  readonly name?: string;
}

/** As in PostgreSQL. */
const WORK_MEMORY_MIN = 64 * 1024;

const boolean = (value: string): string | undefined => {
  const text = value.toLowerCase();
  if (text !== '' && ['on', 'true', 'yes', '1'].some((word) => word === text || (word.length > 1 && word.startsWith(text) && text !== 'o')))
    return 'on';
  if (
    text !== '' &&
    ['off', 'false', 'no', '0'].some((word) => word === text || (word.length > 1 && word.startsWith(text) && text !== 'o'))
  )
    return 'off';
  return undefined;
};
const oneOf =
  (...allowed: string[]) =>
  (value: string): string | undefined =>
    allowed.find((word) => word === value.toLowerCase());
const integer =
  (min: number, max: number) =>
  (value: string): string | undefined =>
    /^\s*-?\d+\s*$/.test(value) && Number(value) >= min && Number(value) <= max ? String(Number(value)) : undefined;
const duration = (value: string): string | undefined => {
  const ms = durationMs(value);
  return ms === undefined || ms < 0 ? undefined : durationText(ms);
};
const memory = (value: string): string | undefined => {
  const bytes = memoryBytes(value);
  return bytes === undefined || bytes < WORK_MEMORY_MIN ? undefined : memoryText(bytes);
};
/** `auto`: as many as the machine has cores, within reason. */
const threads = (value: string): string | undefined => (value.toLowerCase() === 'auto' ? 'auto' : integer(1, 64)(value));
const isolation = oneOf('serializable', 'repeatable read', 'read committed', 'read uncommitted');

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  server_version: { value: '15.18', fixed: true, reported: true },
  server_version_num: { value: '150018', fixed: true },
  server_encoding: { value: 'UTF8', fixed: true, reported: true },
  client_encoding: { value: 'UTF8', reported: true, check: (value) => (/^(utf-?8|unicode|sql_ascii)$/i.test(value) ? 'UTF8' : undefined) },
  integer_datetimes: { value: 'on', fixed: true, reported: true },
  standard_conforming_strings: { value: 'on', reported: true, check: (value) => (boolean(value) === 'on' ? 'on' : undefined) },
  is_superuser: { value: 'on', fixed: true, reported: true },
  session_authorization: { value: 'postgres', reported: true },
  in_hot_standby: { value: 'off', fixed: true, reported: true },
  default_transaction_read_only: { value: 'off', reported: true, check: boolean },
  default_transaction_isolation: { value: 'serializable', check: isolation },
  default_transaction_deferrable: { value: 'off', check: boolean },
  transaction_isolation: { value: 'serializable', check: isolation },
  transaction_read_only: { value: 'off', check: boolean },
  transaction_deferrable: { value: 'off', check: boolean },
  timezone: { value: 'UTC', name: 'TimeZone', reported: true, check: timeZone },
  datestyle: { value: 'ISO, MDY', name: 'DateStyle', reported: true, check: dateStyle },
  intervalstyle: {
    value: 'postgres',
    name: 'IntervalStyle',
    reported: true,
    check: oneOf('postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'),
  },
  application_name: { value: '', reported: true },
  search_path: { value: '"$user", public' },
  bytea_output: { value: 'hex', check: oneOf('hex', 'escape') },
  extra_float_digits: { value: '1', check: integer(-15, 3) },
  statement_timeout: { value: '0', check: duration },
  lock_timeout: { value: '0', check: duration },
  idle_in_transaction_session_timeout: { value: '0', check: duration },
  idle_session_timeout: { value: '0', check: duration },
  client_min_messages: {
    value: 'notice',
    check: oneOf('debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'notice', 'warning', 'error'),
  },
  row_security: { value: 'on', check: boolean },
  check_function_bodies: { value: 'on', check: boolean },
  default_table_access_method: { value: 'heap' },
  default_tablespace: { value: '' },
  xmloption: { value: 'content', check: oneOf('content', 'document') },
  max_identifier_length: { value: '63', fixed: true },
  max_index_keys: { value: '32', fixed: true },
  block_size: { value: '8192', fixed: true },
  synchronous_commit: { value: 'on' },
  work_mem: { value: '256MB', check: memory },
  temp_file_limit: { value: '-1', check: (value) => (value === '-1' ? value : memory(value)) },
  jit: { value: 'off', check: boolean },
  lc_collate: { value: 'C', fixed: true },
  lc_ctype: { value: 'C', fixed: true },
  lc_messages: { value: 'C' },
  lc_monetary: { value: 'C' },
  lc_numeric: { value: 'C' },
  lc_time: { value: 'C' },
  role: { value: 'none' },
  escape_string_warning: { value: 'on', check: boolean },
  array_nulls: { value: 'on', check: boolean },
  quote_all_identifiers: { value: 'off', check: boolean },
  enable_seqscan: { value: 'on', check: boolean },
  enable_indexscan: { value: 'on', check: boolean },
  enable_hashjoin: { value: 'on', check: boolean },
  enable_mergejoin: { value: 'on', check: boolean },
  enable_nestloop: { value: 'on', check: boolean },
  enable_sort: { value: 'on', check: boolean },
  enable_hashagg: { value: 'on', check: boolean },
  max_parallel_workers_per_gather: { value: '2' },
  default_with_oids: { value: 'off', check: boolean },
  synchronize_seqscans: { value: 'on', check: boolean },
  transform_null_equals: { value: 'off', check: boolean },
  gin_fuzzy_search_limit: { value: '0' },
  log_statement: { value: 'none' },
  log_min_messages: { value: 'warning' },
  'velocidb.consistency': { value: 'linearizable' },
  'velocidb.fast_path': { value: 'on', check: boolean },
  'velocidb.threads': { value: 'auto', check: threads },
  'velocidb.executor': { value: 'auto', check: oneOf('auto', 'rows', 'vectors') },
};

/** Settings at some moment, to go back to. */
export type SettingsSnapshot = ReadonlyMap<string, string>;

export class Settings {
  /** What RESET returns to: the defaults, and what the connection asked for. */
  readonly #initial = new Map<string, string>();
  /** Never changed in place: a snapshot is this map itself. */
  #values: ReadonlyMap<string, string> = new Map();
  /** Values to restore when the transaction ends. */
  #local = new Map<string, string | undefined>();
  /** Grows with every change. */
  version = 0;
  readonly #onReported: (name: string, value: string) => void;

  constructor(given: Readonly<Record<string, string>>, onReported: (name: string, value: string) => void) {
    this.#onReported = onReported;
    for (const [name, value] of Object.entries(given)) {
      const key = name.toLowerCase();
      if (DEFINITIONS[key] === undefined && !key.includes('.')) throw unrecognized(name);
      if (DEFINITIONS[key]?.fixed === true) throw new SqlError('cant_change_runtime_param', `parameter "${name}" cannot be changed`);
      this.#initial.set(key, this.#checked(key, value));
    }
    this.#values = new Map(this.#initial);
  }

  /** The value, or undefined for a name nobody knows. */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    return this.#values.get(key) ?? DEFINITIONS[key]?.value;
  }

  /** 42704 for an unknown name. */
  show(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw unrecognized(name);
    return value;
  }

  /** Every setting and its value, by name, as SHOW ALL lists them. */
  all(): readonly (readonly [string, string])[] {
    const names = new Set([...Object.keys(DEFINITIONS), ...this.#values.keys()]);
    return [...names].toSorted().map((key) => [DEFINITIONS[key]?.name ?? key, this.show(key)] as const);
  }

  /** Every setting with its default, as pg_settings lists it. */
  facts(): readonly SettingFacts[] {
    return this.all().map(([name, value]) => {
      const definition = DEFINITIONS[name.toLowerCase()];
      return {
        name,
        value,
        initial: this.#initial.get(name.toLowerCase()) ?? definition?.value ?? value,
        fixed: definition?.fixed === true,
      };
    });
  }

  /** SET [LOCAL]. Errors: 42704 unknown, 22023 for a bad value, 55P02 for a fixed setting. */
  set(name: string, value: string, local: boolean): void {
    const key = name.toLowerCase();
    if (DEFINITIONS[key] === undefined && !key.includes('.')) throw unrecognized(name);
    if (DEFINITIONS[key]?.fixed === true) throw new SqlError('cant_change_runtime_param', `parameter "${name}" cannot be changed`);
    const checked = this.#checked(key, value);
    if (local && !this.#local.has(key)) this.#local.set(key, this.#values.get(key));
    if (!local) this.#local.delete(key);
    this.#change(key, checked);
  }

  reset(name: string): void {
    const key = name.toLowerCase();
    if (DEFINITIONS[key] === undefined && !this.#values.has(key)) throw unrecognized(name);
    this.#change(key, this.#initial.get(key));
  }

  resetAll(): void {
    for (const key of [...this.#values.keys()]) this.#change(key, this.#initial.get(key));
  }

  /** What a transaction or savepoint may have to restore. */
  snapshot(): SettingsSnapshot {
    return this.#values;
  }

  restore(snapshot: SettingsSnapshot): void {
    if (snapshot === this.#values) return;
    for (const key of new Set([...this.#values.keys(), ...snapshot.keys()])) {
      if (this.#values.get(key) !== snapshot.get(key)) this.#change(key, snapshot.get(key));
    }
  }

  /** SET LOCAL ends with its transaction. */
  endTransaction(): void {
    for (const [key, value] of this.#local) this.#change(key, value);
    this.#local.clear();
  }

  /** Values that clients are told about at the start of a connection. */
  reported(): readonly (readonly [string, string])[] {
    return Object.entries(DEFINITIONS)
      .filter(([, definition]) => definition.reported)
      .map(([key, definition]) => [definition.name ?? key, this.show(key)] as const);
  }

  #checked(key: string, value: string): string {
    const definition = DEFINITIONS[key];
    const checked = definition?.check === undefined ? value : definition.check(value.trim());
    if (checked === undefined)
      throw new SqlError('invalid_parameter_value', `invalid value for parameter "${definition?.name ?? key}": "${value}"`);
    return checked;
  }

  #change(key: string, value: string | undefined): void {
    const changed = new Map(this.#values);
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
    this.#values = changed;
    this.version++;
    const definition = DEFINITIONS[key];
    if (definition?.reported === true) this.#onReported(definition.name ?? key, this.show(key));
  }
}

/** Milliseconds of a duration setting (`500`, `2s`, `1min`); undefined when it is none. */
export function durationMs(value: string): number | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value);
  if (match === null) return undefined;
  const unit = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'ms'] ?? 1;
  return Math.round(Number(match[1]) * unit);
}

function durationText(ms: number): string {
  if (ms === 0) return '0';
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const) {
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** A zone's name, or hours east of Greenwich as the POSIX zone PostgreSQL makes of them: 5.5 is `<+05:30>-05:30`. */
function timeZone(value: string): string | undefined {
  const hours = /^[+-]?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (hours === undefined) return findZone(value) === undefined ? undefined : value;
  const minutes = Math.round(Math.abs(hours) * 60);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}${minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`}`;
  const zone = hours < 0 ? `<-${clock}>+${clock}` : `<+${clock}>-${clock}`;
  return findZone(zone) === undefined ? undefined : zone;
}

/** `ISO`, `SQL, DMY`, `German`: the parts given replace those of the default. */
function dateStyle(value: string): string | undefined {
  let format = 'ISO';
  let order = 'MDY';
  for (const part of value.split(',').map((word) => word.trim().toLowerCase())) {
    if (part === 'iso') format = 'ISO';
    else if (part === 'sql') format = 'SQL';
    else if (part === 'postgres' || part === 'postgresql') format = 'Postgres';
    else if (part === 'german') [format, order] = ['German', 'DMY'];
    else if (part === 'mdy' || part === 'us' || part === 'noneuro' || part === 'noneuropean') order = 'MDY';
    else if (part === 'dmy' || part === 'euro' || part === 'european') order = 'DMY';
    else if (part === 'ymd') order = 'YMD';
    else if (part !== 'default') return undefined;
  }
  return `${format}, ${order}`;
}

function unrecognized(name: string): SqlError {
  return new SqlError('undefined_object', `unrecognized configuration parameter "${name}"`);
}
