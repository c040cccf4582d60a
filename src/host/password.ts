/**
 * The one password of a host, kept as a SCRAM verifier: the plain text is forgotten once it is derived.
 *
 * There are no roles with passwords of their own yet: whoever knows the password may use any user name.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import type { PasswordCheck } from '../http/authorization.ts';
import type { PasswordLookup } from '../wire/authentication.ts';
import { sameBytes, scramVerifier, type ScramVerifier } from '../wire/scram.ts';

export interface HostPassword {
  /** For the PostgreSQL port: SCRAM-SHA-256. */
  readonly wire: PasswordLookup;
  /** For HTTP, where the password comes along with each request. */
  readonly http: PasswordCheck;
}

/** Derives what both doors need of `password`. */
export async function hostPassword(runtime: Runtime, password: string): Promise<HostPassword> {
  const verifier = await scramVerifier(runtime, password);
  return {
    wire: { method: 'scram-sha-256', verifier: () => verifier, mockSecret: runtime.random.bytes(32) },
    http: rememberingCheck((given) => matches(runtime, verifier, given)),
  };
}

/** A password from a file's first line, or from VELOCIDB_PASSWORD; undefined when neither is there. An empty one is SQLSTATE 22023. */
export async function configuredPassword(
  file: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const password = file === undefined ? environment['VELOCIDB_PASSWORD'] : firstLine(await readFile(file, 'utf8'));
  if (password === '')
    throw new SqlError('invalid_parameter_value', file === undefined ? 'VELOCIDB_PASSWORD is empty' : 'the password file is empty');
  return password;
}

/** Deriving a key is slow on purpose, and HTTP brings the password with every request: the last right one is remembered, as a keyed hash. */
function rememberingCheck(check: (password: string) => Promise<boolean>): PasswordCheck {
  const key = randomBytes(32);
  let remembered: Buffer | undefined;
  return async (_user, password) => {
    const hash = createHmac('sha256', key).update(password).digest();
    if (remembered !== undefined && timingSafeEqual(hash, remembered)) return true;
    if (!(await check(password))) return false;
    remembered = hash;
    return true;
  };
}

async function matches(runtime: Runtime, verifier: ScramVerifier, password: string): Promise<boolean> {
  const given = await scramVerifier(runtime, password, verifier.salt, verifier.iterations);
  return sameBytes(given.storedKey, verifier.storedKey);
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0];
}
