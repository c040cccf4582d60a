/** As much of `aws4` as is used; the package has no types of its own. */
declare module 'aws4' {
  export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  }

  export interface SignedRequest {
    readonly service: 's3' | 'kms';
    readonly region: string;
    readonly method: string;
    readonly host: string;
    readonly path: string;
    headers: Record<string, string>;
    readonly body?: string | undefined;
  }

  export interface Aws4 {
    /** Signs a request (AWS Signature Version 4): adds the headers that prove who sends it. */
    sign(request: SignedRequest, credentials: Credentials): unknown;
  }

  const aws4: Aws4;
  // oxlint-disable-next-line import/no-default-export -- what a CommonJS module exports
  export default aws4;
}
