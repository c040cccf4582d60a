/**
 * Time zones: IANA names through the host's Intl, PostgreSQL's abbreviations, and POSIX offsets.
 *
 * Intl is slow and rules change rarely, so each zone remembers offsets by spans of four days: a span whose two ends agree
 * has one offset; in another the moment of change is found by bisection and remembered.
 */
import { SqlError } from '../../base/sql-error.ts';
import { addInt8, subtractInt8 } from '../integer.ts';
import { MICROS_PER_SECOND, splitTimestamp, UNIX_EPOCH_DAYS } from './calendar.ts';
import { zoneAbbreviation } from './zone-abbreviations.ts';

/** A zone whose offset can be asked for any moment. Offsets are seconds east of UTC. */
export interface Zone {
  /** The name as PostgreSQL shows it. */
  readonly name: string;
  /** The offset at a moment, in seconds since 1970 UTC. */
  offsetAt(unixSeconds: number): number;
  /** The abbreviation in force, e.g. `PST`; empty when the zone has none. */
  abbreviationAt(unixSeconds: number): string;
}

const ZONES_KEPT = 256;
const SPANS_KEPT = 20_000;
const SPAN_SECONDS = 4 * 86_400;
const INTL_SECONDS_MAX = 8.64e12;
/** The end of the year 9000: later Intl knows offsets and no names. */
const NAMED_SECONDS_MAX = 221_845_392_000;
const GREGORIAN_CYCLE_SECONDS = 146097 * 86_400;

const zones = new Map<string, Zone | null>();

/** The zone of a name, abbreviation or POSIX offset (`<-08>+08`, `+5:30`, `EST5`); undefined when unknown. */
export function findZone(name: string): Zone | undefined {
  let zone = zones.get(name);
  if (zone === undefined) {
    if (zones.size >= ZONES_KEPT) zones.clear();
    zone = makeZone(name) ?? null;
    zones.set(name, zone);
  }
  return zone ?? undefined;
}

/** The zone that a literal or AT TIME ZONE means: there an abbreviation (`CET`, always +01) goes before a zone of the same name. */
export function requireLiteralZone(name: string): Zone {
  return abbreviatedZone(name) ?? requireZone(name);
}

/** As `findZone`; SQLSTATE 22023 when unknown. */
export function requireZone(name: string): Zone {
  const zone = findZone(name);
  if (zone === undefined) throw new SqlError('invalid_parameter_value', `time zone "${name}" not recognized`);
  return zone;
}

/** Seconds east of UTC in `zone` at a timestamptz. */
export function zoneOffsetSeconds(zone: string, utc: number | bigint): number {
  return requireZone(zone).offsetAt(unixSeconds(utc));
}

/** The local timestamp of a timestamptz. Infinities stay. */
export function utcToLocal(zone: string, utc: number | bigint): number | bigint {
  if (utc === Number.POSITIVE_INFINITY || utc === Number.NEGATIVE_INFINITY) return utc;
  return addInt8(utc, zoneOffsetSeconds(zone, utc) * MICROS_PER_SECOND);
}

/** The timestamptz of a local timestamp. */
export function localToUtc(zone: string, local: number | bigint): number | bigint {
  if (local === Number.POSITIVE_INFINITY || local === Number.NEGATIVE_INFINITY) return local;
  return subtractInt8(local, localOffsetSeconds(requireZone(zone), local) * MICROS_PER_SECOND);
}

/**
 * The offset that a local timestamp has in `zone`. A time skipped in spring is read with the offset before the change, a
 * time that occurs twice in autumn with the one after it, as PostgreSQL does.
 */
export function localOffsetSeconds(zone: Zone, local: number | bigint): number {
  const seconds = unixSeconds(local);
  const before = zone.offsetAt(seconds - 86_400);
  const after = zone.offsetAt(seconds + 86_400);
  if (before === after) return before;
  const beforeFits = zone.offsetAt(seconds - before) === before;
  const afterFits = zone.offsetAt(seconds - after) === after;
  return afterFits || !beforeFits ? (afterFits ? after : before) : before;
}

/** Whole seconds since 1970 of a timestamp. */
export function unixSeconds(timestamp: number | bigint): number {
  const { days, micros } = splitTimestamp(timestamp);
  return (days - UNIX_EPOCH_DAYS) * 86_400 + Math.floor(micros / MICROS_PER_SECOND);
}

function makeZone(name: string): Zone | undefined {
  return posixZone(name) ?? intlZone(name) ?? abbreviatedZone(name);
}

function abbreviatedZone(name: string): Zone | undefined {
  const abbreviation = zoneAbbreviation(name);
  return abbreviation === undefined ? undefined : fixedZone(name.toUpperCase(), abbreviation.seconds, name.toUpperCase());
}

/** POSIX counts west of UTC, and so `+5` is five hours behind. */
function posixZone(name: string): Zone | undefined {
  const parts = /^(?:<([+\-:A-Za-z0-9]+)>|([A-Za-z]{3,}))?([+-]?)(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/.exec(name);
  if (parts === null) return undefined;
  const west = Number(parts[4]) * 3600 + Number(parts[5] ?? 0) * 60 + Number(parts[6] ?? 0);
  if (west > 167 * 3600) return undefined;
  return fixedZone(name, parts[3] === '-' ? west : -west + 0, parts[1] ?? parts[2] ?? '');
}

function fixedZone(name: string, seconds: number, abbreviation: string): Zone {
  return { name, offsetAt: () => seconds, abbreviationAt: () => abbreviation };
}

function intlZone(name: string): Zone | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return undefined;
  try {
    return new IntlZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class IntlZone implements Zone {
  readonly name: string;
  readonly #offsets: Intl.DateTimeFormat;
  readonly #spans = new Map<number, { readonly change: number; readonly before: number; readonly after: number }>();
  #names: readonly Intl.DateTimeFormat[] | undefined;

  constructor(name: string) {
    this.#offsets = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const canonical = this.#offsets.resolvedOptions().timeZone;
    this.name = canonical.toLowerCase() === name.toLowerCase() ? canonical : name;
  }

  offsetAt(unixSeconds: number): number {
    const index = Math.floor(unixSeconds / SPAN_SECONDS);
    let span = this.#spans.get(index);
    if (span === undefined) {
      if (this.#spans.size >= SPANS_KEPT) this.#spans.clear();
      span = this.#study(index * SPAN_SECONDS);
      this.#spans.set(index, span);
    }
    return unixSeconds < span.change ? span.before : span.after;
  }

  abbreviationAt(unixSeconds: number): string {
    this.#names ??= ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-CA'].map(
      (locale) => new Intl.DateTimeFormat(locale, { timeZone: this.name, timeZoneName: 'short' }),
    );
    const moment =
      unixSeconds > NAMED_SECONDS_MAX
        ? unixSeconds - Math.ceil((unixSeconds - NAMED_SECONDS_MAX) / GREGORIAN_CYCLE_SECONDS) * GREGORIAN_CYCLE_SECONDS
        : withinIntl(unixSeconds);
    for (const format of this.#names) {
      const text = format.format(moment * 1000);
      const name = text.slice(text.lastIndexOf(' ') + 1);
      if (/^[A-Z]{2,5}$/.test(name)) return name;
    }
    return this.offsetAt(unixSeconds) % 60 === 0 ? '' : 'LMT';
  }

  #study(start: number): { readonly change: number; readonly before: number; readonly after: number } {
    let low = start;
    let high = start + SPAN_SECONDS;
    const before = this.#ask(low);
    const after = this.#ask(high);
    if (before === after) return { change: high, before, after };
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    return { change: high, before, after };
  }

  #ask(unixSeconds: number): number {
    const text = this.#offsets.format(withinIntl(unixSeconds) * 1000);
    const parts = /GMT(?:([+-])(\d{1,2}):?(\d{2})?(?::(\d{2}))?)?$/.exec(text);
    if (parts === null || parts[1] === undefined) return 0;
    const seconds = Number(parts[2]) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0);
    return parts[1] === '-' ? -seconds : seconds;
  }
}

/** A moment that Intl can format and that has the same rules: the calendar repeats every 400 years. */
function withinIntl(unixSeconds: number): number {
  if (unixSeconds < -INTL_SECONDS_MAX) return -INTL_SECONDS_MAX;
  if (unixSeconds <= INTL_SECONDS_MAX - SPAN_SECONDS) return unixSeconds;
  return unixSeconds - Math.ceil((unixSeconds - INTL_SECONDS_MAX + SPAN_SECONDS) / GREGORIAN_CYCLE_SECONDS) * GREGORIAN_CYCLE_SECONDS;
}
