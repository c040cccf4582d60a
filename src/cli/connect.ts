/** From arguments to an open database, for the commands that work on one. */
import { openEngine, type OpenedEngine, type OpenOptions } from '../platform/open-engine.ts';

/** Opens the database at `url`, runs `work`, and lets go of it however that ends. */
export async function withDatabase<T>(url: string, options: OpenOptions, work: (opened: OpenedEngine) => Promise<T>): Promise<T> {
  const opened = await openEngine(url, options);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
