/** Conversations byte by byte: what each message is answered with, and in which state the connection is afterwards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/base/sql-error.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import {
  bind,
  closePortal,
  closeStatement,
  concat,
  Conversation,
  cstring,
  describePortal,
  describeStatement,
  execute,
  flush,
  int32,
  message,
  parse,
  query,
  request,
  startup,
  sync,
  terminate,
} from './conversation.ts';

let opened: OpenedEngine;

beforeAll(async () => {
  opened = await openEngine('memory:');
  const session = opened.engine.session();
  await session.query('CREATE TABLE t (id int PRIMARY KEY, word text)');
  await session.query(`INSERT INTO t SELECT i, 'w' || i FROM generate_series(1, 5) AS g(i)`);
  await session.close();
});
afterAll(() => opened.close());

const begun = (): Promise<Conversation> => new Conversation(opened).begin();

describe('startup', () => {
  test('is answered with settings, a cancel key and readiness', async () => {
    const lines = await new Conversation(opened).say(startup({ user: 'ada', database: 'postgres', application_name: 'x' }));
    expect(lines[0]).toBe('R 0');
    expect(lines).toContain('S server_version=15.18');
    expect(lines).toContain('S application_name=x');
    expect(lines).toContain('S session_authorization=ada');
    expect(lines).toContain('S standard_conforming_strings=on');
    expect(lines.slice(-2)).toEqual(['K 4', 'Z I']);
  });

  test('requests for encryption are declined, and bytes sent behind one are refused', async () => {
    const conversation = new Conversation(opened);
    expect(await conversation.say(request(80877103))).toEqual(['N']);
    expect(await conversation.say(request(80877104))).toEqual(['N']);
    expect((await conversation.say(startup())).at(-1)).toBe('Z I');
    const smuggler = new Conversation(opened);
    expect(await smuggler.say(request(80877103), startup())).toEqual(['E FATAL 08P01 received unencrypted data after SSL request']);
    expect(smuggler.closed).toBe(true);
  });

  test('a newer minor version or unknown options are negotiated', async () => {
    expect((await new Conversation(opened).say(startup({ user: 'x', '_pq_.grease': 'y' }, 9999)))[0]).toBe('v 2 _pq_.grease');
    const lines = await new Conversation(opened).say(startup({ user: 'x' }, 2));
    expect(lines[0]).toBe('R 0');
    expect(lines).toContain('K 32');
  });

  test('another protocol is refused', async () => {
    expect(await new Conversation(opened).say(request(2 << 16))).toEqual([
      'E FATAL 0A000 unsupported frontend protocol 2.0: server supports 3.0 to 3.2',
    ]);
    expect(await new Conversation(opened).say(request(3 << 16, Uint8Array.of(0)))).toEqual([
      'E FATAL 28000 no PostgreSQL user name specified in startup packet',
    ]);
  });

  test('a client that is turned away hears why', async () => {
    const conversation = new Conversation(opened, { refusal: new SqlError('too_many_connections', 'sorry, too many clients already') });
    expect(await conversation.say(startup())).toEqual(['E FATAL 53300 sorry, too many clients already']);
    expect(conversation.closed).toBe(true);
  });

  test('bytes may arrive one at a time', async () => {
    const conversation = new Conversation(opened);
    for (const byte of concat(startup(), query('SELECT 1 AS a'), terminate)) await conversation.connection.push(Uint8Array.of(byte));
    expect((await conversation.say()).slice(-5)).toEqual(['Z I', 'T a:23', 'D 1', 'C SELECT 1', 'Z I']);
    expect(conversation.closed).toBe(true);
  });
});

describe('simple query', () => {
  test('answers each statement, and stops at the first error', async () => {
    const conversation = await begun();
    expect(await conversation.say(query(`SELECT 1 AS a; SELECT word FROM t WHERE id < 3 ORDER BY id; SELECT 1/0; SELECT 2`))).toEqual([
      'T a:23',
      'D 1',
      'C SELECT 1',
      'T word:25',
      'D w1',
      'D w2',
      'C SELECT 2',
      'E ERROR 22012 division by zero',
      'Z I',
    ]);
  });

  test('nothing at all is an empty query', async () => {
    const conversation = await begun();
    for (const text of ['', ' ', ';', '-- nothing', ';;']) expect(await conversation.say(query(text))).toEqual(['I', 'Z I']);
  });

  test('shows the transaction’s state', async () => {
    const conversation = await begun();
    expect(await conversation.say(query('BEGIN'))).toEqual(['C BEGIN', 'Z T']);
    expect(await conversation.say(query('SELECT 1/0'))).toEqual(['E ERROR 22012 division by zero', 'Z E']);
    expect(await conversation.say(query('SELECT 1'))).toEqual([
      'E ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block',
      'Z E',
    ]);
    expect(await conversation.say(query('ROLLBACK'))).toEqual(['C ROLLBACK', 'Z I']);
    expect(await conversation.say(query('COMMIT'))).toEqual(['N WARNING 25P01 there is no transaction in progress', 'C COMMIT', 'Z I']);
  });

  test('text without its zero byte, or behind it, is refused', async () => {
    const conversation = await begun();
    expect(await conversation.say(message('Q', new TextEncoder().encode('SELECT 1')))).toEqual([
      'E ERROR 08P01 invalid string in message',
      'Z I',
    ]);
    expect(await conversation.say(message('Q', cstring('SELECT 1'), cstring('SELECT 2')))).toEqual([
      'E ERROR 08P01 invalid message format',
      'Z I',
    ]);
    expect(await conversation.say(message('Q', Uint8Array.of(0x53, 0xff, 0)))).toEqual([
      'E ERROR 22021 invalid byte sequence for encoding "UTF8"',
      'Z I',
    ]);
    expect(await conversation.say(message('Q'))).toEqual(['E ERROR 08P01 invalid string in message', 'Z I']);
  });

  test('a changed setting is reported', async () => {
    expect(await (await begun()).say(query(`SET TimeZone = 'Asia/Tokyo'`))).toEqual(['S TimeZone=Asia/Tokyo', 'C SET', 'Z I']);
  });
});

describe('extended query', () => {
  test('describes, runs and ends', async () => {
    const conversation = await begun();
    expect(
      await conversation.say(
        parse('SELECT id, word FROM t WHERE id = $1'),
        describeStatement(),
        bind({ values: ['2'] }),
        describePortal(),
        execute(),
        sync,
      ),
    ).toEqual(['1', 't 23', 'T id:23, word:25', '2', 'T id:23, word:25', 'D 2 | w2', 'C SELECT 1', 'Z I']);
  });

  test('a statement without rows is described as such', async () => {
    const conversation = await begun();
    expect(
      await conversation.say(parse('CREATE TABLE made (a int)'), describeStatement(), bind(), describePortal(), execute(), sync),
    ).toEqual(['1', 't ', 'n', '2', 'n', 'C CREATE TABLE', 'Z I']);
    expect(await conversation.say(parse(''), describeStatement(), bind(), describePortal(), execute(), sync)).toEqual([
      '1',
      't ',
      'n',
      '2',
      'n',
      'I',
      'Z I',
    ]);
  });

  test('after an error everything is skipped until Sync', async () => {
    const conversation = await begun();
    expect(await conversation.say(parse('SELEC'), bind(), execute(), query('SELECT 1'), flush, sync, query('SELECT 1 AS a'))).toEqual([
      'E ERROR 42601 syntax error at or near "SELEC"',
      'Z I',
      'T a:23',
      'D 1',
      'C SELECT 1',
      'Z I',
    ]);
  });

  test('rows come a part at a time until the portal ends', async () => {
    const conversation = await begun();
    expect(await conversation.say(parse('SELECT id FROM t ORDER BY id'), bind(), execute(2), execute(2), flush)).toEqual([
      '1',
      '2',
      'D 1',
      'D 2',
      's',
      'D 3',
      'D 4',
      's',
    ]);
    expect(await conversation.say(execute(2), sync)).toEqual(['D 5', 'C SELECT 1', 'Z I']);
    expect(await conversation.say(execute(2), sync)).toEqual(['E ERROR 34000 portal "" does not exist', 'Z I']);
  });

  test('named portals of one transaction are read side by side', async () => {
    const conversation = await begun();
    await conversation.say(query('BEGIN'), parse('SELECT id FROM t ORDER BY id', 's'), sync);
    expect(
      await conversation.say(
        bind({ portal: 'a', statement: 's' }),
        bind({ portal: 'b', statement: 's' }),
        execute(1, 'a'),
        execute(2, 'b'),
        execute(1, 'a'),
        sync,
      ),
    ).toEqual(['2', '2', 'D 1', 's', 'D 1', 'D 2', 's', 'D 2', 's', 'Z T']);
    expect(await conversation.say(bind({ portal: 'a', statement: 's' }), sync)).toEqual(['E ERROR 42P03 portal "a" already exists', 'Z E']);
    expect(await conversation.say(query('ROLLBACK'), execute(1, 'b'), sync)).toEqual([
      'C ROLLBACK',
      'Z I',
      'E ERROR 34000 portal "b" does not exist',
      'Z I',
    ]);
  });

  test('named statements stay until closed, the unnamed one until the next', async () => {
    const conversation = await begun();
    expect(await conversation.say(parse('SELECT 1', 's'), parse('SELECT 2', 's'), sync)).toEqual([
      '1',
      'E ERROR 42P05 prepared statement "s" already exists',
      'Z I',
    ]);
    expect(
      await conversation.say(bind({ statement: 's' }), execute(), closeStatement('s'), closeStatement('s'), closePortal('nothing'), sync),
    ).toEqual(['2', 'D 1', 'C SELECT 1', '3', '3', '3', 'Z I']);
    expect(await conversation.say(bind({ statement: 's' }), sync)).toEqual(['E ERROR 26000 prepared statement "s" does not exist', 'Z I']);
    expect(await conversation.say(parse('SELECT 1'), query('SELECT 2 AS b'), bind(), sync)).toEqual([
      '1',
      'T b:23',
      'D 2',
      'C SELECT 1',
      'Z I',
      'E ERROR 26000 unnamed prepared statement does not exist',
      'Z I',
    ]);
  });

  test('a statement whose table has changed its columns meanwhile is refused', async () => {
    const conversation = await begun();
    await conversation.say(query('CREATE TABLE changing (a int, b text); INSERT INTO changing VALUES (1, NULL)'));
    await conversation.say(parse('SELECT * FROM changing', 's'), sync);
    for (const change of ['ADD COLUMN c int', 'DROP COLUMN b', 'DROP COLUMN a']) {
      await conversation.say(query(`ALTER TABLE changing ${change}`));
      if (change === 'DROP COLUMN b') continue; // a and c: as many columns as there were
      for (const limit of [0, 1]) {
        expect(await conversation.say(bind({ statement: 's' }), execute(limit), sync)).toEqual([
          '2',
          'E ERROR 0A000 cached plan must not change result type',
          'Z I',
        ]);
      }
    }
    await conversation.say(query('TRUNCATE changing'), parse('INSERT INTO changing VALUES (1) RETURNING *', 'r'), sync);
    await conversation.say(query('ALTER TABLE changing ADD COLUMN d int'));
    expect((await conversation.say(bind({ statement: 'r' }), execute(), sync)).at(-2)).toMatch(/^E ERROR 0A000/);
    expect(await conversation.say(query('SELECT count(*) FROM changing; DROP TABLE changing'))).toContain('D 0');
  });

  test('a wrong number of parameters, or a value that cannot be read, is refused', async () => {
    const conversation = await begun();
    expect(await conversation.say(parse('SELECT $1::int'), bind(), sync)).toEqual([
      '1',
      'E ERROR 08P01 bind message supplies 0 parameters, but prepared statement "" requires 1',
      'Z I',
    ]);
    expect(await conversation.say(parse('SELECT $1::int'), bind({ values: ['x'] }), sync)).toEqual([
      '1',
      'E ERROR 22P02 invalid input syntax for type integer: "x"',
      'Z I',
    ]);
    expect(await conversation.say(parse('SELECT $1::text'), bind({ values: [Uint8Array.of(0xc3, 0x28)] }), sync)).toEqual([
      '1',
      'E ERROR 22021 invalid byte sequence for encoding "UTF8"',
      'Z I',
    ]);
    expect(await conversation.say(parse('SELECT $1::text'), bind({ values: ['a\0b'] }), sync)).toEqual([
      '1',
      'E ERROR 22021 invalid byte sequence for encoding "UTF8"',
      'Z I',
    ]);
    expect(await conversation.say(parse('SELECT $1::int'), bind({ values: ['1'], formats: [7] }), sync)).toEqual([
      '1',
      'E ERROR 22023 unsupported format code: 7',
      'Z I',
    ]);
  });
});

describe('pipelines', () => {
  test('several statements before one Sync are one transaction', async () => {
    const conversation = await begun();
    expect(
      await conversation.say(parse(`INSERT INTO t VALUES (100, 'a')`), bind(), execute(), parse('SELECT 1/0'), bind(), execute(), sync),
    ).toEqual(['1', '2', 'C INSERT 0 1', '1', '2', 'E ERROR 22012 division by zero', 'Z I']);
    expect(await conversation.say(query('SELECT count(*) FROM t WHERE id = 100'))).toContain('D 0');
    expect(
      await conversation.say(
        parse(`INSERT INTO t VALUES (101, 'a')`),
        bind(),
        execute(),
        parse(`DELETE FROM t WHERE id = 101`),
        bind(),
        execute(),
        sync,
      ),
    ).toEqual(['1', '2', 'C INSERT 0 1', '1', '2', 'C DELETE 1', 'Z I']);
    expect(await conversation.say(query('SELECT count(*) FROM t'))).toContain('D 5');
  });

  test('BEGIN within one makes it a block', async () => {
    const conversation = await begun();
    expect(
      await conversation.say(parse('BEGIN'), bind(), execute(), parse('SELECT id FROM t WHERE id = 1'), bind(), execute(), sync),
    ).toEqual(['1', '2', 'C BEGIN', '1', '2', 'D 1', 'C SELECT 1', 'Z T']);
    expect(await conversation.say(parse('COMMIT'), bind(), execute(), sync)).toEqual(['1', '2', 'C COMMIT', 'Z I']);
  });

  test('a disconnect before Sync rolls back', async () => {
    const conversation = await begun();
    await conversation.say(
      parse(`INSERT INTO t VALUES (102, 'a')`),
      bind(),
      execute(),
      parse(`INSERT INTO t VALUES (103, 'a')`),
      bind(),
      execute(),
      flush,
    );
    await conversation.connection.end();
    expect(await (await begun()).say(query('SELECT count(*) FROM t'))).toContain('D 5');
  });

  test('an Execute whose Sync comes later is a transaction of its own', async () => {
    const conversation = await begun();
    expect(await conversation.say(parse('SELECT 1 AS a'), bind(), execute())).toEqual(['1', '2']);
    expect(await conversation.say(sync)).toEqual(['D 1', 'C SELECT 1', 'Z I']);
  });
});

describe('ending', () => {
  test('an unknown message type ends the conversation', async () => {
    const conversation = await begun();
    expect(await conversation.say(message('?'))).toEqual(['E FATAL 08P01 invalid frontend message type 63']);
    expect(conversation.closed).toBe(true);
    expect(await conversation.say(query('SELECT 1'))).toEqual([]);
  });

  test('function calls are refused, and the conversation goes on', async () => {
    const conversation = await begun();
    expect(await conversation.say(message('F', int32(1)))).toEqual(['E ERROR 0A000 function call messages are not supported', 'Z I']);
    expect(await conversation.say(message('d', cstring('x')), message('c'), query('SELECT 1 AS a'))).toContain('D 1');
  });

  test('draining ends an idle client at once, and a busy one after its statement', async () => {
    const reason = new SqlError('admin_shutdown', 'terminating connection due to administrator command');
    const idle = await begun();
    await idle.connection.drain(reason);
    expect(await idle.say()).toEqual(['E FATAL 57P01 terminating connection due to administrator command']);
    const busy = await begun();
    const said = busy.say(query('SELECT pg_sleep(0.05)'), query('SELECT 2'));
    await busy.connection.drain(reason);
    expect((await said).slice(-3)).toEqual(['C SELECT 1', 'Z I', 'E FATAL 57P01 terminating connection due to administrator command']);
    expect(busy.closed).toBe(true);
  });

  test('a failure of ours says "internal error", nothing more, and ends the conversation', async () => {
    const secret = new TypeError('the words quote a secret');
    const conversation = new Conversation(opened, { session: () => Promise.reject(secret) });
    expect((await conversation.say(startup())).at(-1)).toBe('E FATAL XX000 internal error');
    expect(conversation.internalErrors).toEqual([secret]);
    expect(conversation.closed).toBe(true);
  });

  test('a slow reader holds the rows back', async () => {
    const conversation = await begun();
    let release: () => void = () => undefined;
    let sends = 0;
    const slow = new Conversation(opened, {
      send: () => {
        sends++;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    void slow.connection.push(concat(startup(), query(`SELECT repeat('x', 10000) FROM generate_series(1, 100)`)));
    await conversation.say(query('SELECT pg_sleep(0.02)'));
    expect(sends).toBe(1); // the greeting waits, and everything behind it
    for (let last = 0; last < sends;) {
      last = sends;
      release();
      await conversation.say(query('SELECT pg_sleep(0.01)'));
    }
    expect(sends).toBeGreaterThan(10);
  });
});
