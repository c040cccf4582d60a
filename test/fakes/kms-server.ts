/** AWS KMS as its documentation describes two of its actions, Encrypt and Decrypt of symmetric keys: https://docs.aws.amazon.com/kms/latest/APIReference/ */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { startFakeServer, type FakeResponse, type FakeServer, type HttpRequest } from './fake-server.ts';
import { signatureFailure, type SigningKey } from './s3-signature.ts';

export interface KmsServer extends FakeServer<HttpRequest> {
  /** Makes a key; answers its ARN. */
  createKey(alias: string): string;
  /** Keys, by ARN, that are switched off. */
  readonly disabled: Set<string>;
}

interface Fields {
  readonly KeyId?: string;
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly EncryptionContext?: Readonly<Record<string, string>>;
}

const REGION = 'eu-central-1';
const ARN_BYTES = 128;

/** Starts the fake on a free port of 127.0.0.1. `key`: whose signature requests must bear. */
export async function startKmsServer(key: SigningKey): Promise<KmsServer> {
  const keys = new Map<string, Buffer>();
  const aliases = new Map<string, string>();
  const disabled = new Set<string>();

  const arnOf = (id: string): string | undefined => {
    const arn = aliases.get(id) ?? id;
    return keys.has(arn) ? arn : undefined;
  };

  const act = (action: string, fields: Fields): FakeResponse => {
    const arn = arnOf(fields.KeyId ?? '');
    if (arn === undefined) return failure(400, 'NotFoundException');
    if (disabled.has(arn)) return failure(400, 'DisabledException');
    const context = JSON.stringify(fields.EncryptionContext ?? {});
    if (action === 'TrentService.Encrypt') return ok({ KeyId: arn, CiphertextBlob: encrypt(arn, keys, fields.Plaintext ?? '', context) });
    if (action === 'TrentService.Decrypt') return decrypt(arn, keys, fields.CiphertextBlob ?? '', context);
    return failure(400, 'UnknownOperationException');
  };

  const server = await startFakeServer<HttpRequest>({
    requestOf: (request) => request,
    answer(request) {
      const wrong = signatureFailure(request, key, 'kms');
      if (wrong !== undefined) return failure(400, 'InvalidSignatureException', wrong);
      if (request.headers['content-type'] !== 'application/x-amz-json-1.1') return failure(400, 'SerializationException');
      return act(request.headers['x-amz-target'] ?? '', JSON.parse(Buffer.from(request.body).toString()) as Fields);
    },
    failure: (status, code) => failure(status, code),
  });
  return Object.assign(server, {
    disabled,
    createKey(alias: string) {
      const arn = `arn:aws:kms:${REGION}:111122223333:key/${randomBytes(8).toString('hex')}`;
      keys.set(arn, randomBytes(32));
      aliases.set(alias, arn);
      return arn;
    },
  });
}

function encrypt(arn: string, keys: ReadonlyMap<string, Buffer>, plaintext: string, context: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keys.get(arn) ?? '', nonce);
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(Buffer.from(plaintext, 'base64')), cipher.final()]);
  return Buffer.concat([Buffer.from(arn.padEnd(ARN_BYTES)), nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function decrypt(arn: string, keys: ReadonlyMap<string, Buffer>, ciphertext: string, context: string): FakeResponse {
  const bytes = Buffer.from(ciphertext, 'base64');
  const wrappedBy = bytes.toString('latin1', 0, ARN_BYTES).trim();
  if (!keys.has(wrappedBy)) return failure(400, 'InvalidCiphertextException');
  if (wrappedBy !== arn) return failure(400, 'IncorrectKeyException');
  try {
    const decipher = createDecipheriv('aes-256-gcm', keys.get(arn) ?? '', bytes.subarray(ARN_BYTES, ARN_BYTES + 12));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(ARN_BYTES + 12, ARN_BYTES + 28));
    const plain = Buffer.concat([decipher.update(bytes.subarray(ARN_BYTES + 28)), decipher.final()]);
    return ok({ KeyId: arn, Plaintext: plain.toString('base64') });
  } catch {
    return failure(400, 'InvalidCiphertextException');
  }
}

function ok(fields: object): FakeResponse {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(fields)) };
}

function failure(status: number, code: string, message = 'as injected'): FakeResponse {
  return { ...ok({ __type: `com.amazonaws.kms#${code}`, message }), status };
}
