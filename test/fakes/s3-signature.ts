/** AWS Signature Version 4, checked as AWS's documentation describes it: nothing of any signing library is used. */
import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from './fake-server.ts';

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Must come along with the request, signed, when given. */
  readonly sessionToken?: string | undefined;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** What is wrong with a request's signature; undefined when it is the one that `key` makes. */
export function signatureFailure(request: HttpRequest, key: SigningKey, service = 's3'): string | undefined {
  const { headers } = request;
  const match = AUTHORIZATION.exec(headers['authorization'] ?? '');
  if (match === null) return 'the request is not signed';
  const [, accessKeyId, day, region, signedFor, signedHeaders, signature] = match;
  if (signedFor !== service) return 'the request is signed for another service';
  if (accessKeyId !== key.accessKeyId) return 'the access key is unknown';
  if (headers['x-amz-security-token'] !== key.sessionToken) return "the session token is not the key's";
  const signed = signedHeaders.split(';');
  const unsigned = Object.keys(headers).find((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name));
  if (unsigned !== undefined) return `the header ${unsigned} is not signed`;
  const hash = headers['x-amz-content-sha256'] ?? '';
  if (/^[0-9a-f]{64}$/.test(hash) && hash !== sha256(request.body)) return 'the body is not what was signed';
  const canonical = [
    request.method,
    request.path,
    [...request.query]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    hash,
  ].join('\n');
  const date = headers['x-amz-date'] ?? '';
  if (!date.startsWith(day)) return 'the date is not that of the credential';
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(Buffer.from(canonical))].join('\n');
  const signing = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (by, text) => hmac(by, text),
    Buffer.from(`AWS4${key.secretAccessKey}`),
  );
  return hmac(signing, toSign).toString('hex') === signature ? undefined : 'the signature does not match';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
