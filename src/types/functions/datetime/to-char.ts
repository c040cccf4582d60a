import { SqlError } from '../../../base/sql-error.ts';
import {
  civilFromDays,
  daysFromCivil,
  EPOCH_JULIAN,
  isoWeek,
  isoWeekStart,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
  weekday,
} from '../../datetime/calendar.ts';
import { partsOf } from '../../datetime/interval-print.ts';
import { MONTH_NAMES, WEEKDAY_NAMES } from '../../datetime/words.ts';
import { requireZone, unixSeconds, utcToLocal } from '../../datetime/zone.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { Interval } from '../../value.ts';
import { scalar, STABLE } from '../define.ts';
import { period } from './fields.ts';
import { dateTemplate, ROMAN_MONTHS, type TemplateNode } from './template.ts';

const { text, timestamp, timestamptz, interval } = OID;
type Int8 = number | bigint;
type Pattern = Extract<TemplateNode, { kind: 'pattern' }>;

/** What a template prints: the fields of a local time or of an interval. */
interface Moment {
  readonly isInterval: boolean;
  readonly year: number;
  /** 1 to 12; 0 in an interval without months. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** Days since 2000-01-01; of an interval, the approximate total. */
  readonly days: number;
  readonly dayOfYear: number;
  readonly zone: { readonly name: string; readonly eastSeconds: number };
}

/** to_char of timestamps and intervals. An empty template or an infinite time gives null. */
export function toCharFunctions(): SqlFunction[] {
  return [
    scalar(
      'to_char',
      [timestamp, text],
      text,
      (_, value: Int8, format: string) =>
        format === '' || isInfinite(value) ? null : written(momentOf(value, { name: '', eastSeconds: 0 }), format),
      STABLE,
    ),
    scalar(
      'to_char',
      [timestamptz, text],
      text,
      (context: EvaluationContext, value: Int8, format: string) => {
        if (format === '' || isInfinite(value)) return null;
        const zone = requireZone(context.timeZone);
        const seconds = unixSeconds(value);
        return written(
          momentOf(utcToLocal(context.timeZone, value), { name: zone.abbreviationAt(seconds), eastSeconds: zone.offsetAt(seconds) }),
          format,
        );
      },
      STABLE,
    ),
    scalar(
      'to_char',
      [interval, text],
      text,
      (_, value: Interval, format: string) => (format === '' ? null : written(momentOfInterval(value), format)),
      STABLE,
    ),
  ];
}

function isInfinite(value: Int8): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function momentOf(local: Int8, zone: Moment['zone']): Moment {
  const { days, micros } = splitTimestamp(local);
  const date = civilFromDays(days);
  return {
    isInterval: false,
    ...date,
    hour: Math.floor(micros / MICROS_PER_HOUR),
    minute: Math.floor(micros / MICROS_PER_MINUTE) % 60,
    second: Math.floor(micros / MICROS_PER_SECOND) % 60,
    micros: micros % MICROS_PER_SECOND,
    days,
    dayOfYear: days - daysFromCivil(date.year, 1, 1) + 1,
    zone,
  };
}

function momentOfInterval(value: Interval): Moment {
  const parts = partsOf(value);
  const total = (parts.years * 12 + parts.months) * 30 + parts.days;
  return {
    isInterval: true,
    year: parts.years,
    month: parts.months,
    day: parts.days,
    hour: parts.hours,
    minute: parts.minutes,
    second: parts.seconds,
    micros: parts.micros,
    days: total,
    dayOfYear: total,
    zone: { name: '', eastSeconds: 0 },
  };
}

function written(moment: Moment, format: string): string {
  let result = '';
  for (const node of dateTemplate(format).nodes) {
    if (node.kind === 'text') result += node.text;
    else result += withOrdinal(node, patternText(node, moment));
  }
  return result;
}

/** The English ordinal's ending behind a number: 1st, 2nd, 3rd, 4th, 11th … */
function withOrdinal(node: Pattern, shown: string): string {
  if (node.ordinal === '' || !/\d$/.test(shown)) return shown;
  const teen = shown.at(-2) === '1';
  const ending = teen ? 'th' : ({ '1': 'st', '2': 'nd', '3': 'rd' }[shown.at(-1) ?? ''] ?? 'th');
  return shown + (node.ordinal === 'TH' ? ending.toUpperCase() : ending);
}

/** A number of at least `width` digits, the sign not counted; of as many as it has under FM. */
function digits(node: Pattern, value: number, width: number): string {
  const shown = String(Math.abs(value)).padStart(node.fill ? width : 0, '0');
  return value < 0 ? `-${shown}` : shown;
}

function named(node: Pattern, name: string, width: number): string {
  const shown = node.spelling === node.name ? name.toUpperCase() : node.spelling[0] === node.name[0] ? name : name.toLowerCase();
  return node.fill && !node.localized ? shown.padEnd(width) : shown;
}

function patternText(node: Pattern, moment: Moment): string {
  return timePattern(node, moment) ?? datePattern(node, moment) ?? calendarPattern(node, moment);
}

function timePattern(node: Pattern, moment: Moment): string | undefined {
  const { hour, minute, second, micros } = moment;
  switch (node.name) {
    case 'HH':
    case 'HH12':
      return digits(node, hour % 12 === 0 ? 12 : hour % 12, 2);
    case 'HH24':
      return digits(node, hour, 2);
    case 'MI':
      return digits(node, minute, 2);
    case 'SS':
      return digits(node, second, 2);
    case 'MS':
      return fraction(micros, 3);
    case 'US':
      return fraction(micros, 6);
    case 'FF1':
    case 'FF2':
    case 'FF3':
    case 'FF4':
    case 'FF5':
    case 'FF6':
      return fraction(micros, Number(node.name[2]));
    case 'SSSS':
    case 'SSSSS':
      return String(hour * 3600 + minute * 60 + second);
    case 'AM':
    case 'PM':
      return cased(node, hour % 24 >= 12 ? 'PM' : 'AM');
    case 'A.M.':
    case 'P.M.':
      return cased(node, hour % 24 >= 12 ? 'P.M.' : 'A.M.');
    default:
      return undefined;
  }
}

function fraction(micros: number, width: number): string {
  return padded(Math.trunc(micros / 10 ** (6 - width)), width);
}

/** `width` characters or more, a minus sign counted. */
function padded(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0');
}

function cased(node: Pattern, shown: string): string {
  return node.spelling === node.name ? shown : shown.toLowerCase();
}

function datePattern(node: Pattern, moment: Moment): string | undefined {
  const { year, month, day, isInterval } = moment;
  const shownYear = isInterval || year > 0 ? year : 1 - year;
  switch (node.name) {
    case 'Y,YYY':
      return `${Math.trunc(shownYear / 1000)},${padded(shownYear % 1000, 3)}`;
    case 'YYYY':
      return digits(node, shownYear, 4);
    case 'YYY':
      return digits(node, shownYear % 1000, 3);
    case 'YY':
      return digits(node, shownYear % 100, 2);
    case 'Y':
      return digits(node, shownYear % 10, 1);
    case 'MM':
      return digits(node, month, 2);
    case 'DD':
      return node.fill ? padded(day, 2) : String(day);
    case 'DDD':
      return node.fill ? padded(moment.dayOfYear, 3) : String(moment.dayOfYear);
    case 'CC': {
      const century = isInterval ? Math.trunc(year / 100) : period(year, 100);
      return Math.abs(century) <= 99 ? digits(node, century, 2) : String(century);
    }
    case 'Q':
      return month === 0 ? '' : String(Math.trunc((month - 1) / 3) + 1);
    case 'W':
      return String(Math.trunc((day - 1) / 7) + 1);
    case 'WW':
      return digits(node, Math.trunc((moment.dayOfYear - 1) / 7) + 1, 2);
    case 'J':
      return String((isInterval ? daysFromCivil(year, month, day) : moment.days) + EPOCH_JULIAN);
    case 'RM':
      return romanMonth(node, moment);
    default:
      return undefined;
  }
}

function romanMonth(node: Pattern, { month, year }: Moment): string {
  if (month === 0 && year === 0) return '';
  const index = month > 0 ? month - 1 : month === 0 ? (year >= 0 ? 11 : 0) : 12 + month;
  const shown = cased(node, ROMAN_MONTHS[index]);
  return node.fill ? shown.padEnd(4) : shown;
}

/** Patterns that need a calendar date or a zone: an interval has neither. */
function calendarPattern(node: Pattern, moment: Moment): string {
  const { year, month, days, zone } = moment;
  if (moment.isInterval) {
    throw new SqlError('invalid_datetime_format', 'invalid format specification for an interval value', {
      hint: 'Intervals are not tied to specific calendar dates.',
    });
  }
  switch (node.name) {
    case 'MONTH':
      return named(node, MONTH_NAMES[month - 1], 9);
    case 'MON':
      return named(node, MONTH_NAMES[month - 1].slice(0, 3), 0);
    case 'DAY':
      return named(node, WEEKDAY_NAMES[weekday(days)], 9);
    case 'DY':
      return named(node, WEEKDAY_NAMES[weekday(days)].slice(0, 3), 0);
    case 'D':
      return String(weekday(days) + 1);
    case 'ID':
      return String(weekday(days) || 7);
    case 'IDDD':
      return digits(node, days - isoWeekStart(isoWeek(days).year, 1) + 1, 3);
    case 'IW':
      return digits(node, isoWeek(days).week, 2);
    case 'IYYY':
    case 'IYY':
    case 'IY':
    case 'I': {
      const isoYear = isoWeek(days).year;
      const shown = isoYear > 0 ? isoYear : 1 - isoYear;
      return digits(node, shown % 10 ** node.name.length, node.name.length);
    }
    case 'AD':
    case 'BC':
      return cased(node, year > 0 ? 'AD' : 'BC');
    case 'A.D.':
    case 'B.C.':
      return cased(node, year > 0 ? 'A.D.' : 'B.C.');
    case 'TZ':
      return cased(node, zone.name);
    case 'TZH':
      return `${zone.eastSeconds < 0 ? '-' : '+'}${String(Math.floor(Math.abs(zone.eastSeconds) / 3600)).padStart(2, '0')}`;
    case 'TZM':
      return String(Math.floor((Math.abs(zone.eastSeconds) % 3600) / 60)).padStart(2, '0');
    case 'OF': {
      const size = Math.abs(zone.eastSeconds);
      const minutes = Math.floor((size % 3600) / 60);
      const hours = String(Math.floor(size / 3600)).padStart(node.fill ? 2 : 0, '0');
      return `${zone.eastSeconds < 0 ? '-' : '+'}${hours}${size % 3600 === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`;
    }
    default:
      return '';
  }
}
