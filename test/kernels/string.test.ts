import { describe, expect, it } from 'vitest';
import { compileLike } from '../../src/kernels/like-pattern.ts';
import { Draw, SEED } from '../storage/random.ts';
import { drawTexts, putTexts } from './draw-vectors.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

const encoder = new TextEncoder();

/** Some text of the rows, or another. */
function drawNeedle(draw: Draw, texts: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.3)) return drawTexts(draw, 1)[0];
  const text = draw.of(texts);
  const from = draw.below(text.length + 1);
  return text.slice(from, from + draw.below(5));
}

function drawPattern(draw: Draw): string {
  let pattern = '';
  for (let length = draw.below(7); length > 0; length--) pattern += draw.of(['%', '%', '_', 'a', 'b', 'ab', 'é', '漢', '\\%', '\\_', 'a']);
  return pattern;
}

/** What LIKE means, as a regular expression. */
function regExpOf(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\(.)|[^]/gsu)].map(([whole, escaped]) => {
    if (escaped !== undefined) return escaped;
    return whole === '%' ? '.*' : whole === '_' ? '.' : whole;
  });
  return new RegExp(`^${source.join('')}$`, 'su');
}

describe(`strings and their twins (SEED=${SEED})`, () => {
  it('prefix, suffix and contains', () => {
    forRows((pair, n, draw) => {
      const texts = drawTexts(draw, n);
      const refs = putTexts(pair, draw, texts);
      const needle = putTexts(pair, draw, [drawNeedle(draw, texts)]);
      const mask = { address: pair.room(n), bytes: n };
      for (const test of ['prefixStr', 'suffixStr', 'containsStr'] as const) pair.run((k) => k[test](refs, needle, n, mask.address), mask);
    }, 200);
  });

  it('LIKE is what its pattern says', () => {
    let matched = 0;
    forRows((pair, n, draw) => {
      const texts = drawTexts(draw, n);
      const refs = putTexts(pair, draw, texts);
      const pattern = drawPattern(draw);
      const compiled = compileLike(pattern, '\\');
      if (compiled === undefined) throw new Error('the pattern is whole');
      const mask = { address: pair.room(n), bytes: n };
      const expected = texts.map((text) => Number(regExpOf(pattern).test(new TextDecoder().decode(text))));
      const { kind, bytes } = compiled;
      if (kind === 'all') expect(expected).not.toContain(0);
      else if (kind === 'general') {
        const at = pair.put(bytes);
        pair.run((k) => k.likeStr(refs, at, n, mask.address), mask);
        expect([pattern, kind, ...pair.read(mask.address, n)]).toEqual([pattern, kind, ...expected]);
      } else {
        const constant = putTexts(pair, draw, [bytes]);
        pair.run(
          (k) =>
            kind === 'equals' ? k.compareConstantStr(0, refs, constant, n, mask.address) : k[`${kind}Str`](refs, constant, n, mask.address),
          mask,
        );
        expect([pattern, kind, ...pair.read(mask.address, n)]).toEqual([pattern, kind, ...expected]);
      }
      if (expected.includes(1) && expected.includes(0)) matched++;
    }, 400);
    expect(matched).toBeGreaterThan(50);
  });

  it('a pattern knows its kind, and is refused when it ends with its escape', () => {
    const kinds = ['', '%', '%%', 'a', 'a%', '%a', '%a%', '%a%b', 'a_', '%_', 'a\\%', 'a%%'].map(
      (pattern) => compileLike(pattern, '\\')?.kind,
    );
    expect(kinds).toEqual([
      'equals',
      'all',
      'all',
      'equals',
      'prefix',
      'suffix',
      'contains',
      'general',
      'general',
      'general',
      'equals',
      'prefix',
    ]);
    expect(compileLike('a\\', '\\')).toBeUndefined();
    expect(compileLike('a\\', '')).toEqual({ kind: 'equals', bytes: encoder.encode('a\\') });
  });

  it('lengths, trimming, substrings', () => {
    forRows((pair, n, draw) => {
      const refs = putTexts(pair, draw, drawTexts(draw, n));
      const dst4 = { address: pair.room(n * 4), bytes: n * 4 };
      const dst8 = { address: pair.room(n * 8), bytes: n * 8 };
      pair.run((k) => k.lengthStr(refs, n, dst4.address), dst4);
      pair.run((k) => k.octetLengthStr(refs, n, dst4.address), dst4);
      pair.run((k) => k.rtrimStr(refs, n, dst8.address), dst8);
      for (const start of [-(2 ** 31), -3, 0, 1, 2, 9, 2 ** 31 - 1]) {
        for (const count of [-1, 0, 1, 2, 5, 12, 2 ** 31 - 1]) pair.run((k) => k.substringStr(refs, start, count, n, dst8.address), dst8);
      }
    });
  });

  it('copies, concatenation and case fill an arena, or say that they cannot', () => {
    let refused = 0;
    forRows((pair, n, draw) => {
      const isAscii = draw.chance(0.7);
      const texts = drawTexts(draw, n).map((text) =>
        isAscii ? text.map(() => draw.of([0x40, 0x41, 0x5a, 0x5b, 0x60, 0x61, 0x7a, 0x7b])) : text,
      );
      const others = drawTexts(draw, n);
      const [refs, more] = [putTexts(pair, draw, texts), putTexts(pair, draw, others)];
      const total = [...texts, ...others].reduce((bytes, text) => bytes + text.length, 0);
      const room = draw.of([total, total + 16, draw.below(total + 1)]);
      const arena = { address: pair.room(room) + draw.below(3), bytes: room };
      const dst = { address: pair.room(n * 8), bytes: n * 8 };
      const end = arena.address + room;
      for (const op of ['copyStr', 'upperStr', 'lowerStr', 'concatStr'] as const) {
        const used = pair.attempt(
          (k) =>
            op === 'concatStr'
              ? k.concatStr(refs, more, n, arena.address, end, dst.address)
              : k[op](refs, n, arena.address, end, dst.address),
          arena,
          dst,
        );
        if (used < 0) refused++;
      }
    });
    expect(refused).toBeGreaterThan(20);
  });

  it('a search goes over strings that touch without joining them', () => {
    const pair = new KernelPair();
    const draw = new Draw(SEED);
    pair.reset(draw);
    const bytes = pair.put(encoder.encode('xaabbabba'));
    const refs = pair.put(Uint32Array.from([bytes, 3, bytes + 3, 2, 0, 0, bytes + 5, 4]));
    const needle = putTexts(pair, draw, [encoder.encode('ab')]);
    const mask = { address: pair.room(4), bytes: 4 };
    pair.run((k) => k.containsStr(refs, needle, 4, mask.address), mask);
    expect([...pair.read(mask.address, 4)]).toEqual([0, 0, 0, 1]);
  });
});
