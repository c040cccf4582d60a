/** A password kept in AWS Secrets Manager: fetched by the first request that needs it, and again when it may have been rotated. */
import { SqlError } from '../src/base/sql-error.ts';
import type { Clock } from '../src/base/runtime.ts';
import type { PasswordCheck } from '../src/http/authorization.ts';
import { passwordCheck } from './password.ts';

/** As much of the AWS SDK's Secrets Manager client as is used; the client itself comes with Lambda's runtime. */
interface SecretsSdk {
  readonly SecretsManagerClient: new (options: object) => {
    send(command: object): Promise<{ readonly SecretString?: string | undefined }>;
  };
  readonly GetSecretValueCommand: new (input: { readonly SecretId: string }) => object;
}

const SDK = '@aws-sdk/client-secrets-manager';

/** A wrong password asks for the secret again, unless it was read so lately: guessing must not become load on Secrets Manager. */
const REREAD_MS = 30_000;

/** Checks against what `read` answers. While it fails, every check fails with its error. */
export function secretCheck(read: () => Promise<string>, clock: Clock): PasswordCheck {
  let known: { readonly check: Promise<PasswordCheck>; readonly readAtMs: number } | undefined;
  const fetched = (): Promise<PasswordCheck> => {
    const check = read().then(passwordCheck);
    known = { check, readAtMs: clock.monotonic() };
    check.catch(() => {
      known = undefined; // the next request tries anew
    });
    return check;
  };
  return async (user, given) => {
    const current = known;
    const check = await (current?.check ?? fetched());
    if (await check(user, given)) return true;
    if (current === undefined || clock.monotonic() - current.readAtMs < REREAD_MS) return false;
    return (await (known === current ? fetched() : (known?.check ?? fetched())))(user, given);
  };
}

/** The text of the secret named; SQLSTATE 08000 when it has none. */
export async function readSecret(arn: string): Promise<string> {
  const sdk = (await import(SDK)) as SecretsSdk;
  const { SecretString: password } = await new sdk.SecretsManagerClient({}).send(new sdk.GetSecretValueCommand({ SecretId: arn }));
  if (password === undefined || password === '')
    throw new SqlError('connection_exception', 'the secret that should hold the password is empty');
  return password;
}
