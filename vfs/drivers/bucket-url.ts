/** What the URLs of all clouds have in common: `scheme://bucket/prefix?name=value`. */
import { URLSearchParams } from 'node:url';
import { SqlError } from '../../src/base/sql-error.ts';

export interface BucketUrl {
  readonly bucket: string;
  /** '' or ending with '/'. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  /** How long one request may take before its outcome counts as unknown. */
  readonly timeoutMs: number;
  readonly parameters: URLSearchParams;
}

const TIMEOUT_MS = 30_000;
const COMMON = ['endpoint', 'timeoutMs'];

/**
 * Reads a URL of `scheme` whose bucket's name fits `bucketName`; parameters besides `endpoint` and `timeoutMs` are those `allowed`.
 * SQLSTATE 22023 for anything else.
 */
export function parseBucketUrl(scheme: string, url: string, bucketName: RegExp, allowed: readonly string[]): BucketUrl {
  const invalid = (reason: string) => new SqlError('invalid_parameter_value', `not a valid ${scheme}: URL: "${url}"`, { hint: reason });
  const match = /^[a-z0-9]+:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(url);
  if (match === null) throw invalid(`write ${scheme}://bucket/prefix`);
  const [, bucket, path, query = ''] = match;
  if (!bucketName.test(bucket)) throw invalid(`"${bucket}" is not a bucket's name`);
  const segments = decoded(path, invalid)
    .split('/')
    .filter((segment) => segment !== '');
  if (segments.some((segment) => !/^[A-Za-z0-9._=+@ -]+$/.test(segment) || segment === '.' || segment === '..'))
    throw invalid('a prefix is made of letters, digits and ._=+@-');
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !COMMON.includes(name) && !allowed.includes(name));
  if (unknown !== undefined) throw invalid(`there is no parameter "${unknown}"`);
  const endpoint = parameters.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)) throw invalid('an endpoint begins with http:// or https://');
  const timeoutMs = Number(parameters.get('timeoutMs') ?? TIMEOUT_MS);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) throw invalid('timeoutMs is a number of milliseconds');
  return { bucket, prefix: segments.length === 0 ? '' : `${segments.join('/')}/`, endpoint, timeoutMs, parameters };
}

function decoded(path: string, invalid: (reason: string) => SqlError): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid('its prefix is not well encoded');
  }
}
