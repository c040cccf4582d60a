/** The TPC-H tables in a bucket of ours, loaded with COPY as `velocidb import` does it. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { TBL_FORMAT } from '../../src/session/copy/copy-format.ts';
import { fixtureFolder } from '../fixtures.ts';
import { tpchSchema, tpchTables, tablesVersion } from './data.ts';
import { TABLES } from './generate.ts';

const CHUNK_BYTES = 256 * 1024;

/** The folder of the database at a scale, one checkpointed run for each table, analyzed. */
export function tpchFixture(shared: string, scale: number): Promise<string> {
  return fixtureFolder({
    name: `tpch-ours-${scale}`,
    content: tablesVersion(scale),
    async fill(database) {
      const folder = tpchTables(scale);
      for (const statement of tpchSchema(shared)) await database.query(statement);
      const session = database.session();
      for (const table of TABLES) {
        const file = createReadStream(join(folder, `${table}.tbl`), { highWaterMark: CHUNK_BYTES });
        await session.copyIn({ table, format: TBL_FORMAT }, file);
      }
      await session.close();
    },
  });
}
