import { SqlError } from '../../src/base/sql-error.ts';
import { parseBucketUrl } from './bucket-url.ts';

export interface S3Location {
  readonly bucket: string;
  /** '' or ending with '/'. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  /** How long one request may take before its outcome counts as unknown. */
  readonly timeoutMs: number;
  /** What the URL wants to be spoken to by; undefined when it does not say. */
  readonly transport: S3TransportKind | undefined;
}

/** `sdk` is the AWS SDK, `http` signed requests of our own. */
export type S3TransportKind = 'sdk' | 'http';

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=1&timeoutMs=…&transport=sdk|http`. With an endpoint the region defaults to
 * us-east-1 and addressing to path style; without one both are the transport's choice. SQLSTATE 22023 for anything else.
 */
export function parseS3Url(url: string): S3Location {
  const { bucket, prefix, endpoint, timeoutMs, parameters } = parseBucketUrl('s3', url, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, [
    'region',
    'pathStyle',
    'transport',
  ]);
  const transport = parameters.get('transport') ?? undefined;
  if (transport !== undefined && transport !== 'sdk' && transport !== 'http')
    throw new SqlError('invalid_parameter_value', `not a valid s3: URL: "${url}"`, { hint: 'transport is sdk or http' });
  return {
    bucket,
    prefix,
    endpoint,
    region: parameters.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
    pathStyle: parameters.has('pathStyle')
      ? ['1', 'true', 'yes', 'on'].includes(parameters.get('pathStyle') ?? '')
      : endpoint !== undefined,
    timeoutMs,
    transport,
  };
}
