import { SqlError } from '../../../base/sql-error.ts';

/** A field of a date, time or interval, as extract, date_part and date_trunc name it. */
export type Unit =
  | 'microseconds'
  | 'milliseconds'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'decade'
  | 'century'
  | 'millennium'
  | 'dow'
  | 'isodow'
  | 'doy'
  | 'epoch'
  | 'isoyear'
  | 'julian'
  | 'timezone'
  | 'timezone_hour'
  | 'timezone_minute';

/** Every spelling PostgreSQL takes, by what it means. */
const SPELLINGS: Readonly<Record<Unit, string>> = {
  microseconds: 'microseconds microsecond microsecon us usec usecs usecond useconds',
  milliseconds: 'milliseconds millisecond millisecon ms msec msecs msecond mseconds',
  second: 'second seconds s sec secs',
  minute: 'minute minutes m min mins',
  hour: 'hour hours h hr hrs',
  day: 'day days d',
  week: 'week weeks w',
  month: 'month months mon mons',
  quarter: 'quarter qtr',
  year: 'year years y yr yrs',
  decade: 'decade decades dec decs',
  century: 'century centuries c cent',
  millennium: 'millennium millennia mil mils millenniums',
  dow: 'dow',
  isodow: 'isodow',
  doy: 'doy',
  epoch: 'epoch',
  isoyear: 'isoyear',
  julian: 'julian jd j',
  timezone: 'timezone',
  timezone_hour: 'timezone_hour timezone_h',
  timezone_minute: 'timezone_minute timezone_m',
};

const UNITS = new Map<string, Unit>(
  Object.entries(SPELLINGS).flatMap(([unit, names]) => names.split(' ').map((name): [string, Unit] => [name, unit as Unit])),
);

/** Units that are fields but no length of time, which date_trunc does not know. */
const NO_LENGTH: ReadonlySet<Unit> = new Set(['dow', 'isodow', 'doy', 'epoch', 'isoyear', 'julian']);

/** The unit a text names, case not counting, of those that are lengths of time when `isLength`; SQLSTATE 22023 naming `type` when it names none. */
export function unitNamed(text: string, type: string, isLength = false): Unit {
  const unit = UNITS.get(text.toLowerCase());
  if (unit === undefined || (isLength && NO_LENGTH.has(unit)))
    throw new SqlError('invalid_parameter_value', `unit "${text.toLowerCase()}" not recognized for type ${type}`);
  return unit;
}

/** Refuses a unit that the type does not have: SQLSTATE 0A000. */
export function unsupported(text: string, type: string, detail?: string): never {
  throw new SqlError('feature_not_supported', `unit "${text.toLowerCase()}" not supported for type ${type}`, { detail });
}
