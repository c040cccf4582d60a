/** The words of date and time input (datetktbl of PostgreSQL's datetime.c). */

type Word =
  | { readonly kind: 'month'; readonly value: number }
  | { readonly kind: 'weekday'; readonly value: number }
  | {
      readonly kind: 'moment';
      readonly value: 'now' | 'today' | 'tomorrow' | 'yesterday' | 'midnight' | 'epoch' | 'infinity' | '-infinity';
    }
  | { readonly kind: 'meridian'; readonly value: 'am' | 'pm' }
  | { readonly kind: 'era'; readonly value: 'ad' | 'bc' }
  | { readonly kind: 'unit'; readonly value: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'julian' }
  | { readonly kind: 'time mark' }
  | { readonly kind: 'daylight' }
  | { readonly kind: 'filler' };

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** English names, as DateStyle POSTGRES and to_char print them. */
export const MONTH_NAMES: readonly string[] = MONTHS.map(capitalized);
export const WEEKDAY_NAMES: readonly string[] = WEEKDAYS.map(capitalized);

const WORDS = new Map<string, Word>([
  ...MONTHS.flatMap((name, index): [string, Word][] => [
    [name, { kind: 'month', value: index + 1 }],
    [name.slice(0, 3), { kind: 'month', value: index + 1 }],
  ]),
  ['sept', { kind: 'month', value: 9 }],
  ...WEEKDAYS.flatMap((name, index): [string, Word][] => [
    [name, { kind: 'weekday', value: index }],
    [name.slice(0, 3), { kind: 'weekday', value: index }],
  ]),
  ...(['tues', 'weds', 'thur', 'thurs'] as const).map((name): [string, Word] => [
    name,
    { kind: 'weekday', value: name[0] === 'w' ? 3 : name === 'tues' ? 2 : 4 },
  ]),
  ...(['now', 'today', 'tomorrow', 'yesterday', 'epoch', 'infinity', '-infinity'] as const).map((value): [string, Word] => [
    value,
    { kind: 'moment', value },
  ]),
  ['+infinity', { kind: 'moment', value: 'infinity' }],
  ['allballs', { kind: 'moment', value: 'midnight' }],
  ['am', { kind: 'meridian', value: 'am' }],
  ['pm', { kind: 'meridian', value: 'pm' }],
  ['ad', { kind: 'era', value: 'ad' }],
  ['bc', { kind: 'era', value: 'bc' }],
  ['y', { kind: 'unit', value: 'year' }],
  ['m', { kind: 'unit', value: 'month' }],
  ['d', { kind: 'unit', value: 'day' }],
  ['h', { kind: 'unit', value: 'hour' }],
  ['mm', { kind: 'unit', value: 'minute' }],
  ['s', { kind: 'unit', value: 'second' }],
  ['j', { kind: 'unit', value: 'julian' }],
  ['jd', { kind: 'unit', value: 'julian' }],
  ['julian', { kind: 'unit', value: 'julian' }],
  ['t', { kind: 'time mark' }],
  ['dst', { kind: 'daylight' }],
  ['at', { kind: 'filler' }],
  ['on', { kind: 'filler' }],
]);

/** What a word in lower case means; undefined when it has no meaning here (it may be a time zone). */
export function dateWord(word: string): Word | undefined {
  return WORDS.get(word);
}

function capitalized(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}
