/**
 * One round of maintenance: merge the tail of the log into pages, then delete what nothing refers to any more. Any number may run at
 * once, and dying anywhere is harmless.
 */
import { checkpoint } from '../src/maintenance/checkpoint.ts';
import { collectGarbage } from '../src/maintenance/garbage.ts';
import { openEngine } from '../src/platform/open-engine.ts';
import { readEnvironment } from './environment.ts';

export async function handler(): Promise<{ readonly checkpoint: unknown; readonly garbage: unknown }> {
  const { url } = readEnvironment();
  const opened = await openEngine(url, { create: false, checkpoints: 'manual' });
  try {
    await opened.database.confirm({ kind: 'linearizable' });
    const report = { checkpoint: await checkpoint(opened.database), garbage: await collectGarbage(opened.database) };
    console.log(JSON.stringify({ level: 'info', ...report }));
    return report;
  } finally {
    await opened.close();
  }
}
