import { URLSearchParams } from 'node:url';
import { SqlError } from '../../src/base/sql-error.ts';

export interface S3Location {
  readonly bucket: string;
  /** '' or ending with '/'. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  /** How long one request may take before its outcome counts as unknown. */
  readonly timeoutMs: number;
}

const TIMEOUT_MS = 30_000;
const PARAMETERS = new Set(['endpoint', 'region', 'pathStyle', 'timeoutMs']);

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=1&timeoutMs=…`. With an endpoint the region defaults to us-east-1 and
 * addressing to path style; without one both come from the SDK. SQLSTATE 22023 for anything else.
 */
export function parseS3Url(url: string): S3Location {
  const match = /^s3:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(url);
  if (match === null) throw invalid(url, 'write s3://bucket/prefix');
  const [, bucket, path, query = ''] = match;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw invalid(url, `"${bucket}" is not a bucket's name`);
  const segments = decoded(path, url)
    .split('/')
    .filter((segment) => segment !== '');
  if (segments.some((segment) => !/^[A-Za-z0-9._=+@ -]+$/.test(segment) || segment === '.' || segment === '..'))
    throw invalid(url, 'a prefix is made of letters, digits and ._=+@-');
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) throw invalid(url, `there is no parameter "${unknown}"`);
  const endpoint = parameters.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)) throw invalid(url, 'an endpoint begins with http:// or https://');
  const timeoutMs = Number(parameters.get('timeoutMs') ?? TIMEOUT_MS);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) throw invalid(url, 'timeoutMs is a number of milliseconds');
  return {
    bucket,
    prefix: segments.length === 0 ? '' : `${segments.join('/')}/`,
    endpoint,
    region: parameters.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
    pathStyle: parameters.has('pathStyle')
      ? ['1', 'true', 'yes', 'on'].includes(parameters.get('pathStyle') ?? '')
      : endpoint !== undefined,
    timeoutMs,
  };
}

function decoded(path: string, url: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid(url, 'its prefix is not well encoded');
  }
}

function invalid(url: string, reason: string): SqlError {
  return new SqlError('invalid_parameter_value', `not a valid s3: URL: "${url}"`, { hint: reason });
}
