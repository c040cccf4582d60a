import { primeRoots } from './prime-roots.ts';

const K = Int32Array.from(primeRoots(64, 3), (bits) => Number(BigInt.asIntN(32, bits >> 32n)));
const SHA256_START = Int32Array.from(primeRoots(8, 2), (bits) => Number(BigInt.asIntN(32, bits >> 32n)));
/** SHA-224 starts from the second halves of the roots of the 9th to 16th primes. */
const SHA224_START = Int32Array.from(primeRoots(16, 2).slice(8), (bits) => Number(BigInt.asIntN(32, bits)));

/** SHA-256 (FIPS 180-4), 32 bytes, synchronous and portable. Hosts with a native one should prefer it for large inputs. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest(bytes, SHA256_START, 32);
}

/** SHA-224, 28 bytes. */
export function sha224(bytes: Uint8Array): Uint8Array {
  return digest(bytes, SHA224_START, 28);
}

function digest(bytes: Uint8Array, start: Int32Array, length: number): Uint8Array {
  const state = start.slice();
  const words = new Int32Array(64);
  const whole = bytes.length & ~63;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block < whole; block += 64) mix(state, words, view, block);
  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  tailView.setUint32(tail.length - 4, (bytes.length << 3) >>> 0);
  for (let block = 0; block < tail.length; block += 64) mix(state, words, tailView, block);
  const result = new Uint8Array(32);
  const out = new DataView(result.buffer);
  for (let at = 0; at < 8; at++) out.setInt32(at * 4, state[at]);
  return length === 32 ? result : result.slice(0, length);
}

function mix(state: Int32Array, words: Int32Array, view: DataView, block: number): void {
  for (let at = 0; at < 16; at++) words[at] = view.getInt32(block + at * 4);
  for (let at = 16; at < 64; at++) {
    const x = words[at - 15];
    const y = words[at - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[at] = (words[at - 16] + s0 + words[at - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let at = 0; at < 64; at++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[at] + words[at]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}
