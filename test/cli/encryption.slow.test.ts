/** An encrypted database by the command line: every command works on it, with its key alone. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inDirectory, velocidb } from './command.ts';

const SECRET = 'zanzibar';

test('a database is created with a key, used, backed up, restored, branched and rotated', async () => {
  await inDirectory(async (path) => {
    const keys = { first: join(path, 'first'), second: join(path, 'second') };
    for (const key of Object.values(keys)) {
      expect(await velocidb(['key', 'generate', key])).toMatchObject({ code: 0 });
      expect((await stat(key)).mode & 0o777).toBe(0o600);
    }
    expect(await velocidb(['key', 'generate', keys.first])).toMatchObject({ code: 1 }); // it is not overwritten
    const bucket = join(path, 'bucket');
    const plain = { VELOCIDB_URL: `file:${bucket}?sync=off` };
    const environment = { ...plain, VELOCIDB_KEY: `file:${keys.first}` };
    const ran = async (...args: string[]) => {
      const answer = await velocidb(args, { environment });
      expect(answer.code, `${args.join(' ')}: ${answer.err}`).toBe(0);
      return answer.out;
    };

    expect(await velocidb(['create', '--encrypt'], { environment: plain })).toMatchObject({ code: 2, err: expect.stringContaining('key') });
    expect(await ran('create', '--encrypt')).toMatch(/encrypted with local key [0-9a-f]{16}/);
    expect(await velocidb(['create'], { environment })).toMatchObject({ code: 1, err: expect.stringContaining('already') });
    await ran(
      'sql',
      `create table ${SECRET} (id int primary key, b text); insert into ${SECRET} select g, '${SECRET}' from generate_series(1, 1000) g`,
    );
    expect(await velocidb(['sql', 'select 1'], { environment: plain })).toMatchObject({
      code: 1,
      err: expect.stringContaining('encrypted'),
    });

    await ran('checkpoint');
    expect(await ran('inspect')).toContain(SECRET);
    expect(await ran('log')).toContain(`${SECRET} +1000`);
    expect(await ran('verify')).toContain('sound');
    expect(await ran('doctor', '--samples', '2', '--rounds', '1')).toContain('may be trusted');
    await ran('branch', 'create', 'b');
    expect(await ran('sql', '-u', `${plain.VELOCIDB_URL}&branch=b`, '-t', `select count(*) from ${SECRET}`)).toContain('1000');

    expect(await ran('key', 'show')).toContain('data key 1');
    expect(await ran('key', 'rotate', '--rewrite')).toContain('data key 2');
    const both = { ...plain, VELOCIDB_KEY: `file:${keys.second},file:${keys.first}` };
    expect(await velocidb(['key', 'rewrap'], { environment: both })).toMatchObject({ code: 0 });
    expect(await velocidb(['sql', 'select 1'], { environment })).toMatchObject({ code: 1, err: expect.stringContaining('not the one') });
    environment.VELOCIDB_KEY = `file:${keys.second}`;
    expect(await ran('sql', '-t', `select count(*) from ${SECRET}`)).toContain('1000');

    const target = join(path, 'backup');
    const refused = await velocidb(['backup', `${plain.VELOCIDB_URL}&encryption=file:${keys.second}`, target], { environment: plain });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('would not be encrypted') });
    await ran('backup', target);
    const copy = join(path, 'copy');
    await ran('restore', copy, '--from', target);
    expect(await ran('sql', '-u', copy, '-t', `select count(*) from ${SECRET}`)).toContain('1000');
    for (const folder of [bucket, target, copy]) await searchFor(folder);
  });
});

/** Neither the names nor the bytes of any file hold the word. */
async function searchFor(folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(3);
  for (const { name, parentPath } of files) {
    expect(name).not.toContain(SECRET);
    expect((await readFile(join(parentPath, name))).includes(SECRET), name).toBe(false);
  }
}
