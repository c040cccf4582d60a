import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import { Jsonb } from '../../value.ts';
import { scalar, setReturning } from '../define.ts';

const { bool, json, jsonb, jsonpath, record, anyelement } = OID;

/** JSON functions that PostgreSQL has and this database refuses with SQLSTATE 0A000: SQL/JSON paths, and records out of JSON. */
export function jsonRefusedFunctions(): SqlFunction[] {
  const refuse = (name: string) => (): never => {
    throw new SqlError('feature_not_supported', `${name}() is not supported`);
  };
  const noVariables = new Jsonb(new Map());
  const path = [jsonb, jsonpath, jsonb, bool];
  const defaults = [noVariables, false];
  const ofPath = (name: string, result: Oid): SqlFunction[] => [
    scalar(name, path, result, refuse(name), { defaults }),
    scalar(`${name}_tz`, path, result, refuse(`${name}_tz`), { defaults, volatility: 'stable' }),
  ];
  const nullable = { strict: false, volatility: 'stable' } as const;
  return [
    ...ofPath('jsonb_path_exists', bool),
    ...ofPath('jsonb_path_match', bool),
    ...ofPath('jsonb_path_query_array', jsonb),
    ...ofPath('jsonb_path_query_first', jsonb),
    setReturning('jsonb_path_query', path, jsonb, refuse('jsonb_path_query'), { defaults }),
    setReturning('jsonb_path_query_tz', path, jsonb, refuse('jsonb_path_query_tz'), { defaults, volatility: 'stable' }),
    scalar('json_populate_record', [anyelement, json, bool], anyelement, refuse('json_populate_record'), {
      ...nullable,
      defaults: [false],
    }),
    setReturning('json_populate_recordset', [anyelement, json, bool], anyelement, refuse('json_populate_recordset'), {
      ...nullable,
      defaults: [false],
    }),
    scalar('jsonb_populate_record', [anyelement, jsonb], anyelement, refuse('jsonb_populate_record'), nullable),
    setReturning('jsonb_populate_recordset', [anyelement, jsonb], anyelement, refuse('jsonb_populate_recordset'), nullable),
    scalar('json_to_record', [json], record, refuse('json_to_record'), { volatility: 'stable' }),
    scalar('jsonb_to_record', [jsonb], record, refuse('jsonb_to_record'), { volatility: 'stable' }),
    setReturning('json_to_recordset', [json], record, refuse('json_to_recordset'), nullable),
    setReturning('jsonb_to_recordset', [jsonb], record, refuse('jsonb_to_recordset'), nullable),
  ];
}
