/** The little XML that S3 answers with. */
import { textOf } from '../../src/base/bytes.ts';
import { StoreError } from '../object-store.ts';
import type { S3Listing } from './s3-transport.ts';

/** Bytes of an error's document that are looked at. */
const ERROR_BYTES_MAX = 16_384;

/** Whether a body is an error's document, whatever status it came with. */
export function isErrorBody(body: Uint8Array): boolean {
  return body.length > 0 && /^\s*(?:<\?xml[^>]*\?>)?\s*<Error[\s>]/.test(headOf(body));
}

/** The code of an error's document; undefined where there is none. */
export function errorCodeOf(body: Uint8Array): string | undefined {
  return isErrorBody(body) ? element(headOf(body), 'Code') : undefined;
}

export function errorMessageOf(body: Uint8Array): string | undefined {
  return isErrorBody(body) ? element(headOf(body), 'Message') : undefined;
}

/** The objects of a ListObjectsV2 answer; a StoreError when it is none, or ends early. */
export function parseListing(body: Uint8Array): Omit<S3Listing, 'dateMs'> {
  const xml = textOf(body);
  if (!/<ListBucketResult[\s>]/.test(xml) || !/<\/ListBucketResult>\s*$/.test(xml))
    throw new StoreError('transient', 'listing', 'the answer is not a whole listing');
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, contents]) => {
    const modified = Date.parse(element(contents, 'LastModified') ?? '');
    return {
      key: element(contents, 'Key') ?? '',
      size: Number(element(contents, 'Size') ?? 0),
      modifiedMs: Number.isNaN(modified) ? undefined : modified,
    };
  });
  return { objects, isTruncated: element(xml, 'IsTruncated') === 'true' };
}

function headOf(body: Uint8Array): string {
  return textOf(body.subarray(0, ERROR_BYTES_MAX));
}

function element(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml);
  return match === null ? undefined : unescaped(match[1]);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? whole;
  });
}
