import { SqlError } from '../../../base/sql-error.ts';
import { hexOf } from '../../../base/bytes.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { SqlArray } from '../../value.ts';
import { ARRAY, scalar, STABLE, VOLATILE } from '../define.ts';

const { bool, int4, name, text, uuid, oid } = OID;

/** Who and where we are: version, user, database, schemas, settings, and what PostgreSQL's processes would answer. */
export function sessionFunctions(): SqlFunction[] {
  const user = (context: EvaluationContext): string => context.userName;
  return [
    scalar('version', [], text, () => 'PostgreSQL 15.18 (VelociDB) on object storage, 64-bit', STABLE),
    scalar('current_database', [], name, (context) => context.databaseName, STABLE),
    scalar('current_catalog', [], name, (context) => context.databaseName, STABLE),
    ...['current_user', 'session_user', 'current_role', 'user', 'getpgusername'].map((called) => scalar(called, [], name, user, STABLE)),
    scalar('current_schema', [], name, (context) => existingSchemas(context)[0] ?? null, STABLE),
    scalar('current_schemas', [bool], ARRAY.name, (context, implicit: boolean) => new SqlArray(schemas(context, implicit)), STABLE),
    scalar('current_setting', [text], text, (context, setting: string) => settingOf(context, setting, false), STABLE),
    scalar(
      'current_setting',
      [text, bool],
      text,
      (context, setting: string, missingOk: boolean) => settingOf(context, setting, missingOk),
      STABLE,
    ),
    scalar('set_config', [text, text, bool], text, setConfig, { strict: false, volatility: 'volatile' }),
    scalar('current_query', [], text, (context) => context.catalog.describe('current_query', []) ?? null, {
      strict: false,
      volatility: 'volatile',
    }),
    scalar('gen_random_uuid', [], uuid, (context) => randomUuid(context), VOLATILE),
    scalar('pg_is_in_recovery', [], bool, () => false, VOLATILE),
    scalar('pg_jit_available', [], bool, () => false, VOLATILE),
    scalar('pg_trigger_depth', [], int4, () => 0, STABLE),
    scalar('pg_my_temp_schema', [], oid, () => 0, STABLE),
    scalar('pg_is_other_temp_schema', [oid], bool, () => false, STABLE),
    scalar(
      'pg_postmaster_start_time',
      [],
      OID.timestamptz,
      (context) => context.catalog.describe('pg_postmaster_start_time', []) ?? context.transactionTime,
      STABLE,
    ),
    scalar(
      'pg_conf_load_time',
      [],
      OID.timestamptz,
      (context) => context.catalog.describe('pg_conf_load_time', []) ?? context.transactionTime,
      STABLE,
    ),
    scalar('pg_client_encoding', [], name, () => 'UTF8', STABLE),
    scalar('getdatabaseencoding', [], name, () => 'UTF8', STABLE),
    scalar('pg_encoding_to_char', [int4], name, (_, encoding: number) => ENCODINGS[encoding] ?? '', STABLE),
    scalar(
      'pg_char_to_encoding',
      [name],
      int4,
      (_, encoding: string) => ENCODINGS.indexOf(encoding.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '')),
      STABLE,
    ),
  ];
}

/** PostgreSQL's encoding numbers (pg_wchar.h) as far as they have a name here. */
const ENCODINGS = [
  'SQL_ASCII',
  'EUC_JP',
  'EUC_CN',
  'EUC_KR',
  'EUC_TW',
  'EUC_JIS_2004',
  'UTF8',
  'MULE_INTERNAL',
  'LATIN1',
  'LATIN2',
  'LATIN3',
  'LATIN4',
  'LATIN5',
  'LATIN6',
  'LATIN7',
  'LATIN8',
  'LATIN9',
  'LATIN10',
];

/** The schemas of the search path that exist. */
function existingSchemas(context: EvaluationContext): string[] {
  return context.catalog.searchPath().filter((schema) => context.catalog.namespaceOid(schema) !== undefined);
}

function schemas(context: EvaluationContext, implicit: boolean): string[] {
  const path = existingSchemas(context);
  return implicit && !path.includes('pg_catalog') ? ['pg_catalog', ...path] : path;
}

function settingOf(context: EvaluationContext, setting: string, missingOk: boolean): string | null {
  const value = context.setting(setting);
  if (value !== undefined) return value;
  if (missingOk) return null;
  throw new SqlError('undefined_object', `unrecognized configuration parameter "${setting}"`);
}

function setConfig(context: EvaluationContext, setting: string | null, value: string | null, local: boolean | null): string {
  if (setting === null) throw new SqlError('null_value_not_allowed', 'SET requires parameter name');
  context.setSetting(setting, value ?? '', local ?? false);
  return context.setting(setting) ?? value ?? '';
}

/** Version 4 of RFC 9562. */
function randomUuid(context: EvaluationContext): string {
  const bytes = context.randomBytes(16).slice();
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = hexOf(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
