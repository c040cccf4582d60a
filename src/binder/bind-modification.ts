/** INSERT, UPDATE and DELETE, at the top of a statement or inside WITH. */
import type { Node } from '@pgsql/types';
import { bindDelete } from './bind-delete.ts';
import { bindInsert } from './bind-insert.ts';
import type { OutputColumn } from './bind-query.ts';
import { bindUpdate } from './bind-update.ts';
import type { Binding } from './binding.ts';
import { kindOf } from './node.ts';
import type { Plan } from './plan.ts';
import type { Level } from './scope.ts';

export interface BoundModification {
  readonly tag: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly plan: Plan;
  /** RETURNING's columns; undefined without RETURNING. */
  readonly columns: readonly OutputColumn[] | undefined;
}

/** SQLSTATE 0A000 for statements that are none of the three. */
export function bindModification(binding: Binding, parent: Level | undefined, node: Node): BoundModification {
  binding.markWriting();
  if ('InsertStmt' in node) return bindInsert(binding, parent, node.InsertStmt);
  if ('UpdateStmt' in node) return bindUpdate(binding, parent, node.UpdateStmt);
  if ('DeleteStmt' in node) return bindDelete(binding, parent, node.DeleteStmt);
  throw binding.error('feature_not_supported', `${kindOf(node).replace(/Stmt$/, '').toUpperCase()} is not supported`, undefined);
}
