/** With which keys a database is encrypted: what the caller, the URL or the environment says, in this order. */
import { readFile } from 'node:fs/promises';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { openKmsKey, parseKmsKey } from '../../vfs/drivers/aws-kms.ts';
import type { KeyProvider } from '../../vfs/encryption/key-provider.ts';
import { KEY_BYTES, LocalKey } from '../../vfs/encryption/local-key.ts';

/**
 * The key that a database is encrypted with:
 *
 *     32 bytes, or their base64 or 64 hexadecimal digits
 *     file:PATH                        a file that holds them, raw or as text
 *     aws-kms:KEY                      a key of AWS KMS (id, ARN or alias/name), `?region=…&endpoint=…`
 *     a KeyProvider                    any other place
 *
 * Of several (an array, or text with commas) any may be the one in use, and the first one wraps what is written. `false` or `off`: not encrypted,
 * whatever the environment says.
 */
export type Encryption = false | string | Uint8Array | KeyProvider | readonly (string | Uint8Array | KeyProvider)[];

const OFF = 'off';

/**
 * The keys to open a database with, undefined when it is not encrypted. `option` is the caller's word, `parameter` the URL's (which may name a key
 * but not hold it: URLs end up in logs), `environment` VELOCIDB_KEY. SQLSTATE 22023 for what is no key.
 */
export async function keyProviders(
  runtime: Pick<Runtime, 'random' | 'crypto'>,
  option: Encryption | undefined,
  parameter: string | undefined,
  environment: string | undefined,
): Promise<readonly KeyProvider[] | undefined> {
  if (option === undefined && parameter !== undefined && !isPlaceOrOff(parameter)) {
    throw new SqlError('invalid_parameter_value', 'a URL does not hold a key', {
      hint: 'Write encryption=file:PATH, encryption=aws-kms:KEY or encryption=off; keys themselves come from VELOCIDB_KEY.',
    });
  }
  const chosen = option ?? parameter ?? (environment === '' ? undefined : environment);
  if (chosen === undefined || chosen === false || chosen === OFF) return undefined;
  const parts = typeof chosen === 'string' ? chosen.split(',') : isSeveral(chosen) ? chosen : [chosen];
  if (parts.length === 0) throw new SqlError('invalid_parameter_value', 'encryption needs a key');
  return Promise.all(parts.map((part) => providerOf(part, runtime)));
}

function isPlaceOrOff(text: string): boolean {
  return text === OFF || text.split(',').every((part) => /^(?:file|aws-kms):/.test(part));
}

function isSeveral(chosen: Exclude<Encryption, false | string>): chosen is readonly (string | Uint8Array | KeyProvider)[] {
  return Array.isArray(chosen);
}

async function providerOf(part: string | Uint8Array | KeyProvider, runtime: Pick<Runtime, 'random' | 'crypto'>): Promise<KeyProvider> {
  if (part instanceof Uint8Array) return new LocalKey(checked(part, 'the key given'), runtime);
  if (typeof part !== 'string') return part;
  const text = part.trim();
  if (text.startsWith('file:')) return new LocalKey(await keyInFile(text.slice('file:'.length)), runtime);
  if (text.startsWith('aws-kms:')) return openKmsKey(parseKmsKey(text.slice('aws-kms:'.length)));
  return new LocalKey(checked(keyOfText(text), 'the key given'), runtime);
}

async function keyInFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new SqlError('invalid_parameter_value', `the key file "${path}" cannot be read`, { cause });
  });
  return checked(bytes.length === KEY_BYTES ? new Uint8Array(bytes) : keyOfText(bytes.toString('latin1').trim()), `the file "${path}"`);
}

/** The bytes that text stands for, of whatever length; none where it is neither base64 nor hexadecimal. */
function keyOfText(text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  return new Uint8Array(/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : []);
}

function checked(key: Uint8Array, what: string): Uint8Array {
  if (key.length === KEY_BYTES) return key;
  throw new SqlError('invalid_parameter_value', `${what} is no key of ${KEY_BYTES} bytes`, {
    hint: '`velocidb key generate` makes one.',
  });
}
