/** What a function answers to an event of payload format 2.0. */
export interface LambdaHttpResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const TEXT = /^(?:text\/|application\/json)/;

/** The response as a result; bodies that are not text go as base64. */
export async function resultOf(response: Response): Promise<LambdaHttpResult> {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers.entries()) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  const text = TEXT.test(headers['content-type'] ?? 'text/plain');
  const body = text ? await response.text() : Buffer.from(await response.arrayBuffer()).toString('base64');
  return { statusCode: response.status, headers, ...(cookies.length === 0 ? {} : { cookies }), body, isBase64Encoded: !text };
}
