/** SET, RESET, SHOW. */
import type { Node, VariableSetStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { markIndependent } from './command.ts';
import { textField, type StatementScope } from './query.ts';
import { finished, type Running } from './running.ts';
import type { SqlSession } from './sql-session.ts';
import { transactionOptions } from './transaction-command.ts';

export function setVariable(session: SqlSession, scope: StatementScope, statement: VariableSetStmt): Running {
  markIndependent(scope);
  const name = statement.name ?? '';
  switch (statement.kind) {
    case 'VAR_RESET_ALL':
      session.settings.resetAll();
      return finished('RESET');
    case 'VAR_RESET':
      session.settings.reset(name);
      return finished('RESET');
    case 'VAR_SET_DEFAULT':
      session.settings.reset(name);
      return finished('SET');
    case 'VAR_SET_MULTI':
      setMany(session, statement);
      return finished('SET');
    default:
      set(
        session,
        name,
        (statement.args ?? []).map((node) => textOf(node, name)),
        statement.is_local === true,
      );
      return finished('SET');
  }
}

export function showVariable(session: SqlSession, scope: StatementScope, name: string): Running {
  markIndependent(scope);
  if (name === 'all') {
    return finished('SHOW', {
      fields: ['name', 'setting', 'description'].map(textField),
      rows: session.settings.all().map(([key, value]) => [key, value, '']),
    });
  }
  const mode = session.transactions.transactionMode();
  const value =
    name === 'transaction_isolation'
      ? mode.isolation
      : name === 'transaction_read_only'
        ? mode.readOnly
          ? 'on'
          : 'off'
        : session.settings.show(name);
  return finished('SHOW', { fields: [textField(name)], rows: [[value]] });
}

function set(session: SqlSession, name: string, values: readonly string[], local: boolean): void {
  if (name === 'transaction_isolation' || name === 'transaction_read_only') {
    const [value = ''] = values;
    session.transactions.setTransaction(
      name === 'transaction_isolation'
        ? { isolation: value === 'serializable' || value === 'repeatable read' ? value : 'read committed' }
        : { readOnly: value === 'on' },
    );
    return;
  }
  if (values.length > 1 && !LISTS.has(name)) throw new SqlError('invalid_parameter_value', `SET ${name} takes only one argument`);
  session.settings.set(name, name === 'search_path' ? values.map(quoteIdentifier).join(', ') : values.join(', '), local);
}

/** Settings that take a list. */
const LISTS: ReadonlySet<string> = new Set([
  'search_path',
  'datestyle',
  'temp_tablespaces',
  'session_preload_libraries',
  'local_preload_libraries',
]);

/** SET TRANSACTION …, SET SESSION CHARACTERISTICS AS TRANSACTION …. */
function setMany(session: SqlSession, statement: VariableSetStmt): void {
  const options = transactionOptions(statement.args);
  if (statement.name === 'TRANSACTION') session.transactions.setTransaction(options);
  else if (statement.name === 'SESSION CHARACTERISTICS') {
    if (options.isolation !== undefined) session.settings.set('default_transaction_isolation', options.isolation, false);
    if (options.readOnly !== undefined) session.settings.set('default_transaction_read_only', options.readOnly ? 'on' : 'off', false);
  } else throw new SqlError('feature_not_supported', `SET ${statement.name ?? ''} is not supported`);
}

function textOf(node: Node, name: string): string {
  if ('A_Const' in node) {
    const { sval, ival, fval, boolval } = node.A_Const;
    if (sval !== undefined) return sval.sval ?? '';
    if (fval !== undefined) return fval.fval ?? '';
    if (boolval !== undefined) return boolval.boolval === true ? 'on' : 'off';
    return String(ival?.ival ?? 0);
  }
  if ('TypeCast' in node && node.TypeCast.arg !== undefined) return intervalZone(textOf(node.TypeCast.arg, name));
  throw new SqlError('invalid_parameter_value', `invalid value for parameter "${name}"`);
}

/** SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE: PostgreSQL turns it into a POSIX zone of the opposite sign. */
function intervalZone(text: string): string {
  const match = /^([+-]?)(\d{1,2})(?::(\d{2}))?/.exec(text);
  if (match === null) return text;
  const sign = match[1] === '-' ? '+' : '-';
  return `<${match[1] === '-' ? '-' : '+'}${match[2].padStart(2, '0')}${match[3] === undefined || match[3] === '00' ? '' : `:${match[3]}`}>${sign}${match[2].padStart(2, '0')}${match[3] === undefined || match[3] === '00' ? '' : `:${match[3]}`}`;
}
