import { primeRoots } from './prime-roots.ts';

const MASK = 2n ** 64n - 1n;
/** The round constants, made on first use: most processes never need them. */
let rounds: readonly bigint[] | undefined;

/** SHA-512 (FIPS 180-4), 64 bytes. Portable and plain rather than fast: it serves SQL's sha512() only. */
export function sha512(bytes: Uint8Array): Uint8Array {
  return digest(bytes, primeRoots(8, 2), 64);
}

/** SHA-384, 48 bytes. */
export function sha384(bytes: Uint8Array): Uint8Array {
  return digest(bytes, primeRoots(16, 2).slice(8), 48);
}

function digest(bytes: Uint8Array, start: readonly bigint[], length: number): Uint8Array {
  const padded = new Uint8Array((((bytes.length + 16) >> 7) + 1) << 7);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  let state = start.slice();
  for (let block = 0; block < padded.length; block += 128) state = mix(state, view, block);
  const result = new Uint8Array(64);
  const out = new DataView(result.buffer);
  state.forEach((word, at) => out.setBigUint64(at * 8, word));
  return result.slice(0, length);
}

function mix(state: readonly bigint[], view: DataView, block: number): bigint[] {
  const words: bigint[] = [];
  for (let at = 0; at < 16; at++) words.push(view.getBigUint64(block + at * 8));
  for (let at = 16; at < 80; at++) {
    const x = words[at - 15];
    const y = words[at - 2];
    words.push(
      (words[at - 16] + (turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n)) + words[at - 7] + (turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n))) & MASK,
    );
  }
  rounds ??= primeRoots(80, 3);
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 80; at++) {
    const t1 = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & MASK & g)) + rounds[at] + words[at];
    const t2 = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) & MASK;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) & MASK;
  }
  return [a, b, c, d, e, f, g, h].map((word, at) => (state[at] + word) & MASK);
}

function turn(word: bigint, bits: bigint): bigint {
  return (word >> bits) | ((word << (64n - bits)) & MASK);
}
