import { describe, expect, it } from 'vitest';
import { Draw, SEED } from '../storage/random.ts';
import { putNulls } from './draw-vectors.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

const DATE_MIN = -2451545;
const DATE_MAX = 2145031948;
const DAY_MICROS = 86_400_000_000n;

function drawDates(draw: Draw, n: number): Int32Array {
  return Int32Array.from({ length: n }, () => {
    if (draw.chance(0.05)) return draw.of([-(2 ** 31), 2 ** 31 - 1, DATE_MIN, DATE_MAX, 0, -1, 59, 60, 106751983]);
    return draw.chance(0.7) ? draw.below(40_000) - 20_000 : DATE_MIN + draw.below(DATE_MAX - DATE_MIN + 1);
  });
}

function drawTimestamps(draw: Draw, n: number): BigInt64Array {
  return BigInt64Array.from({ length: n }, () => {
    if (draw.chance(0.05)) return draw.of([-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, DAY_MICROS - 1n, -DAY_MICROS]);
    const day = draw.chance(0.7) ? draw.below(40_000) - 20_000 : DATE_MIN + draw.below(106_751_983 - DATE_MIN);
    return BigInt(day) * DAY_MICROS + BigInt(draw.below(2 ** 31)) * BigInt(draw.below(40));
  });
}

describe(`dates and their twins (SEED=${SEED})`, () => {
  it('parts, truncation, days, timestamps', () => {
    let failures = 0;
    forRows((pair, n, draw) => {
      const [a, b] = [pair.put(drawDates(draw, n)), pair.put(drawDates(draw, n))];
      const days = pair.put(Int32Array.from({ length: n }, () => draw.int32()));
      const timestamps = pair.put(drawTimestamps(draw, n));
      const nulls = putNulls(pair, draw, n);
      const dst4 = { address: pair.room(n * 4), bytes: n * 4 };
      const dst8 = { address: pair.room(n * 8), bytes: n * 8 };
      for (const part of ['dateYear', 'dateMonth', 'dateDay', 'dateQuarter'] as const) {
        failures += pair.run((k) => k[part](a, nulls, n, dst4.address), dst4);
      }
      for (const op of ['dateTruncYear', 'dateTruncQuarter', 'dateTruncMonth'] as const) {
        pair.run((k) => k[op](a, nulls, n, dst4.address), dst4);
      }
      for (const op of ['dateAddDays', 'dateAddDaysConstant'] as const) {
        failures += pair.run((k) => k[op](a, days, nulls, n, dst4.address), dst4);
      }
      failures += pair.run((k) => k.dateSubtract(a, b, nulls, n, dst4.address), dst4);
      failures += pair.run((k) => k.dateToTimestamp(a, nulls, n, dst8.address), dst8);
      for (const part of ['timestampHour', 'timestampMinute', 'timestampMicrosOfMinute'] as const) {
        failures += pair.run((k) => k[part](timestamps, nulls, n, dst4.address), dst4);
      }
      const unit = pair.put(BigInt64Array.of(draw.of([1000n, 60_000_000n, 3_600_000_000n, DAY_MICROS])));
      pair.run((k) => k.timestampTrunc(timestamps, unit, n, dst8.address), dst8);
      pair.run((k) => k.timestampToDate(timestamps, n, dst4.address), dst4);
      pair.run((k) => k.timestampToDate(timestamps, n, timestamps), { ...dst4, address: timestamps });
    });
    expect(failures).toBeGreaterThan(100);
  });

  it('every day of four centuries', () => {
    const pair = new KernelPair();
    for (let from = -73_500; from < 73_500; from += 2048) {
      pair.reset(new Draw(1));
      const days = pair.put(Int32Array.from({ length: 2048 }, (_, at) => from + at));
      const dst = { address: pair.room(2048 * 4), bytes: 2048 * 4 };
      for (const part of ['dateYear', 'dateMonth', 'dateDay', 'dateQuarter'] as const)
        pair.run((k) => k[part](days, 0, 2048, dst.address), dst);
    }
  });

  it('the calendar is that of Date, and has no year 0', () => {
    const pair = new KernelPair();
    const draw = new Draw(SEED);
    for (let round = 0; round < 40; round++) {
      pair.reset(draw);
      const n = 512;
      const days = Int32Array.from({ length: n }, (_, at) =>
        round === 0 ? at : Math.max(DATE_MIN, draw.below(200_000_000 / 2 ** draw.below(12)) - 1_000_000),
      );
      const a = pair.put(days);
      const dst = { address: pair.room(n * 4), bytes: n * 4 };
      const asked = (part: 'dateYear' | 'dateMonth' | 'dateDay' | 'dateTruncMonth'): Int32Array => {
        pair.run((k) => k[part](a, 0, n, dst.address), dst);
        return new Int32Array(pair.read(dst.address, n * 4).buffer);
      };
      const [years, months, ofMonth, firsts] = [asked('dateYear'), asked('dateMonth'), asked('dateDay'), asked('dateTruncMonth')];
      for (let at = 0; at < n; at++) {
        const date = new Date((days[at] + 10_957) * 86_400_000);
        if (Number.isNaN(date.getTime())) continue;
        const year = date.getUTCFullYear();
        expect([years[at], months[at], ofMonth[at]]).toEqual([year <= 0 ? year - 1 : year, date.getUTCMonth() + 1, date.getUTCDate()]);
        expect(firsts[at]).toBe(days[at] - ofMonth[at] + 1);
      }
    }
  });
});
