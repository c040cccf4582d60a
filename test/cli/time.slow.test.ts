/** The commands about the past, each in a process of its own over a directory. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { velocidb, withBucket } from './command.ts';

describe('velocidb log, restore and verify', () => {
  test('show what happened, bring an earlier state back and forth, and find all of it sound', async () => {
    await withBucket(async ({ environment }) => {
      const run = async (...args: string[]): Promise<string> => {
        const { code, out, err } = await velocidb(args, { environment });
        expect(code, err).toBe(0);
        return out;
      };
      const count = async (): Promise<string> => (await run('sql', '-t', 'select count(*) from t')).trim();
      await run('sql', 'create table t (a int primary key, b text unique)');
      await run('sql', "insert into t select g, 'row ' || g from generate_series(1, 100) g");
      await run('checkpoint');
      await run('sql', 'delete from t where a > 40');
      const log = JSON.parse(await run('log', '-o', 'json')) as { slot: number; tables: object[]; notes: string[] }[];
      expect(log[0]).toMatchObject({ tables: [{ table: 't', written: 0, deleted: 60, cleared: false }] });
      expect(log.some(({ tables }) => JSON.stringify(tables).includes('"written":100'))).toBe(true);
      expect(log.at(-1)).toMatchObject({ slot: 1, notes: expect.arrayContaining(['schema']) });
      expect(await run('log', '--limit', '1')).toMatch(/^slot +committed +writer +what\n\d+ +20\d\d-\S+Z +[0-9a-f]{8} +t -60\n$/);

      const before = log[0].slot - 1;
      expect(await run('restore', '--to', String(before))).toContain(`restored to slot ${before} (`);
      expect(await count()).toBe('100');
      expect(await run('log', '-n', '1')).toContain(`restored from slot ${before}`);
      await run('restore', '--to', `slot ${before + 1}`);
      expect(await count()).toBe('40');
      expect(await run('sql', '-t', `select count(*) from t as of system time slot ${before}`)).toContain('100');
      expect(await run('verify')).toMatch(/\npublic\.t {2}40 rows, 40 index entries\nsound\n$/);
      expect(await velocidb(['restore', '--to', 'soon'], { environment })).toMatchObject({ code: 2 });
      expect(await velocidb(['restore', '--to', '4711'], { environment })).toMatchObject({
        code: 1,
        err: expect.stringContaining('in the future'),
      });
    });
  });

  test('a flipped bit is exit code 1 and a line that names the object', async () => {
    await withBucket(async ({ path, environment }) => {
      await velocidb(['sql', 'create table t (a int primary key); insert into t select generate_series(1, 500)'], { environment });
      await velocidb(['checkpoint'], { environment });
      const [segment] = await readdir(join(path, 'bucket', 'segment'));
      const file = join(path, 'bucket', 'segment', segment);
      const bytes = await readFile(file);
      bytes[100] ^= 1;
      await writeFile(file, bytes);
      const { code, out } = await velocidb(['verify'], { environment });
      expect(code).toBe(1);
      expect(out).toContain(`segment/${segment}: `);
      expect(JSON.parse((await velocidb(['verify', '-o', 'json'], { environment })).out)).toMatchObject({ sound: false });
    });
  });
});

describe('velocidb branch', () => {
  test('creates, compares, promotes and deletes what ?branch= opens', async () => {
    await withBucket(async ({ environment }) => {
      const run = async (...args: string[]): Promise<string> => {
        const { code, out, err } = await velocidb(args, { environment });
        expect(code, err).toBe(0);
        return out;
      };
      const branch = `${environment['VELOCIDB_URL']}?branch=trial`;
      await run('sql', 'create table t (a int primary key); insert into t select generate_series(1, 10)');
      expect(await run('branch', 'create', 'trial')).toMatch(/^branch trial of slot \d+ \(20/);
      await run('sql', '--url', branch, 'delete from t where a > 7');
      expect(await run('branch', 'list')).toMatch(/^branch +slot +of\ntrial +\d+ +20/);
      expect(await run('branch', 'diff', 'trial')).toMatch(/\npublic\.t +\+0 +-3 +~0\n$/);
      expect((await run('sql', '-t', 'select count(*) from t')).trim()).toBe('10');
      expect(await run('branch', 'promote', 'trial')).toContain('promoted by slot');
      expect((await run('sql', '-t', 'select count(*) from t')).trim()).toBe('7');
      expect(await run('branch', 'delete', 'trial')).toBe('branch trial deleted\n');
      expect(await velocidb(['sql', '--url', branch, '--no-create', 'select 1'], { environment })).toMatchObject({ code: 4 });
      expect(await velocidb(['sql', '--url', branch, 'select 1'], { environment })).toMatchObject({ code: 4 });
      expect(await velocidb(['branch', 'create'], { environment })).toMatchObject({ code: 2 });
      expect(await run('verify')).toContain('\nsound\n');
    });
  });
});

describe('velocidb backup', () => {
  test('sends what is not there yet, and restore --from makes a database of it', async () => {
    await withBucket(async ({ path, environment }) => {
      const target = join(path, 'backup');
      const copy = join(path, 'copy');
      const run = async (...args: string[]): Promise<string> => {
        const { code, out, err } = await velocidb(args, { environment });
        expect(code, err).toBe(0);
        return out;
      };
      await run('sql', 'create table t (a int primary key); insert into t select generate_series(1, 10)');
      await run('checkpoint');
      expect(await run('backup', target)).toMatch(/^backup of slot \d+ \(\S+Z\): \d+ objects, [1-9]\d* of them sent/);
      await run('sql', 'insert into t values (11)');
      expect(await run('backup', target)).toContain(' 1 of them sent');
      expect((await run('backup', '--list', target)).split('\n').filter((line) => line.startsWith('slot '))).toHaveLength(2);
      expect(await run('restore', copy, '--from', target)).toContain('each as it was backed up');
      expect((await run('sql', '--url', copy, '-t', 'select count(*) from t')).trim()).toBe('11');
      expect(await velocidb(['restore', copy, '--from', target], { environment })).toMatchObject({ code: 1 });
    });
  });
});
