/** From a KeyAccess to the keys and ranges it names, once the values are known. */
import { afterPrefix, compareBytes } from '../../base/bytes.ts';
import { encodeKeyPrefix } from '../../storage/key-codec.ts';
import type { Key, KeyRange, TreeSchema } from '../../storage/tree.ts';
import type { KeyAccess, KeyBound } from '../../planner/physical.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { SqlArray, type Row, type Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Evaluate, Scope } from '../expression/scope.ts';

/** Where to read: whole keys, or ranges; both in key order and without overlap. */
export type KeyTargets =
  | { readonly kind: 'points'; readonly keys: readonly Key[] }
  | { readonly kind: 'ranges'; readonly ranges: readonly KeyRange[] };

export type ResolveKeys = (row: Row, environment: Environment) => KeyTargets;

const NOTHING: KeyTargets = { kind: 'points', keys: [] };

/** Compiles an access over `tree`; its expressions read the scope's row or the frame. */
export function compileKeyAccess(access: KeyAccess, tree: TreeSchema, scope: Scope): ResolveKeys {
  const equals = access.equals.map((equality, part) => compileEquality(equality, columnType(tree, part), scope));
  const whole = tree.uniqueParts ?? tree.key.length;
  if (access.lower === undefined && access.upper === undefined && equals.every((equality) => equality.single !== undefined)) {
    const singles = equals.map((equality) => equality.single as Evaluate);
    const types = singles.map((_, part) => columnType(tree, part));
    const isPoint = singles.length === whole;
    return (row, environment) => {
      const values = new Array<Value>(singles.length);
      for (let at = 0; at < singles.length; at++) {
        const value = singles[at](row, environment);
        if (value === null || !fits(value, types[at])) return NOTHING;
        values[at] = value;
      }
      const prefix = encodeKeyPrefix(tree, values);
      return isPoint ? { kind: 'points', keys: [prefix] } : { kind: 'ranges', ranges: [{ from: prefix, to: afterPrefix(prefix) }] };
    };
  }
  const range = compileRange(access, tree, equals.length, scope);
  const isPoint = range === undefined && equals.length === whole;
  return (row, environment) => {
    let prefixes: Value[][] = [[]];
    for (const equality of equals) {
      const values = equality.all(row, environment);
      prefixes = prefixes.flatMap((prefix) => values.map((value) => [...prefix, value]));
      if (prefixes.length === 0) return NOTHING;
    }
    if (range !== undefined) {
      const ranges = prefixes.map((prefix) => range(prefix, row, environment)).filter((candidate) => candidate !== undefined);
      return { kind: 'ranges', ranges: inOrder(ranges) };
    }
    const keys = distinctKeys(prefixes.map((prefix) => encodeKeyPrefix(tree, prefix)));
    return isPoint ? { kind: 'points', keys } : { kind: 'ranges', ranges: keys.map((key) => ({ from: key, to: afterPrefix(key) })) };
  };
}

interface CompiledEquality {
  readonly single: Evaluate | undefined;
  /** The values wanted, nulls and impossible ones left out. */
  readonly all: (row: Row, environment: Environment) => readonly Value[];
}

function compileEquality(equality: KeyAccess['equals'][number], type: Oid, scope: Scope): CompiledEquality {
  const usable = (value: Value): boolean => value !== null && fits(value, type);
  switch (equality.kind) {
    case 'one': {
      const single = compile(equality.value, scope);
      return { single, all: (row, environment) => [single(row, environment)].filter(usable) };
    }
    case 'list': {
      const values = equality.values.map((value) => compile(value, scope));
      return { single: undefined, all: (row, environment) => values.map((value) => value(row, environment)).filter(usable) };
    }
    case 'any': {
      const array = compile(equality.array, scope);
      return {
        single: undefined,
        all: (row, environment) => {
          const items = array(row, environment);
          return items instanceof SqlArray ? items.items.filter(usable) : [];
        },
      };
    }
  }
}

type CompiledRange = (prefix: readonly Value[], row: Row, environment: Environment) => KeyRange | undefined;

/** Bounds on the part behind the equal ones. In a descending part, the smaller value has the greater key. */
function compileRange(access: KeyAccess, tree: TreeSchema, part: number, scope: Scope): CompiledRange | undefined {
  if (access.lower === undefined && access.upper === undefined) return undefined;
  const type = columnType(tree, part);
  const lower = compileBound(access.lower, scope);
  const upper = compileBound(access.upper, scope);
  const { descending } = tree.key[part];
  return (prefix, row, environment) => {
    const least = boundKey(lower, prefix, tree, type, row, environment, 'lower');
    const most = boundKey(upper, prefix, tree, type, row, environment, 'upper');
    if (least === 'nothing' || most === 'nothing') return undefined;
    const around = encodeKeyPrefix(tree, prefix);
    const first = descending ? most : least;
    const last = descending ? least : most;
    const from = first === undefined ? around : first.inclusive ? first.key : afterPrefix(first.key);
    const to =
      last === undefined ? (prefix.length === 0 ? undefined : afterPrefix(around)) : last.inclusive ? afterPrefix(last.key) : last.key;
    if (first !== undefined && from === undefined) return undefined;
    return { from: from?.length === 0 ? undefined : from, to };
  };
}

interface CompiledBound {
  readonly value: Evaluate;
  readonly inclusive: boolean;
}

function compileBound(bound: KeyBound | undefined, scope: Scope): CompiledBound | undefined {
  return bound === undefined ? undefined : { value: compile(bound.value, scope), inclusive: bound.inclusive };
}

function boundKey(
  bound: CompiledBound | undefined,
  prefix: readonly Value[],
  tree: TreeSchema,
  type: Oid,
  row: Row,
  environment: Environment,
  side: 'lower' | 'upper',
): { readonly key: Key; readonly inclusive: boolean } | undefined | 'nothing' {
  if (bound === undefined) return undefined;
  const value = bound.value(row, environment);
  if (value === null) return 'nothing';
  if (!fits(value, type)) return value < 0 === (side === 'lower') ? undefined : 'nothing';
  return { key: encodeKeyPrefix(tree, [...prefix, value]), inclusive: bound.inclusive };
}

/** Whether the key column's type can hold the value at all: integers of a wider type may not fit. */
export function fits(value: Value, type: Oid): value is Exclude<Value, null> {
  if (type === OID.int4) return typeof value === 'number' && value >= -2147483648 && value <= 2147483647;
  if (type === OID.int2) return typeof value === 'number' && value >= -32768 && value <= 32767;
  return value !== null;
}

function columnType(tree: TreeSchema, part: number): Oid {
  return tree.columns[tree.key[part].column].type.oid;
}

function distinctKeys(keys: Key[]): Key[] {
  keys.sort(compareBytes);
  return keys.filter((key, at) => at === 0 || compareBytes(key, keys[at - 1]) !== 0);
}

/** Ranges share their bounds' shape and differ in their prefixes, so equal starts are equal ranges. */
function inOrder(ranges: KeyRange[]): KeyRange[] {
  const empty = new Uint8Array(0);
  ranges.sort((a, b) => compareBytes(a.from ?? empty, b.from ?? empty));
  return ranges.filter((range, at) => at === 0 || compareBytes(range.from ?? empty, ranges[at - 1].from ?? empty) !== 0);
}
