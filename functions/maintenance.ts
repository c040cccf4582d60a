/**
 * One round of maintenance: look at tables that changed much, merge the tail of the log into pages, then delete what nothing refers to any more. Any number may run at
 * once, and dying anywhere is harmless. Knows no SQL: what it merges are rows.
 */
import { checkpoint, type CheckpointReport } from '../src/maintenance/checkpoint.ts';
import { collectGarbage, type GarbageReport } from '../src/maintenance/garbage.ts';
import { StatisticsKeeper } from '../src/maintenance/statistics.ts';
import { nodeRuntime } from '../src/platform/node-runtime.ts';
import { openStore } from '../src/platform/store-url.ts';
import { openDatabase } from '../src/transaction/database.ts';
import { readEnvironment } from './environment.ts';

export interface MaintenanceReport {
  readonly checkpoint: CheckpointReport;
  readonly garbage: GarbageReport;
}

/** SQLSTATE 3D000 when there is no database yet: only queries create one. */
export async function handler(): Promise<MaintenanceReport> {
  const { url } = readEnvironment();
  const runtime = nodeRuntime();
  const database = await openDatabase(await openStore(url, runtime, { s3Transport: 'http' }), runtime);
  try {
    await database.confirm({ kind: 'linearizable' });
    await new StatisticsKeeper(database).refresh();
    const report = { checkpoint: await checkpoint(database), garbage: await collectGarbage(database) };
    console.log(JSON.stringify({ level: 'info', ...report }));
    return report;
  } finally {
    await database.close();
  }
}
