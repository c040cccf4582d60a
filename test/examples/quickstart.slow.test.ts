import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inDirectory } from '../cli/command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

test('the quickstart keeps a guest book between processes, and many guests may sign at once', async () => {
  await inDirectory(async (path) => {
    await cp(join(ROOT, 'examples/quickstart'), path, { recursive: true });
    await mkdir(join(path, 'node_modules'));
    await symlink(ROOT, join(path, 'node_modules/velocidb'));
    const main = async (...args: string[]): Promise<string> =>
      (await run(process.execPath, ['main.mjs', 'file:./guests', ...args], { cwd: path })).stdout;
    expect(await main('Ada', 'First!')).toBe('Ada (1): First!\n');
    await Promise.all([main('Grace', 'Hello'), main('Ada', 'Again'), main('Edgar', 'Hi')]);
    const book = await main();
    expect(book.trim().split('\n').sort()).toEqual(['Ada (2): Again', 'Ada (2): First!', 'Edgar (1): Hi', 'Grace (1): Hello']);
    await expect(main('Nobody', '')).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^23514: /) });
    expect(await main()).toBe(book);
  });
});
