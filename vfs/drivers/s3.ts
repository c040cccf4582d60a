import type { Runtime } from '../../src/base/runtime.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import type { ObjectStore } from '../object-store.ts';
export async function openS3Store(url: string, _runtime: Runtime): Promise<ObjectStore> {
  throw new SqlError('feature_not_supported', `not yet: ${url}`);
}
