/** Lambda events to requests and responses to results, byte for byte. */
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../functions/adapter/lambda-event.ts';
import { resultOf } from '../../functions/adapter/lambda-result.ts';
import { httpEvent, sqlEvent } from './event.ts';

describe('an event becomes a request', () => {
  it('with its URL, method, headers and body', async () => {
    const request = requestOf(
      httpEvent({
        method: 'POST',
        path: '/sql',
        query: 'a=1&b=%20',
        headers: { 'x-one': 'eins', 'content-type': 'text/plain' },
        body: 'grüße',
      }),
    );
    expect(request.url).toBe('https://abc123.lambda-url.eu-west-1.on.aws/sql?a=1&b=%20');
    expect(request.method).toBe('POST');
    expect(request.headers.get('x-one')).toBe('eins');
    expect(await request.text()).toBe('grüße');
  });

  it('its body decoded when it came as base64', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const request = requestOf(httpEvent({ method: 'POST', path: '/', body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true }));
    expect(new Uint8Array(await request.arrayBuffer())).toEqual(bytes);
  });

  it('its cookies in one header', () => {
    expect(requestOf(httpEvent({ method: 'GET', path: '/', cookies: ['a=1', 'b=2'] })).headers.get('cookie')).toBe('a=1; b=2');
    expect(requestOf(httpEvent({ method: 'GET', path: '/', cookies: [] })).headers.get('cookie')).toBeNull();
  });

  it('without a body where the method has none', async () => {
    for (const method of ['GET', 'HEAD']) expect(requestOf(httpEvent({ method, path: '/', body: 'ignored' })).body).toBeNull();
    expect(await requestOf(httpEvent({ method: 'POST', path: '/sql' })).text()).toBe('');
    expect(await requestOf(httpEvent({ method: 'POST', path: '/sql', body: '' })).text()).toBe('');
  });

  it('keeping a path that looks like something else', () => {
    expect(new URL(requestOf(httpEvent({ method: 'GET', path: '//evil.example/sql' })).url).host).toBe(
      'abc123.lambda-url.eu-west-1.on.aws',
    );
    expect(new URL(requestOf(httpEvent({ method: 'GET', path: '/a b?c#d' })).url).pathname).toBe('/a%20b%3Fc%23d');
  });

  it('or is refused, when it is no HTTP event of version 2.0', () => {
    const { requestContext: _, ...contextless } = sqlEvent({});
    const events = [
      undefined,
      null,
      'text',
      {},
      { version: '1.0' },
      { ...sqlEvent({}), version: '1.0' },
      contextless,
      { ...sqlEvent({}), rawPath: 1 },
      { ...sqlEvent({}), headers: null },
      { ...sqlEvent({}), requestContext: { http: null } },
      { Records: [] },
    ];
    for (const event of events) expect(() => requestOf(event), JSON.stringify(event)).toThrow('not an HTTP event of payload version 2.0');
  });
});

describe('a response becomes a result', () => {
  it('with its status, headers and text', async () => {
    const result = await resultOf(Response.json({ a: 'grüße' }, { status: 400, headers: { 'x-one': 'eins' } }));
    expect(result).toEqual({
      statusCode: 400,
      headers: { 'content-type': 'application/json', 'x-one': 'eins' },
      body: '{"a":"grüße"}',
      isBase64Encoded: false,
    });
  });

  it('its bytes as base64 when they are not text', async () => {
    const bytes = Uint8Array.from([0, 255, 128]);
    const result = await resultOf(new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } }));
    expect(result).toMatchObject({ isBase64Encoded: true, body: 'AP+A' });
  });

  it('its cookies apart, each whole', async () => {
    const headers = new Headers();
    headers.append('set-cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
    headers.append('set-cookie', 'b=2');
    const result = await resultOf(new Response('', { headers }));
    expect(result.cookies).toEqual(['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2']);
    expect(result.headers).not.toHaveProperty('set-cookie');
  });

  it('several values of a header joined', async () => {
    const headers = new Headers([
      ['vary', 'a'],
      ['vary', 'b'],
    ]);
    expect((await resultOf(new Response('', { headers }))).headers['vary']).toBe('a, b');
  });

  it('an empty one without a body', async () => {
    expect(await resultOf(new Response(null, { status: 204 }))).toEqual({ statusCode: 204, headers: {}, body: '', isBase64Encoded: false });
  });
});
