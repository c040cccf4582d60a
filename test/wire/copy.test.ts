/** COPY: byte-exact conversations, and psql's own. */
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import { serve, type Served } from '../../src/host/serve.ts';
import { bind, Conversation, cstring, execute, message, parse, query, sync, terminate } from './conversation.ts';

let served: Served;
let conversation: Conversation;

beforeAll(async () => {
  served = await serve({ url: 'memory:', httpPort: false, pgPort: 0 });
});
afterAll(() => served.close());
beforeEach(async () => {
  conversation = await new Conversation(served.opened).begin();
  await conversation.say(query('DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, word text)'));
});

const data = (text: string): Uint8Array => message('d', utf8(text));
const done = message('c');
const content = async (): Promise<string[]> =>
  (await (await new Conversation(served.opened).begin()).say(query('SELECT id, word FROM t ORDER BY id'))).filter((line) =>
    line.startsWith('D'),
  );

describe('FROM STDIN', () => {
  test('loads what comes, in pieces cut anywhere', async () => {
    expect(await conversation.say(query('COPY t FROM STDIN'))).toEqual(['G 2']);
    expect(await conversation.say(data('1\ton'), data('e\n2\t\\N\n'))).toEqual([]);
    expect(await conversation.say(data('3\tthree'), done)).toEqual(['C COPY 3', 'Z I']);
    expect(await content()).toEqual(['D 1 | one', 'D 2 | NULL', 'D 3 | three']);
  });

  test('a missing table is told before any data is asked for', async () => {
    expect(await conversation.say(query('COPY nowhere FROM STDIN'))).toEqual(['E ERROR 42P01 relation "nowhere" does not exist', 'Z I']);
    expect(await conversation.say(data('1\tx\n'), done, query('SELECT 1 AS a'))).toContain('D 1');
  });

  test('a bad line leaves nothing, and the rest of the data is passed over', async () => {
    expect(
      await conversation.say(query('COPY t FROM STDIN'), data('1\tx\n'), data('y\tx\n'), data('3\tx\n'), done, query('SELECT 1 AS a')),
    ).toEqual(['G 2', 'E ERROR 22P02 invalid input syntax for type integer: "y"', 'Z I', 'T a:23', 'D 1', 'C SELECT 1', 'Z I']);
    expect(await content()).toEqual([]);
  });

  test('CopyFail and any other message end it', async () => {
    expect(await conversation.say(query('COPY t FROM STDIN'), data('1\tx\n'), message('f', cstring('changed my mind')))).toEqual([
      'G 2',
      'E ERROR 57014 COPY from stdin failed: changed my mind',
      'Z I',
    ]);
    expect(await conversation.say(query('COPY t FROM STDIN'), data('1\tx\n'), query('SELECT 1'))).toEqual([
      'G 2',
      'E ERROR 08P01 unexpected message type 0x51 during COPY from stdin',
      'Z I',
    ]);
    expect(await content()).toEqual([]);
  });

  test('within a block it is part of it', async () => {
    expect(await conversation.say(query('BEGIN'), query('COPY t FROM STDIN'), data('1\tx\n'), done)).toEqual([
      'C BEGIN',
      'Z T',
      'G 2',
      'C COPY 1',
      'Z T',
    ]);
    expect(await conversation.say(query('ROLLBACK'))).toEqual(['C ROLLBACK', 'Z I']);
    expect(await content()).toEqual([]);
  });

  test('the extended protocol’s Sync before the data is passed over', async () => {
    expect(await conversation.say(parse('COPY t (id) FROM STDIN (FORMAT csv)'), bind(), execute(), sync)).toEqual(['1', '2', 'G 1']);
    expect(await conversation.say(data('1\n2\n'), done, sync)).toEqual(['C COPY 2', 'Z I']);
    expect(await content()).toEqual(['D 1 | NULL', 'D 2 | NULL']);
  });

  test('a client that goes away, or a server that stops, leaves nothing', async () => {
    await conversation.say(query('COPY t FROM STDIN'), data('1\tx\n'));
    await conversation.connection.end();
    const other = await new Conversation(served.opened).begin();
    await other.say(query('COPY t FROM STDIN'), data('1\tx\n'));
    await other.connection.drain(new SqlError('admin_shutdown', 'terminating connection due to administrator command'));
    await other.say();
    expect(other.closed).toBe(true);
    const third = await new Conversation(served.opened).begin();
    expect(await third.say(query('COPY t FROM STDIN'), data('1\tx\n'), terminate)).toEqual([
      'G 2',
      'E ERROR 08P01 unexpected message type 0x58 during COPY from stdin',
      'Z I',
    ]);
    expect(await content()).toEqual([]);
  });
});

describe('TO STDOUT', () => {
  test('sends one line a message', async () => {
    await conversation.say(query(`INSERT INTO t VALUES (1, 'a	b'), (2, NULL)`));
    expect(await conversation.say(query('COPY t TO STDOUT'))).toEqual(['H 2', 'd 1\ta\\tb', 'd 2\t\\N', 'c', 'C COPY 2', 'Z I']);
    expect(await conversation.say(query('COPY (SELECT word, id FROM t WHERE id = 2) TO STDOUT (FORMAT csv, HEADER)'))).toEqual([
      'H 2',
      'd word,id',
      'd ,2',
      'c',
      'C COPY 1',
      'Z I',
    ]);
    expect(await conversation.say(parse('COPY t (id) TO STDOUT'), bind(), execute(), sync)).toEqual([
      '1',
      '2',
      'H 1',
      'd 1',
      'd 2',
      'c',
      'C COPY 2',
      'Z I',
    ]);
    expect(await conversation.say(query('COPY nowhere TO STDOUT'))).toEqual(['E ERROR 42P01 relation "nowhere" does not exist', 'Z I']);
  });

  test('files of a server are refused', async () => {
    expect(await conversation.say(query(`COPY t TO '/tmp/x'`))).toEqual([
      'E ERROR 0A000 COPY cannot read or write files of a server',
      'Z I',
    ]);
  });
});

const installed = spawnSync('psql', ['--version']).status === 0;

test.skipIf(!installed)(installed ? 'psql copies megabytes in and out again' : 'psql (not installed)', async () => {
  const text = Array.from({ length: 50_000 }, (_, at) => `${at}\tword ${at} ${'x'.repeat(40)}\n`).join('');
  const psql = (input: string, ...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn('psql', [
        '-X',
        '-q',
        '-h',
        '127.0.0.1',
        '-p',
        String(served.pgPort),
        '-U',
        'postgres',
        '-d',
        'postgres',
        ...args,
      ]);
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('close', () => resolve(Buffer.concat(chunks).toString()));
      child.stdin.end(input);
    });
  expect(await psql(text, '-c', '\\copy t from pstdin')).toBe('');
  expect((await psql('', '-c', 'COPY (SELECT * FROM t ORDER BY id) TO STDOUT')) === text).toBe(true);
});
