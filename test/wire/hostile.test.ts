/** Lengths that lie, conversations that are mutated or random: never a crash, a hang, a failure of ours, or memory by declaration. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import {
  bind,
  closeStatement,
  concat,
  Conversation,
  cstring,
  describePortal,
  describeStatement,
  execute,
  flush,
  int16,
  int32,
  message,
  parse,
  query,
  request,
  startup,
  sync,
} from './conversation.ts';

let opened: OpenedEngine;
const SEED = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

beforeAll(async () => {
  opened = await openEngine('memory:');
  const session = opened.engine.session();
  await session.query('CREATE TABLE t (id int PRIMARY KEY, word text)');
  await session.close();
});
afterAll(() => opened.close());

describe('lengths', () => {
  test('of startup packets that cannot be are refused', async () => {
    for (const length of [0, 3, -1, 10_001, 0x7fffffff, -0x80000000]) {
      const conversation = new Conversation(opened);
      expect(await conversation.say(int32(length), new Uint8Array(20))).toEqual(['E FATAL 08P01 invalid length of startup packet']);
      expect(conversation.closed).toBe(true);
    }
    expect((await new Conversation(opened).say(int32(4)))[0]).toMatch(/^E FATAL 08P01/);
    expect((await new Conversation(opened).say(int32(10_000), int32(3 << 16), new Uint8Array(9_992).fill(65)))[0]).toMatch(
      /^E FATAL 08P01/,
    );
  });

  test('of messages before authentication end at 64 KiB', async () => {
    const password = { method: 'cleartext', verifier: () => undefined, mockSecret: new Uint8Array(32) } as const;
    for (const length of [0, 3, -1, 65 * 1024, 0x7fffffff]) {
      const conversation = new Conversation(opened, { password });
      await conversation.say(startup());
      expect(await conversation.say(Uint8Array.of(0x70), int32(length), new Uint8Array(9))).toEqual([
        'E FATAL 08P01 invalid message length',
      ]);
    }
  });

  test('of later messages are neither believed nor allocated', async () => {
    for (const length of [0, 3, -1, 0x7fffffff, 1024 * 1024 * 1024]) {
      const conversation = await new Conversation(opened).begin();
      expect(await conversation.say(Uint8Array.of(0x51), int32(length), new Uint8Array(9))).toEqual([
        'E FATAL 08P01 invalid message length',
      ]);
    }
    const before = process.memoryUsage().arrayBuffers;
    const waiting = await Promise.all(Array.from({ length: 100 }, () => new Conversation(opened).begin()));
    for (const conversation of waiting)
      expect(await conversation.say(Uint8Array.of(0x51), int32(200 * 1024 * 1024), new Uint8Array(9))).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
  });

  test('within messages that lie are refused', async () => {
    const conversation = await new Conversation(opened).begin();
    const refused = async (bytes: Uint8Array): Promise<void> => {
      const lines = await conversation.say(bytes, sync);
      expect(lines.at(-2)).toMatch(/^E ERROR (08P01|22021)/);
      expect(lines.at(-1)).toBe('Z I');
    };
    await refused(message('P', cstring(''), cstring('SELECT 1'), int16(-1)));
    await refused(message('P', cstring(''), cstring('SELECT 1'), int16(1)));
    await refused(message('P', cstring('')));
    await conversation.say(parse('SELECT $1::text, $2::text', 's'), sync);
    await refused(message('B', cstring(''), cstring('s'), int16(0), int16(2), int32(-2)));
    await refused(message('B', cstring(''), cstring('s'), int16(0), int16(2), int32(0x7fffffff), new Uint8Array(5)));
    await refused(message('B', cstring(''), cstring('s'), int16(-1), int16(2)));
    await refused(message('B', cstring(''), cstring('s'), int16(0), int16(2), int32(0), int32(0), int16(0), int16(0)));
    await refused(message('E', cstring('')));
    await refused(message('D', Uint8Array.of(0x58), cstring('')));
    await refused(message('C', Uint8Array.of(0x58), cstring('')));
    expect(await conversation.say(query('SELECT 1 AS a'))).toContain('D 1');
  });
});

test('a parameter never becomes SQL: the minus trick gives a number', async () => {
  const conversation = await new Conversation(opened).begin();
  expect(
    await conversation.say(
      parse('SELECT 1-$1, $2::text', '', [23, 25]),
      bind({ values: ['-1', `\n'; DROP TABLE t; --`] }),
      execute(),
      sync,
    ),
  ).toContain(`D 2 | 0x${Buffer.from(`\n'; DROP TABLE t; --`).toString('hex')}`);
});

test('a connection holds a bounded number of statements', async () => {
  const conversation = await new Conversation(opened).begin();
  const many = Array.from({ length: 10_001 }, (_, at) => parse('', `s${at}`));
  expect((await conversation.say(...many, sync)).slice(-2)).toEqual(['E ERROR 53000 there are more than 10000 prepared statements', 'Z I']);
});

/** A small generator of its own, so that a seed replays the same run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 12)) >>> 0) % below;
  };
}

const VALID: readonly Uint8Array[] = [
  query('SELECT 1'),
  query('BEGIN'),
  query('ROLLBACK'),
  query(`SELECT * FROM generate_series(1, 3)`),
  query('SELECT 1/0; SELECT 2'),
  parse('SELECT $1::int + 1', 's', [23]),
  parse('SELECT $1::text'),
  parse('INSERT INTO t VALUES ($1, $2) ON CONFLICT DO NOTHING'),
  bind({ statement: 's', values: ['1'] }),
  bind({ values: ['x'], resultFormats: [1] }),
  bind({ values: ['7', null] }),
  describeStatement('s'),
  describePortal(),
  execute(),
  execute(1),
  closeStatement('s'),
  flush,
  sync,
  message('d', cstring('x')),
  message('p', cstring('x')),
];

function mutated(bytes: Uint8Array, below: (limit: number) => number): Uint8Array {
  const copy = bytes.slice();
  const kind = below(6);
  if (kind === 0) copy[below(copy.length)] ^= 1 << below(8);
  else if (kind === 1) copy[below(copy.length)] = below(256);
  else if (kind === 2) return copy.subarray(0, below(copy.length));
  else if (kind === 3)
    return concat(
      copy,
      Uint8Array.from({ length: below(20) }, () => below(256)),
    );
  return copy;
}

/** The conversation ended, or a Sync brings it back: nothing hangs. */
async function staysSane(conversation: Conversation, seed: number): Promise<void> {
  expect(conversation.internalErrors, `SEED=${seed}`).toEqual([]);
  await conversation.connection.end();
}

test(`mutated conversations never crash or hang (SEED=${SEED})`, { timeout: 60_000 }, async () => {
  for (let round = 0; round < 400; round++) {
    const seed = SEED + round;
    const below = randomFrom(seed);
    const conversation = new Conversation(opened);
    await conversation.connection.push(below(8) === 0 ? mutated(startup(), below) : startup());
    for (let count = 1 + below(12); count > 0; count--) await conversation.connection.push(mutated(VALID[below(VALID.length)], below));
    await staysSane(conversation, seed);
  }
});

test(`valid messages in any order never break a conversation (SEED=${SEED})`, { timeout: 60_000 }, async () => {
  for (let round = 0; round < 150; round++) {
    const seed = SEED + round;
    const below = randomFrom(seed);
    const conversation = await new Conversation(opened).begin();
    for (let count = 1 + below(25); count > 0; count--) await conversation.connection.push(VALID[below(VALID.length)]);
    await conversation.say(sync, query('ROLLBACK'));
    expect(await conversation.say(query('SELECT 1 AS a')), `SEED=${seed}`).toEqual(['T a:23', 'D 1', 'C SELECT 1', 'Z I']);
    await staysSane(conversation, seed);
  }
});

test(`random bytes never crash or hang (SEED=${SEED})`, async () => {
  for (let round = 0; round < 500; round++) {
    const seed = SEED + round;
    const below = randomFrom(seed);
    const conversation = new Conversation(opened);
    if (below(2) === 0) await conversation.begin();
    if (below(4) === 0) await conversation.connection.push(request(80877103));
    for (let count = below(5); count >= 0; count--)
      await conversation.connection.push(Uint8Array.from({ length: below(300) }, () => below(256)));
    await staysSane(conversation, seed);
  }
});
