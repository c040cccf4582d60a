import type { Random } from '../base/runtime.ts';

const FIRST_MS = 20;
const MOST_MS = 2_000;

/** How long to wait before attempt `attempt` + 1: full jitter under a bound that doubles from 20 ms to 2 s. */
export function backoffMs(attempt: number, random: Random): number {
  const bytes = random.bytes(4);
  const fraction = (bytes[0] + bytes[1] * 256 + bytes[2] * 65_536) / 2 ** 24;
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16)) * fraction;
}
