import { PRIVATE_KERNELS, SHARED_KERNELS } from './wasm.generated.ts';

/** The compiled kernels, over addresses in one memory. Each has a twin in TypeScript over typed arrays. */
export interface Kernels {
  /** Bytes written at `out`, or -1 when more than `outMax` would be; `table` is 16 KiB of scratch. Twin: lz4.ts. */
  compress(raw: number, length: number, out: number, outMax: number, table: number): number;
  /** 1 when the block was one of exactly `rawLength` bytes, now at `raw`; else 0. */
  decompress(block: number, length: number, raw: number, rawLength: number): number;
  /** Codes [from, from + count) as u32 at `out`. Twin: bit-packing.ts. */
  unpack(words: number, from: number, count: number, width: number, out: number): void;
}

/** The kernels over `memory`; undefined where the host does not compile WebAssembly at run time: the twins then serve. */
export function loadKernels(memory: WebAssembly.Memory, isShared: boolean): Kernels | undefined {
  try {
    const module = new WebAssembly.Module(bytesOfBase64(isShared ? SHARED_KERNELS : PRIVATE_KERNELS));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return isKernels(exports) ? exports : undefined;
  } catch {
    return undefined;
  }
}

function isKernels(exports: object): exports is Kernels {
  return ['compress', 'decompress', 'unpack'].every((name) => typeof (exports as Record<string, unknown>)[name] === 'function');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const body = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of body) {
    held = ((held << 6) | ALPHABET.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >>> bits) & 0xff;
  }
  return bytes;
}
