/** What the functions read from their environment, once. */
import { SqlError } from '../src/base/sql-error.ts';
import { diskCacheOf, type DiskCacheOptions } from '../src/platform/disk-cache.ts';

export interface FunctionEnvironment {
  /** The database's URL: VELOCIDB_URL, then DATABASE_URL. */
  readonly url: string;
  /** The password, or the ARN of the secret that holds it. Neither: whoever may invoke the function is let in (IAM decides). */
  readonly password: string | undefined;
  readonly passwordSecret: string | undefined;
  /** The maintenance function's name, to be invoked when the log's tail grows. */
  readonly maintenanceFunction: string | undefined;
  readonly statementTimeoutMs: number | undefined;
  /** Where copies of pages lie; on Lambda 256 MB of /tmp, which outlives an invocation as memory does, unless the environment says otherwise. */
  readonly diskCache: DiskCacheOptions | 'off' | undefined;
}

const LAMBDA_DISK_CACHE: DiskCacheOptions = { path: '/tmp/velocidb', bytesMax: 256 * 1024 * 1024 };

/** SQLSTATE 08000 without a URL, 22023 for a timeout that is no number of milliseconds. */
export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): FunctionEnvironment {
  const url = environment['VELOCIDB_URL'] ?? environment['DATABASE_URL'];
  if (url === undefined) throw new SqlError('connection_exception', 'VELOCIDB_URL is not set');
  const timeout = environment['VELOCIDB_STATEMENT_TIMEOUT_MS'];
  if (timeout !== undefined && !/^[0-9]{1,9}$/.test(timeout))
    throw new SqlError('invalid_parameter_value', 'VELOCIDB_STATEMENT_TIMEOUT_MS is a number of milliseconds');
  return {
    url,
    password: nonEmpty(environment['VELOCIDB_PASSWORD'], 'VELOCIDB_PASSWORD'),
    passwordSecret: nonEmpty(environment['VELOCIDB_PASSWORD_SECRET'], 'VELOCIDB_PASSWORD_SECRET'),
    maintenanceFunction: environment['VELOCIDB_MAINTENANCE_FUNCTION'],
    statementTimeoutMs: timeout === undefined ? undefined : Number(timeout),
    diskCache: diskCacheOf(environment) ?? (environment['AWS_LAMBDA_FUNCTION_NAME'] === undefined ? undefined : LAMBDA_DISK_CACHE),
  };
}

/** An empty password is a mistake in a deployment, and must not open the door. */
function nonEmpty(value: string | undefined, name: string): string | undefined {
  if (value === '') throw new SqlError('invalid_parameter_value', `${name} is empty`);
  return value;
}
