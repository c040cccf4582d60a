import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { open } from '../../src/index.ts';
import { decodeFence, decodeRoot, encodeRoot } from '../../src/transaction/root-codec.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { startS3Server } from '../fakes/s3-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'velo-bad-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bad SQL', () => {
  it.each([
    ['selec 1', '42601', 1],
    ['select * from missing', '42P01', 15],
    ['select missing from t', '42703', 8],
    ["select 'x'::int", '22P02', 8],
    ['select a + b from t', '42883', 10],
    ['select 1 / 0', '22012', undefined],
    ["insert into t values ('x', 'y')", '22P02', 23],
    ['insert into t values (null, null)', '23502', undefined],
    ['select nothing(1)', '42883', 8],
  ])('%s', async (sql, code, position) => {
    const db = await open('memory:');
    await db.query('create table t (a int not null, b text)');
    await expect(db.query(sql)).rejects.toMatchObject({ code, ...(position === undefined ? {} : { position }) });
    expect((await db.query('select count(*) as n from t')).rows).toEqual([{ n: 0 }]);
    await db.close();
  });

  it('nested without end is an error, and the next statement works', async () => {
    const db = await open('memory:');
    await expect(db.query(`select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`)).rejects.toMatchObject({ code: '54001' });
    expect((await db.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await db.close();
  });
});

describe('a bad bucket', () => {
  it('that ignores conditional writes is refused when the database is made, in words that say so', async () => {
    const server = await startS3Server({ port: 0, ignoreConditions: true });
    await expect(open(server.storeUrl('db'))).rejects.toMatchObject({
      code: '0A000',
      message: expect.stringMatching(/^this object store cannot hold a database/),
    });
    await server.close();
  });

  it('written by a newer program is refused', async () => {
    const path = `${folder}/newer`;
    await (await open(`file:${path}`)).close();
    const runtime = nodeRuntime();
    const bytes = readFileSync(`${path}/root`);
    const root = decodeRoot(new Uint8Array(bytes), runtime.crypto);
    writeFileSync(`${path}/root`, encodeRoot({ ...root, minReaderVersion: 99 }, runtime.crypto));
    expect(decodeFence(new Uint8Array(readFileSync(`${path}/root`)), runtime.crypto).minReaderVersion).toBe(99);
    await expect(open(`file:${path}`)).rejects.toMatchObject({ code: '0A000', message: expect.stringMatching(/newer/) });
  });

  it('with a damaged object names it, and gives no wrong row', async () => {
    const path = `${folder}/damaged`;
    const db = await open(`file:${path}`);
    await db.query('create table t (id int primary key, text text)');
    await db.query("insert into t select g, 'row number ' || g from generate_series(1, 5000) g");
    await db.checkpoint();
    await db.close();
    const segments = readdirSync(`${path}/segment`);
    for (const name of segments) {
      const bytes = readFileSync(`${path}/segment/${name}`);
      for (let at = 100; at < bytes.length; at += 997) bytes[at] ^= 0x10;
      writeFileSync(`${path}/segment/${name}`, bytes);
    }
    const again = await open(`file:${path}`);
    const failure = await again.query('select sum(length(text)) from t').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'XX001', message: expect.stringContaining('segment/') });
    await again.close();
  });

  it('that cannot be read says which file', async () => {
    writeFileSync(`${folder}/file`, 'not a folder');
    await expect(open(`file:${folder}/file`)).rejects.toThrow(/file/);
    await expect(open('ftp://somewhere/else')).rejects.toMatchObject({ code: '22023' });
  });
});
