/** What the functions read from their environment, once. */
import { SqlError } from '../src/base/sql-error.ts';

export interface FunctionEnvironment {
  /** The database's URL: VELOCIDB_URL, then DATABASE_URL. */
  readonly url: string;
  /** Absent: whoever may invoke the function is let in (IAM decides). */
  readonly password: string | undefined;
  /** The maintenance function's name, to be invoked when the log's tail grows. */
  readonly maintenanceFunction: string | undefined;
  readonly statementTimeoutMs: number | undefined;
}

export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): FunctionEnvironment {
  const url = environment['VELOCIDB_URL'] ?? environment['DATABASE_URL'];
  if (url === undefined) throw new SqlError('connection_exception', 'VELOCIDB_URL is not set');
  const timeout = environment['VELOCIDB_STATEMENT_TIMEOUT_MS'];
  return {
    url,
    password: environment['VELOCIDB_PASSWORD'],
    maintenanceFunction: environment['VELOCIDB_MAINTENANCE_FUNCTION'],
    statementTimeoutMs: timeout === undefined ? undefined : Number(timeout),
  };
}
