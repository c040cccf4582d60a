import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../vfs/drivers/directory.ts';
import { contract } from './object-store-contract.ts';

for (const durable of [true, false]) {
  contract(durable ? 'directory' : 'directory without fsync', async () => {
    const path = await mkdtemp(join(tmpdir(), 'velocidb-directory-'));
    const store = new DirectoryStore(join(path, 'bucket'), { durable });
    const other = new DirectoryStore(join(path, 'bucket'), { durable });
    return {
      store,
      other,
      close: async () => {
        await Promise.all([store.close(), other.close()]);
        await rm(path, { recursive: true });
      },
    };
  });
}
