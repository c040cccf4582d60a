/** The common form of dates and timestamps, read without regard to settings: `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM]]`. */
import { daysFromCivil, daysInMonth, MICROS_PER_SECOND } from './calendar.ts';

/** What an ISO text said; `zoneSeconds` is undefined without a zone. */
interface IsoTimestamp {
  readonly days: number;
  readonly micros: number;
  readonly zoneSeconds: number | undefined;
}

const ZERO = 48;
const DASH = 45;
const COLON = 58;

/** The day number of `YYYY-MM-DD`; undefined for any other text, valid or not. */
export function isoDate(text: string): number | undefined {
  return text.length === 10 ? dateAt(text) : undefined;
}

/** The parts of an ISO timestamp; undefined for any other text, valid or not. */
export function isoTimestamp(text: string): IsoTimestamp | undefined {
  const days = dateAt(text);
  if (days === undefined) return undefined;
  if (text.length === 10) return { days, micros: 0, zoneSeconds: undefined };
  const separator = text.charCodeAt(10);
  if ((separator !== 32 && separator !== 84) || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  const hour = digitsAt(text, 11, 2);
  const minute = digitsAt(text, 14, 2);
  const second = digitsAt(text, 17, 2);
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  let at = 19;
  let fraction = 0;
  if (text.charCodeAt(at) === 46) {
    const start = ++at;
    while (isDigit(text, at)) at++;
    const length = at - start;
    if (length === 0 || length > 6) return undefined;
    fraction = digitsAt(text, start, length) * 10 ** (6 - length);
  }
  const micros = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + fraction;
  if (at === text.length) return { days, micros, zoneSeconds: undefined };
  const zoneSeconds = zoneAt(text, at);
  return zoneSeconds === undefined ? undefined : { days, micros, zoneSeconds };
}

function dateAt(text: string): number | undefined {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined;
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
  return daysFromCivil(year, month, day);
}

function zoneAt(text: string, at: number): number | undefined {
  const sign = text[at];
  if (sign === 'Z' && at + 1 === text.length) return 0;
  const hours = digitsAt(text, at + 1, 2);
  if ((sign !== '+' && sign !== '-') || !(hours <= 15)) return undefined;
  let seconds = hours * 3600;
  if (text.length !== at + 3) {
    const minutes = digitsAt(text, at + 4, 2);
    if (text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON || !(minutes < 60)) return undefined;
    seconds += minutes * 60;
  }
  return sign === '-' ? -seconds + 0 : seconds;
}

function isDigit(text: string, at: number): boolean {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9;
}

/** The number in `count` digits; NaN when one of them is none. */
function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
