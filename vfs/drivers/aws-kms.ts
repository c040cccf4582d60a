/**
 * A key-encryption key in AWS KMS: two of its actions, Encrypt and Decrypt, as signed HTTP requests (`aws4`, as the small S3 transport). The
 * keyring's id goes along as encryption context, so that it stands in CloudTrail and a key policy can name it.
 */
import { hash } from 'node:crypto';
import { URL, URLSearchParams } from 'node:url';
import type { Aws4, SignedRequest } from 'aws4';
import { SqlError } from '../../src/base/sql-error.ts';
import type { KeyProvider, WrappedKey } from '../encryption/key-provider.ts';
import { loadPeer, systemCodeOf } from './http.ts';
import { S3Credentials } from './s3-credentials.ts';

export interface KmsKey {
  /** A key's id, ARN or alias, as KMS takes them. */
  readonly keyId: string;
  readonly region: string;
  /** For compatible services and tests. */
  readonly endpoint: string | undefined;
}

const PROVIDER = 'aws-kms';
const ATTEMPTS_MAX = 4;
const PAUSE_MS = 100;
const TIMEOUT_MS = 5_000;
/** Headers that are signed as `fetch` is going to send them. */
const SENT_BY_FETCH = new Set(['host', 'content-length']);

/** `id?region=…&endpoint=…`: the region from there, else from an ARN, else from AWS_REGION. SQLSTATE 22023 without one. */
export function parseKmsKey(text: string): KmsKey {
  const [keyId, query = ''] = text.split('?', 2);
  const parameters = new URLSearchParams(query);
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = parameters.get('region') ?? /^arn:[^:]*:kms:([^:]+):/.exec(keyId)?.[1] ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (keyId === '' || region === undefined)
    throw new SqlError('invalid_parameter_value', `"aws-kms:${text}" names no ${keyId === '' ? 'key' : 'region'}`, {
      hint: 'Write aws-kms:<key id, ARN or alias/name>, with ?region= or AWS_REGION.',
    });
  return { keyId, region, endpoint: parameters.get('endpoint') ?? undefined };
}

/** SQLSTATE 0A000 when the package `aws4` is not installed. */
export async function openKmsKey(key: KmsKey): Promise<KeyProvider> {
  const { default: aws4 } = await loadPeer('aws-kms:', 'aws4', () => import('aws4'));
  return new KmsProvider(key, aws4);
}

class KmsProvider implements KeyProvider {
  readonly label: string;
  readonly #key: KmsKey;
  readonly #aws4: Aws4;
  readonly #credentials: S3Credentials;
  readonly #url: URL;

  constructor(key: KmsKey, aws4: Aws4) {
    this.label = `aws-kms key ${key.keyId}`;
    this.#key = key;
    this.#aws4 = aws4;
    this.#credentials = new S3Credentials({ isEmulator: key.endpoint !== undefined });
    this.#url = new URL(key.endpoint ?? `https://kms.${key.region}.amazonaws.com${key.region.startsWith('cn-') ? '.cn' : ''}`);
  }

  async wrap(key: Uint8Array, context: string): Promise<WrappedKey> {
    const answer = await this.#call('Encrypt', { KeyId: this.#key.keyId, Plaintext: base64Of(key), EncryptionContext: contextOf(context) });
    return { provider: PROVIDER, keyId: answer.text('KeyId'), bytes: answer.bytes('CiphertextBlob') };
  }

  async unwrap(wrapped: WrappedKey, context: string): Promise<Uint8Array | undefined> {
    if (wrapped.provider !== PROVIDER) return undefined;
    try {
      const { keyId } = this.#key;
      const request = { KeyId: keyId, CiphertextBlob: base64Of(wrapped.bytes), EncryptionContext: contextOf(context) };
      return (await this.#call('Decrypt', request)).bytes('Plaintext');
    } catch (error) {
      if (!(error instanceof KmsFailure)) throw error;
      if (error.code === 'IncorrectKeyException') return undefined;
      throw error.code === 'InvalidCiphertextException' ? damaged(this.label, error) : error.forClients(this.label);
    }
  }

  /** One action, sent again while the service is busy or out of reach: none of them changes anything. */
  async #call(action: 'Encrypt' | 'Decrypt', request: object): Promise<KmsAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(action, JSON.stringify(request));
      if (!(answer instanceof KmsFailure)) return answer;
      if (!answer.isTransient || attempt === ATTEMPTS_MAX) throw action === 'Encrypt' ? answer.forClients(this.label) : answer;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt * (0.5 + Math.random())));
    }
  }

  async #send(action: string, body: string): Promise<KmsAnswer | KmsFailure> {
    const request: SignedRequest = {
      service: 'kms',
      region: this.#key.region,
      method: 'POST',
      host: this.#url.host,
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${action}`,
        'x-amz-content-sha256': hash('sha256', body, 'hex'),
      },
      body,
    };
    try {
      this.#aws4.sign(request, await this.#credentials.current());
      const headers = Object.entries(request.headers).filter(([name]) => !SENT_BY_FETCH.has(name.toLowerCase()));
      const response = await fetch(new URL('/', this.#url), { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const fields = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
      return response.ok ? new KmsAnswer(fields) : KmsFailure.of(response.status, fields);
    } catch (cause) {
      return new KmsFailure('', 0, cause instanceof Error ? `${cause.message} ${systemCodeOf(cause.cause)}`.trim() : String(cause), cause);
    }
  }
}

/** An answer's fields, read by name; one that is missing is a failure of the service. */
class KmsAnswer {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') throw new SqlError('io_error', `the key service answered without ${name}`);
    return value;
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(Buffer.from(this.text(name), 'base64'));
  }
}

class KmsFailure extends Error {
  readonly code: string;
  readonly isTransient: boolean;

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.isTransient = status === 0 || status === 429 || status >= 500 || code === 'ThrottlingException';
  }

  static of(status: number, fields: Readonly<Record<string, unknown>>): KmsFailure {
    const { __type: type, message, Message: otherMessage } = fields;
    const code = typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : '';
    return new KmsFailure(code, status, [`status ${status}`, code, message ?? otherMessage].filter(Boolean).join(' '));
  }

  forClients(label: string): SqlError {
    const fields = { detail: this.message, cause: this };
    if (REFUSALS.has(this.code)) return new SqlError('insufficient_privilege', `permission denied by the key service for ${label}`, fields);
    return new SqlError('io_error', `the key service could not be asked for ${label}`, fields);
  }
}

/** What KMS says of a key that the caller may not use, that is switched off, or that is not there. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'DisabledException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
]);

function damaged(label: string, cause: KmsFailure): SqlError {
  return new SqlError('data_corrupted', 'the keyring is damaged', { detail: `${label} does not open it.`, cause });
}

function contextOf(keyring: string): Readonly<Record<string, string>> {
  return { 'velocidb:keyring': keyring };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
