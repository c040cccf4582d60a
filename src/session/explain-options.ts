import type { ExplainStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { OID, oid } from '../types/oid.ts';
import type { Field } from './session.ts';

export interface ExplainOptions {
  readonly analyze: boolean;
  readonly verbose: boolean;
  readonly costs: boolean;
  readonly timing: boolean;
  readonly summary: boolean;
  readonly json: boolean;
}

/** The column of an EXPLAIN that answers JSON, which drivers parse by its type. */
export const PLAN_AS_JSON: Field = { name: 'QUERY PLAN', type: { oid: OID.json, modifier: -1 }, table: oid(0), attribute: 0 };

/** What an EXPLAIN asks for. */
export function explainOptions(statement: ExplainStmt): ExplainOptions {
  const given = new Map<string, boolean>();
  let json = false;
  for (const node of statement.options ?? []) {
    if (!('DefElem' in node)) continue;
    const { defname = '', arg } = node.DefElem;
    if (defname === 'format') json = formatOf(arg !== undefined && 'String' in arg ? arg.String.sval : undefined) === 'json';
    else given.set(defname, arg === undefined || !('String' in arg) || arg.String.sval === 'on' || arg.String.sval === 'true');
  }
  const analyze = given.get('analyze') ?? false;
  return {
    analyze,
    verbose: given.get('verbose') ?? false,
    costs: given.get('costs') ?? true,
    timing: given.get('timing') ?? true,
    summary: given.get('summary') ?? analyze,
    json,
  };
}

function formatOf(name: string | undefined): 'text' | 'json' {
  if (name === 'text' || name === 'json') return name;
  if (name === 'xml' || name === 'yaml') throw new SqlError('feature_not_supported', `EXPLAIN format "${name}" is not supported`);
  throw new SqlError('invalid_parameter_value', `unrecognized value for EXPLAIN option "format": "${name ?? ''}"`);
}
