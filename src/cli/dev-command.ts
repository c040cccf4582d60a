/** `velocidb dev`: a server on this machine over a bucket, by default one in the current directory. */
import { configuredPassword } from '../host/password.ts';
import { DEFAULT_HTTP_PORT, DEFAULT_PG_PORT, serve, type Served } from '../host/serve.ts';
import { drainedOnSignal } from '../host/signals.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Arguments, Command } from './command.ts';
import { chosenUrl, masked, URL_OPTION } from './database-url.ts';
import { errorText } from './error-text.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { write, type Terminal } from './terminal.ts';

/** Where the bucket is when nobody says. */
const DEFAULT_URL = 'file:./.velocidb/bucket';
const PORT_MAX = 65_535;

export const devCommand: Command = {
  usage: '[options]',
  options: {
    url: { ...URL_OPTION, help: `the bucket (default: VELOCIDB_URL, then DATABASE_URL, then ${DEFAULT_URL})` },
    port: { type: 'string', short: 'p', value: 'N', help: `HTTP port; 0 takes a free one (default ${DEFAULT_HTTP_PORT})` },
    'pg-port': { type: 'string', value: 'N', help: `PostgreSQL port; 0 takes a free one (default ${DEFAULT_PG_PORT})` },
    host: {
      type: 'string',
      value: 'ADDRESS',
      help: 'address to listen on; others than this machine’s need a password (default 127.0.0.1)',
    },
    'password-file': { type: 'string', value: 'FILE', help: 'its first line is the password (or set VELOCIDB_PASSWORD)' },
    'statement-timeout': { type: 'string', value: 'MS', help: 'cancel statements that run longer' },
  },
  notes: 'SIGTERM or Ctrl-C drains: running statements finish, new ones are refused. A second one ends at once.',
  async run(args, terminal) {
    const { environment } = terminal;
    const url = chosenUrl(args.text('url'), environment) ?? DEFAULT_URL;
    const served = await serve({
      url,
      host: args.text('host') ?? environment['VELOCIDB_HOST'],
      httpPort: args.number('port', 0, PORT_MAX) ?? DEFAULT_HTTP_PORT,
      pgPort: args.number('pg-port', 0, PORT_MAX) ?? DEFAULT_PG_PORT,
      password: await configuredPassword(args.text('password-file'), environment),
      statementTimeoutMs: args.number('statement-timeout', 0, 2 ** 31 - 1),
      onInternalError: (error) => void write(terminal.errors, errorText(error)),
    }).catch((error: unknown) => {
      throw withPortHint(error);
    });
    return serveUntilSignal(served, url, args, terminal);
  },
};

async function serveUntilSignal(served: Served, url: string, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const ended = drainedOnSignal(served);
  await write(terminal.output, greeting(served, url, args.text('password-file') ?? terminal.environment['VELOCIDB_PASSWORD']));
  const signal = await ended;
  await write(terminal.errors, `${signal}: drained, goodbye\n`);
  return EXIT.ok;
}

function greeting({ httpUrl, pgUrl }: Served, url: string, guard: string | undefined): string {
  const password = guard === undefined ? '' : ':PASSWORD';
  const header = guard === undefined ? '' : ` -H 'Neon-Connection-String: postgresql://postgres:PASSWORD@localhost/postgres'`;
  return `VelociDB serves ${masked(url)}

  HTTP        ${httpUrl}/sql
  PostgreSQL  ${pgUrl}

Try:
  curl -s${header} -d '{"query":"select 1 + 1 as two"}' ${httpUrl}/sql
  psql ${pgUrl?.replace('@', `${password}@`)}

Ctrl-C ends.
`;
}

function withPortHint(error: unknown): unknown {
  if (!(error instanceof SqlError) || error.condition !== 'system_error' || error.hint !== undefined) return error;
  return new SqlError(error.condition, error.message, {
    hint: 'Choose others with --port and --pg-port; 0 takes a free one.',
    cause: error,
  });
}
