import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SqlFunction } from '../../src/types/function.ts';
import { libraryFunctions } from '../../src/types/functions/library.ts';
import type { Oid } from '../../src/types/oid.ts';
import { typeDefinition } from '../../src/types/types.ts';

/** Names that PostgreSQL has as syntax, and calls here by name. */
const OWN = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_catalog',
  'current_role',
  'user',
]);
/** Functions whose PostgreSQL types (inet) do not exist here. */
const OTHER_TYPES = new Set(['inet_client_addr', 'inet_server_addr']);
/** Immutable in PostgreSQL although it reads the catalog: here stable, since plans are kept. */
const STABLE_HERE = new Set(['pg_partition_root']);
/** What clients ask of the catalogs: aclitem is text here, and information_schema's own function is listed elsewhere. */
const CATALOG_QUERIES = new Set([
  '_pg_expandarray',
  'acldefault',
  'pg_options_to_table',
  'pg_partition_ancestors',
  'pg_relation_is_publishable',
]);

/** `golden/pg_proc.tsv`: name, argument types, result, kind, volatility, strict, returns a set, number of defaults, as PostgreSQL 15 lists them. */
const listed = new Map<string, { result: string; kind: string; volatility: string; strict: boolean; set: boolean; defaults: number }>(
  readFileSync(join(import.meta.dirname, 'golden', 'pg_proc.tsv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, args, result, kind, volatility, strict, set, defaults] = line.split('\t');
      return [
        `${name}(${args})`,
        { result, kind, volatility, strict: strict === 't', set: set === 't', defaults: Number(defaults) },
      ] as const;
    }),
);

const typeName = (type: Oid): string => typeDefinition(type).name;
const signature = (candidate: SqlFunction): string => `${candidate.name}(${candidate.arguments.map(typeName).join(',')})`;
const ours = libraryFunctions().filter(
  (candidate) => ![OWN, OTHER_TYPES, STABLE_HERE, CATALOG_QUERIES].some((names) => names.has(candidate.name)),
);

describe('the library', () => {
  it('declares every signature once', () => {
    const seen = libraryFunctions().map(signature);
    expect(seen.filter((one, at) => seen.indexOf(one) !== at)).toEqual([]);
  });

  it('declares only signatures that PostgreSQL has', () => {
    expect(ours.map(signature).filter((one) => !listed.has(one))).toEqual([]);
  });

  it('gives every function the result type, kind, strictness, volatility and defaults PostgreSQL gives it', () => {
    const differing = ours.flatMap((candidate) => {
      const theirs = listed.get(signature(candidate));
      if (theirs === undefined) return [];
      const mine = {
        result: typeName(candidate.result),
        kind: candidate.kind === 'aggregate' ? 'a' : candidate.kind === 'window' ? 'w' : 'f',
        set: candidate.kind === 'set',
        defaults: candidate.defaults?.length ?? 0,
        ...(candidate.kind === 'scalar' || candidate.kind === 'set'
          ? { strict: candidate.strict, volatility: candidate.volatility[0] }
          : {}),
      };
      return Object.entries(mine)
        .filter(([key, value]) => Reflect.get(theirs, key) !== value)
        .map(([key, value]) => `${signature(candidate)} ${key}: ${String(value)} instead of ${String(Reflect.get(theirs, key))}`);
    });
    expect(differing).toEqual([]);
  });

  it('is made anew on every call', () => {
    expect(libraryFunctions()).not.toBe(libraryFunctions());
  });
});
