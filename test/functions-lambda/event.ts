import type { LambdaHttpEvent } from '../../functions/adapter/lambda-event.ts';

/** `POST /sql` as a Function URL hands it to the function. */
export function sqlEvent(body: unknown, headers: Readonly<Record<string, string>> = {}): LambdaHttpEvent {
  return httpEvent({
    method: 'POST',
    path: '/sql',
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
    body: JSON.stringify(body),
  });
}

export interface EventParts {
  readonly method: string;
  readonly path: string;
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cookies?: readonly string[] | undefined;
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

/** An HTTP event of payload version 2.0, with what AWS adds that nobody here reads. */
export function httpEvent(parts: EventParts): LambdaHttpEvent {
  const domainName = 'abc123.lambda-url.eu-west-1.on.aws';
  const fields = {
    version: '2.0' as const,
    routeKey: '$default',
    rawPath: parts.path,
    rawQueryString: parts.query ?? '',
    headers: { host: domainName, 'x-forwarded-proto': 'https', ...parts.headers },
    ...(parts.cookies === undefined ? {} : { cookies: parts.cookies }),
    ...(parts.body === undefined ? {} : { body: parts.body }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'abc123',
      domainName,
      domainPrefix: 'abc123',
      http: { method: parts.method, path: parts.path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'test' },
      requestId: '3c2f1a4e-0000-4000-8000-000000000000',
      routeKey: '$default',
      stage: '$default',
      time: '20/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_176_000_000,
    },
    isBase64Encoded: parts.isBase64Encoded ?? false,
  };
  return fields;
}
