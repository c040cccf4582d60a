/** Events of payload format 2.0, as Function URLs and HTTP APIs send them. */
import { SqlError } from '../../src/base/sql-error.ts';

export interface LambdaHttpEvent {
  readonly version: '2.0';
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Lower-case names; several values of one header joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly domainName: string; readonly http: { readonly method: string; readonly sourceIp: string } };
}

/** The event as a web request. SQLSTATE 08P01 when it is no HTTP event of version 2.0. */
export function requestOf(event: unknown): Request {
  if (!isHttpEvent(event)) throw new SqlError('protocol_violation', 'the event is not an HTTP event of payload version 2.0');
  const url = new URL(`https://${event.requestContext.domainName}`);
  url.pathname = event.rawPath; // a path is never read as a host, a query or a fragment
  url.search = event.rawQueryString;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers[name] = value;
  if (event.cookies !== undefined && event.cookies.length > 0) headers['cookie'] = event.cookies.join('; ');
  const { method } = event.requestContext.http;
  const body = event.body === undefined ? undefined : event.isBase64Encoded ? Buffer.from(event.body, 'base64') : event.body;
  return new Request(url, {
    method,
    headers,
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
}

function isHttpEvent(event: unknown): event is LambdaHttpEvent {
  if (!isObject(event) || event['version'] !== '2.0' || typeof event['rawPath'] !== 'string' || typeof event['rawQueryString'] !== 'string')
    return false;
  const { headers, requestContext } = event;
  return (
    isObject(headers) &&
    isObject(requestContext) &&
    typeof requestContext['domainName'] === 'string' &&
    isObject(requestContext['http']) &&
    typeof requestContext['http']['method'] === 'string'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
