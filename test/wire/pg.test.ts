/** node-postgres, unmodified, against the PostgreSQL port. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type Served } from '../../src/host/serve.ts';

let server: Served;
let client: pg.Client;

beforeAll(async () => {
  server = await serve({ url: 'memory:', httpPort: false, pgPort: 0 });
  client = await connected();
  await client.query(`
    CREATE TABLE account (id int PRIMARY KEY, owner text NOT NULL, balance numeric(12,2) DEFAULT 0 CHECK (balance >= 0));
    INSERT INTO account VALUES (1, 'ada', 100), (2, 'grace', 250.50);
  `);
});

afterAll(async () => {
  await client.end();
  await server.close();
});

async function connected(options: pg.ClientConfig = {}): Promise<pg.Client> {
  const made = new pg.Client({ host: '127.0.0.1', port: server.pgPort, user: 'postgres', database: 'postgres', ...options });
  await made.connect();
  return made;
}

async function failure(work: Promise<unknown>): Promise<pg.DatabaseError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof pg.DatabaseError) return error;
  throw new Error(`expected a DatabaseError, got ${String(error)}`);
}

describe('queries', () => {
  test('a simple query answers rows, fields and a tag', async () => {
    const answer = await client.query('SELECT id, owner, balance FROM account ORDER BY id');
    expect(answer.rows).toEqual([
      { id: 1, owner: 'ada', balance: '100.00' },
      { id: 2, owner: 'grace', balance: '250.50' },
    ]);
    expect(answer.command).toBe('SELECT');
    expect(answer.rowCount).toBe(2);
    expect(answer.fields.map((field) => [field.name, field.dataTypeID, field.dataTypeSize, field.dataTypeModifier])).toEqual([
      ['id', 23, 4, -1],
      ['owner', 25, -1, -1],
      ['balance', 1700, -1, (12 << 16) + 2 + 4],
    ]);
    expect(answer.fields[0].tableID).toBeGreaterThan(0);
    expect(answer.fields.map((field) => field.columnID)).toEqual([1, 2, 3]);
  });

  test('parameters are values, whatever they look like', async () => {
    const text = `'; DROP TABLE account; --`;
    expect((await client.query('SELECT $1::text AS given', [text])).rows).toEqual([{ given: text }]);
    expect((await client.query('SELECT 10 -$1 AS a, $2::text AS b', [-1, `--\n'`])).rows).toEqual([{ a: 11, b: `--\n'` }]);
    expect((await client.query('SELECT owner FROM account WHERE id = $1', [2])).rows).toEqual([{ owner: 'grace' }]);
    expect((await client.query('SELECT $1::int IS NULL AS missing', [null])).rows).toEqual([{ missing: true }]);
  });

  test('several statements of one text are answered one by one and are one transaction', async () => {
    const answers: unknown = await client.query('SELECT 1 AS a; SELECT 2 AS b, 3 AS c');
    expect(answers).toMatchObject([{ rows: [{ a: 1 }] }, { rows: [{ b: 2, c: 3 }] }]);
    expect((await failure(client.query(`INSERT INTO account VALUES (3, 'x', 0); SELECT 1/0`))).code).toBe('22012');
    expect((await client.query('SELECT count(*)::int AS n FROM account WHERE id = 3')).rows).toEqual([{ n: 0 }]);
  });

  test('an empty text is answered as such', async () => {
    expect((await client.query('')).rows).toEqual([]);
    expect((await client.query(';')).rows).toEqual([]);
    expect((await client.query({ text: '', values: [] })).rows).toEqual([]);
    expect((await client.query({ name: 'nothing', text: '' })).rows).toEqual([]);
  });

  test('a named statement runs any number of times', async () => {
    for (const id of [1, 2, 1]) {
      const { rows } = await client.query({ name: 'by id', text: 'SELECT owner FROM account WHERE id = $1', values: [id] });
      expect(rows).toEqual([{ owner: id === 1 ? 'ada' : 'grace' }]);
    }
  });

  test('a large result arrives whole and in order', async () => {
    const { rows } = await client.query({
      text: `SELECT i, repeat('x', 100) AS filler FROM generate_series(1, 20000) AS g(i)`,
      rowMode: 'array',
    });
    expect(rows.length).toBe(20_000);
    expect(rows.every((row: unknown[], at: number) => row[0] === at + 1)).toBe(true);
  });

  test('a value of megabytes travels both ways', async () => {
    const long = 'é'.repeat(2_000_000);
    const { rows } = await client.query('SELECT $1::text AS echo', [long]);
    expect(rows[0].echo === long).toBe(true);
  });

  test('many queries sent at once are answered in order', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => client.query('SELECT $1::int AS n', [at])));
    expect(answers.map((answer) => answer.rows[0].n)).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });
});

describe('transactions', () => {
  test('COMMIT keeps, ROLLBACK forgets', async () => {
    await client.query('BEGIN');
    await client.query('UPDATE account SET balance = balance - 10 WHERE id = 1');
    await client.query('ROLLBACK');
    expect((await client.query('SELECT balance FROM account WHERE id = 1')).rows).toEqual([{ balance: '100.00' }]);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('UPDATE account SET balance = balance + $1 WHERE id = 1', ['5']);
    await client.query('COMMIT');
    expect((await client.query('SELECT balance FROM account WHERE id = 1')).rows).toEqual([{ balance: '105.00' }]);
    await client.query('UPDATE account SET balance = 100 WHERE id = 1');
  });

  test('an error makes the block fail until ROLLBACK, also when no statement had run yet', async () => {
    for (const first of ['SELECT 1', undefined]) {
      await client.query('BEGIN');
      if (first !== undefined) await client.query(first);
      expect((await failure(client.query('SELEC 1'))).code).toBe('42601');
      expect((await failure(client.query('SELECT 1'))).code).toBe('25P02');
      expect((await failure(client.query('SELECT $1::int', [1]))).code).toBe('25P02');
      expect((await client.query('COMMIT')).command).toBe('ROLLBACK');
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    }
  });

  test('a parameter that cannot be read fails the block', async () => {
    await client.query('BEGIN');
    expect((await failure(client.query('SELECT $1::int', ['x']))).code).toBe('22P02');
    expect((await failure(client.query('SELECT 1'))).code).toBe('25P02');
    await client.query('ROLLBACK');
  });

  test('a savepoint takes back a part', async () => {
    await client.query('BEGIN');
    await client.query('SAVEPOINT before');
    await failure(client.query('SELECT 1/0'));
    await client.query('ROLLBACK TO SAVEPOINT before');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.query('COMMIT');
  });

  test('the loser of a conflict gets 40001', async () => {
    const other = await connected();
    await client.query('BEGIN');
    await client.query('SELECT balance FROM account WHERE id = 2');
    await other.query('UPDATE account SET balance = balance + 1 WHERE id = 2');
    await client.query('UPDATE account SET balance = balance + 1 WHERE id = 2').catch(() => undefined);
    expect((await failure(client.query('COMMIT'))).code).toBe('40001');
    expect((await client.query('SELECT balance FROM account WHERE id = 2')).rows).toEqual([{ balance: '251.50' }]);
    await other.end();
  });
});

describe('errors', () => {
  test('a syntax error carries its position', async () => {
    const error = await failure(client.query('SELECT * FROM account WHERE'));
    expect(error).toMatchObject({ code: '42601', severity: 'ERROR', position: '28', message: 'syntax error at end of input' });
  });

  test('an unknown column carries its position, counted in characters', async () => {
    const error = await failure(client.query(`SELECT 'ü🦊', nope FROM account`));
    expect(error).toMatchObject({ code: '42703', position: '14', message: 'column "nope" does not exist' });
  });

  test('a broken constraint names itself', async () => {
    expect(await failure(client.query(`INSERT INTO account VALUES (1, 'twice', 0)`))).toMatchObject({
      code: '23505',
      schema: 'public',
      table: 'account',
      constraint: 'account_pkey',
      detail: 'Key (id)=(1) already exists.',
    });
    expect(await failure(client.query('INSERT INTO account VALUES (9, NULL, 0)'))).toMatchObject({
      code: '23502',
      table: 'account',
      column: 'owner',
    });
    expect(await failure(client.query(`INSERT INTO account VALUES (9, 'x', -1)`))).toMatchObject({
      code: '23514',
      constraint: 'account_balance_check',
    });
  });

  test('what is not supported says so', async () => {
    expect((await failure(client.query(`COPY account TO '/tmp/account'`))).code).toBe('0A000');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('a notice arrives, unless the client wants none', async () => {
    const heard: string[] = [];
    const listener = await connected();
    listener.on('notice', (notice) => heard.push(`${notice.severity} ${notice.code} ${notice.message}`));
    await listener.query('DROP TABLE IF EXISTS nowhere');
    await listener.query('ROLLBACK');
    await listener.query('SET client_min_messages = error');
    await listener.query('ROLLBACK');
    expect(heard).toEqual(['NOTICE 00000 table "nowhere" does not exist, skipping', 'WARNING 25P01 there is no transaction in progress']);
    await listener.end();
  });
});

describe('stopping a statement', () => {
  test('statement_timeout ends it with 57014', async () => {
    const impatient = await connected({ statement_timeout: 50 });
    expect(await failure(impatient.query('SELECT pg_sleep(10)'))).toMatchObject({
      code: '57014',
      message: 'canceling statement due to statement timeout',
    });
    expect((await impatient.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await impatient.end();
  });

  test('a cancel request ends it with 57014, and a wrong key does nothing', async () => {
    const slow = await connected();
    const running = failure(slow.query('SELECT pg_sleep(10)'));
    const { processID, secretKey } = slow as unknown as { processID: number; secretKey: number };
    await cancel(processID, secretKey ^ 1);
    await cancel(processID ^ 1, secretKey);
    expect(await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 100, 'still running'))])).toBe('still running');
    await cancel(processID, secretKey);
    expect(await running).toMatchObject({ code: '57014', message: 'canceling statement due to user request' });
    expect((await slow.query('SELECT pg_backend_pid() AS pid')).rows).toEqual([{ pid: processID }]);
    await slow.end();
  });

  test('a long computation can be stopped', async () => {
    const busy = await connected({ statement_timeout: 200 });
    expect((await failure(busy.query('SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b'))).code).toBe(
      '57014',
    );
    await busy.end();
  });

  async function cancel(process: number, secret: number): Promise<void> {
    const { connect } = await import('node:net');
    const message = Buffer.alloc(16);
    message.writeInt32BE(16, 0);
    message.writeInt32BE(80877102, 4);
    message.writeInt32BE(process, 8);
    message.writeInt32BE(secret, 12);
    await new Promise((resolve) => {
      const socket = connect(server.pgPort ?? 0, '127.0.0.1', () => socket.write(message));
      socket.on('close', resolve);
      socket.resume();
    });
  }
});

describe('settings', () => {
  test('what a connection asks for is set, and its changes are reported', async () => {
    const made = await connected({ options: '-c TimeZone=Europe/Berlin --search_path=a,b', application_name: 'test' });
    const changes: string[] = [];
    (
      made as unknown as {
        connection: { on(event: string, listener: (message: { parameterName: string; parameterValue: string }) => void): void };
      }
    ).connection.on('parameterStatus', ({ parameterName, parameterValue }) => changes.push(`${parameterName}=${parameterValue}`));
    const shown = async (name: string): Promise<unknown> => Object.values((await made.query(`SHOW ${name}`)).rows[0])[0];
    expect(await shown('TimeZone')).toBe('Europe/Berlin');
    expect(await shown('search_path')).toBe('a,b');
    expect(await shown('application_name')).toBe('test');
    await made.query(`SET TimeZone = 'UTC'`);
    expect(changes).toEqual(['TimeZone=UTC']);
    await made.end();
  });

  test('an unknown setting turns the connection away', async () => {
    expect(await failure(connected({ options: '-c no_such_setting=1' }))).toMatchObject({ code: '42704', severity: 'FATAL' });
    expect(await failure(connected({ options: '-c server_version=99' }))).toMatchObject({ code: '55P02', severity: 'FATAL' });
  });
});
