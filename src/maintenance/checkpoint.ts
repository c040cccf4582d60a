/** A checkpoint of one open database. */
import { SqlError } from '../base/sql-error.ts';
import type { Slot } from '../storage/tree.ts';
import type { Database } from '../transaction/database.ts';
import type { Point } from './points.ts';

export interface CheckpointOptions {
  /** Called at named points; tests crash or delay there. */
  readonly at?: ((point: Point) => void | Promise<void>) | undefined;
}

export interface CheckpointReport {
  readonly kind: 'published' | 'superseded' | 'current';
  readonly slot: Slot;
}

/** Makes the checkpoint of what is known to be committed. */
export async function checkpoint(_database: Database, _options: CheckpointOptions = {}): Promise<CheckpointReport> {
  throw new SqlError('feature_not_supported', 'checkpoints are not supported yet');
}
