/** CURRENT_DATE and its relatives: keywords that are function calls. */
import type { SQLValueFunction } from '@pgsql/types';
import { assert } from '../base/assert.ts';
import { OID, type Oid } from '../types/oid.ts';
import { coerceExplicit } from './coerce.ts';
import type { Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { typeOf } from './typing.ts';

const TIMES: ReadonlyMap<string, Oid> = new Map<string, Oid>([
  ['SVFOP_CURRENT_DATE', OID.date],
  ['SVFOP_CURRENT_TIME', OID.timetz],
  ['SVFOP_CURRENT_TIME_N', OID.timetz],
  ['SVFOP_CURRENT_TIMESTAMP', OID.timestamptz],
  ['SVFOP_CURRENT_TIMESTAMP_N', OID.timestamptz],
  ['SVFOP_LOCALTIME', OID.time],
  ['SVFOP_LOCALTIME_N', OID.time],
  ['SVFOP_LOCALTIMESTAMP', OID.timestamp],
  ['SVFOP_LOCALTIMESTAMP_N', OID.timestamp],
]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ['SVFOP_CURRENT_ROLE', 'current_user'],
  ['SVFOP_CURRENT_USER', 'current_user'],
  ['SVFOP_USER', 'current_user'],
  ['SVFOP_SESSION_USER', 'session_user'],
  ['SVFOP_CURRENT_CATALOG', 'current_database'],
  ['SVFOP_CURRENT_SCHEMA', 'current_schema'],
]);

/** The keyword as a call of now(), current_user, current_database or current_schema. */
export function bindValueFunction(level: Level, node: SQLValueFunction): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const op = node.op ?? 'SVFOP_CURRENT_DATE';
  const time = TIMES.get(op);
  if (time === undefined) return binding.locate(plainCall(level, NAMES.get(op) ?? op), location);
  const modifier = op.endsWith('_N') ? Math.min(node.typmod ?? 0, 6) : -1;
  return binding.locate({ ...coerceExplicit(binding, plainCall(level, 'now'), { oid: time, modifier }, location) }, location);
}

/** A call of the argumentless function `name`, which the registry has. */
function plainCall(level: Level, name: string): Expression {
  const found = level.binding.sources.registry
    .functions(name)
    .find((candidate) => candidate.kind === 'scalar' && candidate.arguments.length === 0);
  assert(found !== undefined && found.kind === 'scalar', 'the registry has the function behind a keyword', { name });
  return { kind: 'call', function: found, args: [], type: typeOf(found.result) };
}
