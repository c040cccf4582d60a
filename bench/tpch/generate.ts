/**
 * The eight TPC-H tables as .tbl lines without a trailing bar, after the distributions of the specification's clause 4.2.3. A row depends
 * on its number and the scale alone, so an order and its items can be made apart from each other.
 */
import { comment, noise } from './comments.ts';
import { RowRandom } from './random.ts';
import { COLORS, CONTAINERS, INSTRUCTIONS, MODES, NATIONS, PRIORITIES, REGIONS, SEGMENTS, TYPES } from './words.ts';

export const TABLES = ['region', 'nation', 'part', 'supplier', 'partsupp', 'customer', 'orders', 'lineitem'] as const;
export type TableName = (typeof TABLES)[number];

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1992, 0, 1) / DAY_MS;
/** Orders end 151 days before 1998-12-31. */
const ORDER_DAYS = Date.UTC(1998, 11, 31) / DAY_MS - 151 - FIRST_DAY;
const CURRENT_DAY = Date.UTC(1995, 5, 17) / DAY_MS;

interface Sizes {
  readonly parts: number;
  readonly suppliers: number;
  readonly customers: number;
  readonly orders: number;
  readonly clerks: number;
}

/** The lines of a table at a scale, in the order of its primary key. */
export function* lines(table: TableName, scale: number): Generator<string> {
  const of = (rows: number) => Math.max(1, Math.round(rows * scale));
  const sizes: Sizes = { parts: of(200_000), suppliers: of(10_000), customers: of(150_000), orders: of(1_500_000), clerks: of(1_000) };
  switch (table) {
    case 'region':
      for (let key = 0; key < REGIONS.length; key++) yield `${key}|${REGIONS[key]}|${comment(new RowRandom(1, key), 31, 115)}`;
      return;
    case 'nation':
      for (let key = 0; key < NATIONS.length; key++) yield `${key}|${NATIONS[key].join('|')}|${comment(new RowRandom(2, key), 31, 114)}`;
      return;
    case 'part':
      for (let key = 1; key <= sizes.parts; key++) yield part(key);
      return;
    case 'supplier':
      for (let key = 1; key <= sizes.suppliers; key++) yield supplier(key, Math.max(1, Math.round(5 * scale)), sizes);
      return;
    case 'partsupp':
      for (let key = 1; key <= sizes.parts; key++) yield* suppliersOfPart(key, sizes);
      return;
    case 'customer':
      for (let key = 1; key <= sizes.customers; key++) yield customer(key);
      return;
    case 'orders':
      for (let at = 0; at < sizes.orders; at++) yield order(at, sizes).line;
      return;
    case 'lineitem':
      for (let at = 0; at < sizes.orders; at++) yield* order(at, sizes).items;
  }
}

function part(key: number): string {
  const random = new RowRandom(3, key);
  const names = new Set<string>();
  while (names.size < 5) names.add(random.pick(COLORS));
  const maker = random.between(1, 5);
  const type = TYPES.map((syllables) => random.pick(syllables)).join(' ');
  const size = random.between(1, 50);
  const container = CONTAINERS.map((syllables) => random.pick(syllables)).join(' ');
  return `${key}|${[...names].join(' ')}|Manufacturer#${maker}|Brand#${maker}${random.between(1, 5)}|${type}|${size}|${container}|${money(priceCents(key))}|${comment(random, 5, 22)}`;
}

function supplier(key: number, marked: number, sizes: Sizes): string {
  const random = new RowRandom(4, key);
  const nation = random.between(0, 24);
  const address = noise(random, 10, 40);
  const text = comment(random, 25, 100);
  const mark = markOf(key, Math.max(2, Math.floor(sizes.suppliers / marked)), marked);
  return `${key}|Supplier#${digits(key, 9)}|${address}|${nation}|${phone(random, nation)}|${money(random.between(-99_999, 999_999))}|${mark === undefined ? text : remark(random, text, mark)}`;
}

/** As many suppliers have complaints as are recommended: one of each in every stretch of `each` suppliers, `marked` stretches. */
function markOf(key: number, each: number, marked: number): 'Complaints' | 'Recommends' | undefined {
  const stretch = Math.floor((key - 1) / each);
  if (stretch >= marked) return undefined;
  const random = new RowRandom(8, stretch);
  const [complaints, step] = [random.between(0, each - 1), random.between(1, each - 1)];
  const at = (key - 1) % each;
  return at === complaints ? 'Complaints' : at === (complaints + step) % each ? 'Recommends' : undefined;
}

/** `Customer` and the mark written over a comment: both somewhere, the first before the second. */
function remark(random: RowRandom, text: string, mark: string): string {
  const [first, length] = ['Customer', 'Customer'.length + mark.length];
  const start = random.between(0, text.length - length);
  const gap = random.between(0, text.length - length - start);
  const rest = start + first.length + gap;
  return `${text.slice(0, start)}${first}${text.slice(start + first.length, rest)}${mark}${text.slice(rest + mark.length)}`;
}

function* suppliersOfPart(key: number, sizes: Sizes): Generator<string> {
  const random = new RowRandom(5, key);
  const suppliers = Array.from({ length: 4 }, (_, at) => supplierOf(key, at, sizes)).sort((a, b) => a - b);
  for (const each of new Set(suppliers))
    yield `${key}|${each}|${random.between(1, 9999)}|${money(random.between(100, 100_000))}|${comment(random, 49, 198)}`;
}

function customer(key: number): string {
  const random = new RowRandom(6, key);
  const nation = random.between(0, 24);
  return `${key}|Customer#${digits(key, 9)}|${noise(random, 10, 40)}|${nation}|${phone(random, nation)}|${money(random.between(-99_999, 999_999))}|${random.pick(SEGMENTS)}|${comment(random, 29, 116)}`;
}

function order(at: number, sizes: Sizes): { readonly line: string; readonly items: readonly string[] } {
  const random = new RowRandom(7, at);
  const key = Math.floor(at / 8) * 32 + (at % 8) + 1; // the first eight of every 32 keys
  let buyer = random.between(1, sizes.customers);
  while (buyer % 3 === 0 && sizes.customers > 2) buyer = random.between(1, sizes.customers); // a third of the customers never buys
  const day = FIRST_DAY + random.between(0, ORDER_DAYS);
  const items: string[] = [];
  const count = random.between(1, 7);
  let totalCents = 0;
  let shipped = 0;
  for (let number = 1; number <= count; number++) {
    const item = random.between(1, sizes.parts);
    const quantity = random.between(1, 50);
    const cents = quantity * priceCents(item);
    const discount = random.between(0, 10);
    const tax = random.between(0, 8);
    const shipDay = day + random.between(1, 121);
    const commitDay = day + random.between(30, 90);
    const receiptDay = shipDay + random.between(1, 30);
    const returned = receiptDay <= CURRENT_DAY ? random.pick(['R', 'A']) : 'N';
    const isOpen = shipDay > CURRENT_DAY;
    if (!isOpen) shipped++;
    totalCents += Math.round((cents * (100 - discount) * (100 + tax)) / 10_000);
    items.push(
      `${key}|${item}|${supplierOf(item, random.between(0, 3), sizes)}|${number}|${quantity}|${money(cents)}|${money(discount)}|${money(tax)}|${returned}|${isOpen ? 'O' : 'F'}|${date(shipDay)}|${date(commitDay)}|${date(receiptDay)}|${random.pick(INSTRUCTIONS)}|${random.pick(MODES)}|${comment(random, 10, 43)}`,
    );
  }
  const status = shipped === count ? 'F' : shipped === 0 ? 'O' : 'P';
  return {
    line: `${key}|${buyer}|${status}|${money(totalCents)}|${date(day)}|${random.pick(PRIORITIES)}|Clerk#${digits(random.between(1, sizes.clerks), 9)}|0|${comment(random, 19, 78)}`,
    items,
  };
}

/** The `at`-th of the four suppliers of a part. */
function supplierOf(part: number, at: number, { suppliers }: Sizes): number {
  return ((part + at * (Math.floor(suppliers / 4) + Math.floor((part - 1) / suppliers))) % suppliers) + 1;
}

function priceCents(part: number): number {
  return 90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000);
}

function phone(random: RowRandom, nation: number): string {
  return `${nation + 10}-${random.between(100, 999)}-${random.between(100, 999)}-${random.between(1000, 9999)}`;
}

function money(cents: number): string {
  const whole = Math.floor(Math.abs(cents) / 100);
  return `${cents < 0 ? '-' : ''}${whole}.${digits(Math.abs(cents) % 100, 2)}`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

const dates: string[] = [];

function date(day: number): string {
  return (dates[day - FIRST_DAY] ??= new Date(day * DAY_MS).toISOString().slice(0, 10));
}
