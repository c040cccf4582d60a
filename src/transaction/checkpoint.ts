/** From root to the state that replay starts from. */
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import type { Root } from './root-codec.ts';
import { EMPTY_BASE, type Base } from './tip.ts';

/** The newest checkpoint that `root` names: inlined in it, or fetched. */
export async function baseOf(root: Root, _store: ObjectStore, _runtime: Runtime): Promise<Base> {
  if (root.checkpoint.slot === 0) return EMPTY_BASE;
  throw new SqlError('feature_not_supported', 'checkpoints are not supported yet');
}
