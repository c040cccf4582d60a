/** The quick road and the plain one load the same rows, or refuse the same record with the same words. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open, type VelociDatabase } from '../../src/index.ts';
import { giveLoadingMemoryBack, LoadingMemory } from '../../src/kernels/loading-memory.ts';
import { CSV_FORMAT, TBL_FORMAT, TEXT_FORMAT, type CopyFormat } from '../../src/session/copy/copy-format.ts';
import type { CopyFrom } from '../../src/session/copy/copy-into.ts';
import type { Session } from '../../src/session/session.ts';
import { Draw, SEED } from '../storage/random.ts';
import { often } from '../support/often.ts';

let db: VelociDatabase;
let session: Session;
let quickLoads = 0;

beforeEach(async () => {
  db = await open('memory:');
  session = db.session();
});
afterEach(async () => {
  await session.close();
  await db.close();
});

/** Texts of each type: what everybody writes, what somebody writes, and what is refused. */
const TEXTS: Readonly<Record<string, readonly [usual: readonly string[], odd: readonly string[], wrong: readonly string[]]>> = {
  int2: [
    ['0', '7', '-12', '32767', '-32768'],
    ['+5', ' 3 ', '0007'],
    ['32768', '1.5', 'x', '-'],
  ],
  int4: [
    ['0', '123456', '-2147483648', '2147483647'],
    ['+5', ' 3', '00000000000000000012'],
    ['2147483648', '1e3', ''],
  ],
  int8: [
    ['0', '1234567890123456', '-1'],
    ['9223372036854775807', '-9223372036854775808', '12345678901234567'],
    ['9223372036854775808', '--1'],
  ],
  'numeric(9,3)': [
    ['0', '1.5', '-123456.789', '42', '0.001'],
    ['.5', '5.', '1e2', 'NaN', '1.23456', '+1', '0000000001.5'],
    ['1000000', 'Infinity', '1.2.3', '.'],
  ],
  numeric: [
    ['1.25', '2.50', '-0.01', '3.00'],
    ['1', '12345678901234567890.12', 'NaN', '1e-7', '.25'],
    ['1,5', '-'],
  ],
  float4: [
    ['0', '1.5', '-3.25', '1234.567'],
    ['1e10', 'NaN', '-Infinity', '0.1234567890', '-0', '.5'],
    ['1e50', 'a'],
  ],
  float8: [
    ['0', '-0', '1.5', '123456789.012345', '0.1'],
    ['1e300', 'NaN', 'inf', '0.12345678901234567890', '5.'],
    ['1e400', '1.5f'],
  ],
  bool: [
    ['t', 'f', 'true', 'false', '1', '0'],
    ['yes', 'OFF', ' t ', 'tru'],
    ['2', 'maybe'],
  ],
  date: [
    ['2000-01-01', '1992-02-29', '0001-01-01', '9999-12-31'],
    ['1/2/2003', 'infinity', '20040506', '2000-1-1', ' 2000-01-01'],
    ['2001-02-29', '2000-13-01', '0000-01-01'],
  ],
  timestamp: [
    ['2000-01-01 00:00:00', '1999-12-31 23:59:59.123456', '2020-02-29'],
    ['2000-01-01T10:00:00', '2000-01-01 10:00', '-infinity', '2000-01-01 24:00:00', '2000-01-01 10:00:00.1234567'],
    ['2000-01-01 25:00:00', 'today at noon'],
  ],
  timestamptz: [
    ['2000-01-01 00:00:00+00', '2000-01-01 12:30:00.5-05', '2000-01-01 00:00:00+05:30'],
    ['2000-01-01 00:00:00', '2000-01-01 00:00:00 Europe/Berlin', 'epoch', '2000-01-01+02'],
    ['2000-01-01 00:00:00+99'],
  ],
  text: [
    ['', 'word', 'two words', 'a somewhat longer text than the others'],
    ['é', '漢字', '😀', ' ', 'x'.repeat(3000), '0'.repeat(2048)],
    [],
  ],
  'varchar(5)': [
    ['', 'abc', 'abcde'],
    ['éééé', '漢字漢字漢', 'abcde   '],
    ['abcdef', '漢字漢字漢字'],
  ],
  'char(4)': [['', 'a', 'abcd'], ['é', '漢字', 'ab      '], ['abcde']],
  uuid: [['00000000-0000-0000-0000-000000000001'], ['{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}', 'a0eebc999c0b4ef8bb6d6bb9bd380a11'], ['12']],
  positive: [['1', '20'], ['+3'], ['-1', 'x']],
  jsonb: [['1', '"x"', '[1, 2]'], ['{"a": {"b": null}}'], ['{']],
};
const TYPES = Object.keys(TEXTS);

const FORMATS: readonly CopyFormat[] = [
  TEXT_FORMAT,
  { ...TEXT_FORMAT, delimiter: '|', nullText: 'none' },
  CSV_FORMAT,
  { ...CSV_FORMAT, delimiter: ';', nullText: 'NULL', quote: "'", escape: "'" },
  { ...CSV_FORMAT, escape: '\\' },
  TBL_FORMAT,
  { ...TBL_FORMAT, nullText: '?' },
];

/** A field as somebody may write it; null is the format's null. */
function written(draw: Draw, text: string | null, format: CopyFormat): string {
  if (text === null) return format.nullText ?? '';
  switch (format.kind) {
    case 'tbl':
      return text.replaceAll(/[|\n]/g, '/');
    case 'text': {
      const escaped = text
        .replaceAll('\\', '\\\\')
        .replaceAll(format.delimiter, `\\${format.delimiter}`)
        .replaceAll('\n', draw.of(['\\n', '\\\n']));
      if (escaped === format.nullText) return `\\${escaped}`;
      return draw.chance(0.02) ? escaped.replace('a', '\\x61') : escaped;
    }
    case 'csv': {
      const { quote, escape } = format;
      const needsQuotes =
        text === format.nullText || text.includes(quote) || text.includes(format.delimiter) || text.includes('\n') || text === '\\.';
      if (!needsQuotes && draw.chance(0.8)) return text;
      const inside = text.replaceAll(escape, escape + escape).replaceAll(quote, escape === quote ? quote + quote : escape + quote);
      return `${quote}${inside}${quote}`;
    }
  }
}

function fieldOf(draw: Draw, type: string, oddness: number): string | null {
  if (draw.chance(oddness)) return null;
  const [usual, odd, wrong] = TEXTS[type];
  if (wrong.length > 0 && draw.chance(oddness / 40)) return draw.of(wrong);
  let text = draw.chance(oddness) && odd.length > 0 ? draw.of(odd) : draw.of(usual);
  if (type === 'text' && draw.chance(oddness)) text += draw.of(['\\', '"', "'", '|', ';', ',', '\t', '\n', 'a\\N', '\\.']);
  return text;
}

async function load(how: 'quick' | 'plain', what: CopyFrom, names: readonly string[], bytes: Uint8Array, cut: number): Promise<unknown> {
  const memory = new LoadingMemory(how === 'quick');
  giveLoadingMemoryBack(memory); // the next load takes it
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  };
  for await (const _ of session.run(`SELECT setval('lines', 1, false); BEGIN`)) continue;
  try {
    const { rowCount } = await session.copyIn(what, chunks());
    const list = names.map((name) => `${name}::text`).join(', ');
    const { rows } = await session.query(`SELECT ${list} FROM t ORDER BY line`);
    return { rowCount, rows };
  } catch (error) {
    const { code, message, where, detail } = error as Record<string, unknown>;
    return { code, message, where, detail };
  } finally {
    // The quick road lays the data out in memory; the plain one has no use for so much.
    const isQuick = memory.bytes > 4_000_000;
    expect(isQuick && how === 'plain').toBe(false);
    if (isQuick) quickLoads++;
    for await (const _ of session.run('ROLLBACK')) continue;
  }
}

describe(`both roads (SEED=${SEED})`, () => {
  test('agree on whatever they are given', async () => {
    const draw = new Draw(SEED + 90);
    for await (const _ of session.run('CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE SEQUENCE lines')) continue;
    const outcomes = { loaded: 0, refused: 0 };
    const rounds = often(20, 60);
    for (let round = 0; round < rounds; round++) {
      const types = Array.from({ length: 1 + draw.below(6) }, () => draw.of(TYPES));
      const isKeyed = draw.chance(0.5);
      const columns = types.map((type, at) => `c${at} ${type}${draw.chance(0.2) ? ' NOT NULL' : ''}`).join(', ');
      const line = isKeyed ? `line int DEFAULT nextval('lines') PRIMARY KEY` : `line int DEFAULT nextval('lines')`;
      const index = draw.chance(0.3) ? '; CREATE INDEX ON t (c0, line)' : '';
      for await (const _ of session.run(`DROP TABLE IF EXISTS t; CREATE TABLE t (${columns}, ${line})${index}`)) continue;
      const base = draw.of(FORMATS);
      const names = types.map((_, at) => `c${at}`);
      const header = draw.of(['none', 'none', 'skip', 'names'] as const);
      const format: CopyFormat = { ...base, header };
      const oddness = draw.of([0, 0.02, 0.3]);
      const ending = draw.of(['\n', '\n', '\r\n']);
      const lines = Array.from({ length: draw.of([0, 1, 5, 60, 1500]) }, () => {
        const fields = types.map((type) => written(draw, fieldOf(draw, type, oddness), format));
        if (draw.chance(oddness / 200)) fields.length -= 1;
        if (draw.chance(oddness / 200)) fields.push('more');
        return fields.join(format.delimiter) + (format.kind === 'tbl' && draw.chance(0.5) ? format.delimiter : '');
      });
      if (header !== 'none') lines.unshift(names.join(format.delimiter));
      if (format.kind !== 'tbl' && draw.chance(0.1)) lines.push('\\.', 'what follows the end');
      const text = (draw.chance(0.1) ? '\ufeff' : '') + lines.join(ending) + (draw.chance(0.7) ? ending : '');
      const bytes = new TextEncoder().encode(text);
      if (bytes.length > 0 && draw.chance(0.05)) bytes[draw.below(bytes.length)] = draw.of([0, 0xff, 0xc3, 0xed]);
      const what = { table: 't', format, columns: header === 'names' ? undefined : names };
      const plain = await load('plain', what, names, bytes, draw.of([7, 1000, 1 << 20]));
      const quick = await load('quick', what, names, bytes, draw.of([7, 1000, 1 << 20]));
      expect(quick, `round ${round}: ${types.join()} ${JSON.stringify(format)}`).toEqual(plain);
      outcomes[plain !== null && typeof plain === 'object' && 'rows' in plain ? 'loaded' : 'refused']++;
    }
    expect(outcomes.loaded).toBeGreaterThan(rounds / 8);
    expect(outcomes.refused).toBeGreaterThan(rounds / 8);
    expect(quickLoads).toBeGreaterThan((rounds * 2) / 3);
  });
});
