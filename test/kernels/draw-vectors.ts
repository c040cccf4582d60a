import type { Draw } from '../storage/random.ts';
import type { KernelPair } from './kernel-pair.ts';

/** Numbers with their edges: a few small ones often, so that equals meet. */
export function drawI32(draw: Draw, n: number): Int32Array {
  const small = draw.chance(0.3);
  return Int32Array.from({ length: n }, () => (small ? draw.below(5) - 2 : draw.int32()));
}

export function drawI64(draw: Draw, n: number): BigInt64Array {
  const small = draw.chance(0.3);
  const edges = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n, -(2n ** 31n), 2n ** 32n, 0n, 1n, -1n];
  return BigInt64Array.from({ length: n }, () =>
    small ? BigInt(draw.below(5) - 2) : draw.chance(0.15) ? draw.of(edges) : BigInt(draw.int64()),
  );
}

export function drawF64(draw: Draw, n: number): Float64Array {
  return Float64Array.from({ length: n }, () => draw.float64());
}

export function drawMask(draw: Draw, n: number): Uint8Array {
  const share = draw.of([0, 0.02, 0.5, 0.98, 1]);
  return Uint8Array.from({ length: n }, () => Number(draw.chance(share)));
}

/** The address of drawn nulls, or 0. */
export function putNulls(pair: KernelPair, draw: Draw, n: number): number {
  return draw.chance(0.4) ? 0 : pair.put(drawMask(draw, n));
}

const encoder = new TextEncoder();

/** Texts over few letters, some of several bytes; some long. */
export function drawTexts(draw: Draw, n: number): Uint8Array[] {
  const letters = draw.of([
    ['a', 'b'],
    ['a', 'b', ' ', 'é', '漢', '😀'],
  ]);
  const lengthMax = n > 200 ? 12 : draw.of([3, 8, 20, 70]);
  const texts: Uint8Array[] = [];
  for (let at = 0; at < n; at++) {
    let text = '';
    for (let length = draw.below(lengthMax + 1); length > 0; length--) text += draw.of(letters);
    texts.push(encoder.encode(text));
  }
  return texts;
}

/** The address of references to `texts`, whose bytes lie apart or end to end. */
export function putTexts(pair: KernelPair, draw: Draw, texts: readonly Uint8Array[]): number {
  const refs = new Uint32Array(texts.length * 2);
  let total = 0;
  for (const text of texts) total += text.length;
  const isContiguous = draw.chance(0.5);
  let at =
    isContiguous && draw.chance(0.5) ? pair.putLast(new Uint8Array(total)) : pair.room(total + (isContiguous ? 0 : texts.length * 3));
  for (const [row, text] of texts.entries()) {
    if (!isContiguous) at += draw.below(4);
    pair.write(at, text);
    refs[row * 2] = at;
    refs[row * 2 + 1] = text.length;
    at += text.length;
  }
  return pair.put(refs);
}
