/** Binary formats, compared byte for byte with PostgreSQL itself (PGlite) over the same protocol messages. */
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import { bind, concat, Conversation, execute, parse, sync, transcript } from './conversation.ts';

const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['0', '-32768', '32767'],
  int4: ['-2147483648', '7'],
  int8: ['-9223372036854775808', '9007199254740993', '-1'],
  oid: ['4294967295', '0'],
  float4: ['1.5', '-0', 'NaN', 'Infinity', '3.4e38'],
  float8: ['0.1', '-Infinity', 'NaN', '5e-324', '1e300'],
  numeric: [
    '0',
    '0.00',
    '1',
    '-1',
    '10000',
    '12345678.90',
    '0.0001',
    '-0.00001234',
    '99999999999999999999999999999999.5',
    '1e100',
    '1e-50',
    'NaN',
    'Infinity',
    '-Infinity',
    '100000000.000',
    '0.5',
    '10.05',
  ],
  text: ['', 'héllo 🦊'],
  varchar: ['x'],
  name: ['abc'],
  json: ['{"a": [1, null]}'],
  jsonb: ['{"b":1,"a":[true,null,"x"]}', '3.10'],
  bytea: ['\\x', '\\x00ff10'],
  uuid: ['01234567-89ab-cdef-fedc-ba9876543210'],
  date: ['2000-01-01', '1969-12-31', '4713-01-01 BC', 'infinity', '-infinity', '2024-02-29'],
  time: ['00:00', '23:59:59.999999', '24:00:00'],
  timetz: ['12:34:56.7+05:30', '00:00-08'],
  timestamp: ['2000-01-01', '1234-05-06 07:08:09.123456', 'infinity', '-infinity', '294276-12-31 23:59:59.999999'],
  timestamptz: ['2024-02-29 12:34:56.789+02', 'infinity'],
  interval: ['1 year 2 months 3 days 04:05:06.789', '-1 day', '0'],
  'int4[]': ['{}', '{1,NULL,3}', '{{1,2},{3,4}}', '[2:3]={7,8}'],
  'text[]': ['{a,"b \\"c\\"",NULL,""}'],
  'numeric[]': ['{1.5,NaN}'],
  'timestamptz[]': ['{2024-01-01 00:00:00+00}'],
};

let opened: OpenedEngine;
let ours: Conversation;
let oracle: PGlite;

beforeAll(async () => {
  [opened, oracle] = await Promise.all([openEngine('memory:'), PGlite.create()]);
  ours = await new Conversation(opened).begin();
  await ours.say(parse(`SET TimeZone = 'UTC'`), bind(), execute(), sync);
  await oracle.exec(`SET TimeZone = 'UTC'`);
});
afterAll(async () => {
  await oracle.close();
  await opened.close();
});

type Side = 'ours' | 'oracle';

async function exchange(side: Side, message: Uint8Array): Promise<Uint8Array> {
  if (side === 'oracle') return (await oracle.execProtocol(message, { throwOnError: false })).data ?? new Uint8Array();
  await ours.connection.push(message);
  return ours.bytes();
}

/** The one cell of the one row that comes back; the error's line when none does. */
async function cell(
  side: Side,
  type: string,
  value: string | Uint8Array,
  formats: { readonly in: 0 | 1; readonly out: 0 | 1 },
): Promise<string> {
  const bytes = await exchange(
    side,
    concat(parse(`SELECT $1::${type}`), bind({ values: [value], formats: [formats.in], resultFormats: [formats.out] }), execute(), sync),
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 1 + view.getInt32(at + 1)) {
    if (bytes[at] === 0x44)
      return Buffer.from(bytes.subarray(at + 11, at + 11 + view.getInt32(at + 7))).toString(formats.out === 1 ? 'hex' : 'utf8');
  }
  return transcript(bytes).find((line) => line.startsWith('E')) ?? 'nothing';
}

describe.each(Object.entries(SAMPLES))('%s', (type, texts) => {
  test('goes out as PostgreSQL sends it, and comes in as what it was', async () => {
    for (const text of texts) {
      const sent = await cell('ours', type, text, { in: 0, out: 1 });
      expect(sent, text).toBe(await cell('oracle', type, text, { in: 0, out: 1 }));
      const bytes = new Uint8Array(Buffer.from(sent, 'hex'));
      expect(await cell('ours', type, bytes, { in: 1, out: 0 }), text).toBe(await cell('oracle', type, bytes, { in: 1, out: 0 }));
    }
  });

  test('one byte more or less is refused', async () => {
    const bytes = Buffer.from(await cell('ours', type, texts[texts.length - 1], { in: 0, out: 1 }), 'hex');
    const textual = ['text', 'varchar', 'name', 'json', 'jsonb', 'bytea'].includes(type);
    const longer = await cell('ours', type, new Uint8Array([...bytes, 0]), { in: 1, out: 0 });
    const shorter = await cell('ours', type, new Uint8Array(bytes.subarray(0, -1)), { in: 1, out: 0 });
    if (type !== 'bytea')
      expect(longer).toMatch(textual ? /^E ERROR 22021/ : /^E ERROR 22P03 incorrect binary data format in bind parameter 1$/);
    if (!textual) expect(shorter).toMatch(/^E ERROR 08P01/);
  });
});

test('forms that no value has are refused as PostgreSQL refuses them', async () => {
  const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
  for (const [type, bytes] of [
    ['numeric', '0001000000002710' + '0000'],
    ['numeric', '0001000000012710'],
    ['numeric', '00010000800000000001'],
    ['numeric', '0001000000000000' + '2710'],
    ['numeric', '00010000000040000001'],
    ['numeric', '000200000000000000010001'],
    ['date', '7ffffffe'],
    ['timestamp', '7ffffffffffffffe'],
    ['time', 'ffffffffffffffff'],
    ['time', '0000001fffffffff'],
    ['int4[]', '00000007000000000000001700000001'],
    ['int4[]', '000000010000000500000017000000010000000100000000'],
    ['int4[]', '0000000100000000000000190000000100000001ffffffff'],
    ['jsonb', '027b7d'],
    ['json', '7b'],
  ]) {
    const [mine, theirs] = [
      await cell('ours', type, hex(bytes), { in: 1, out: 0 }),
      await cell('oracle', type, hex(bytes), { in: 1, out: 0 }),
    ];
    const code = (line: string): string => line.replace(/^(E ERROR \w{5}).*/s, '$1');
    expect(code(mine), `${type} ${bytes}: ${theirs}`).toBe(code(theirs));
  }
});
