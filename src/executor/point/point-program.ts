/**
 * Which plans run at once, and how.
 *
 *     limit? ─ project? ─ table_scan by key, joins by key over it   select
 *     project? ─ aggregate, one group ─ the same                    select
 *     project? ─ insert ─ values                                    one row, ON CONFLICT included
 *     project? ─ update, delete ─ table_scan by a whole key         one row, which keeps its key
 *
 * Invariants
 *   F1  A run ends with all that the ordinary road would do, or with LATER and nothing done: no row written, none owed to the caller.
 *   F2  Whatever would be an error is LATER: the ordinary road raises it.
 *       Tables with foreign keys, and values that need a sequence or chance, are for that road, too.
 *   F3  Nothing in a program waits, draws chance, or depends on when it runs beyond its context.
 */
import { assert } from '../../base/assert.ts';
import type { PhysicalPlan, PhysicalQuery } from '../../planner/physical.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { NOT_PROMPT } from './prompt.ts';
import { prepareAggregate } from './point-aggregate.ts';
import { prepareChange } from './point-change.ts';
import { prepareInsert } from './point-insert.ts';
import { prepareRead } from './point-read.ts';

export interface PointProgram {
  readonly writes: boolean;
  /** Whether it needs a context made for the statement, not just any of the session's. */
  readonly needsContext: boolean;
  /**
   * Runs now, giving every row of the result to `emit`, which copies what it keeps. Answers the count of rows returned or written, or
   * LATER. `transaction` is there for programs that write.
   */
  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number;
}

const programs = new WeakMap<PhysicalQuery, PointProgram | null>();

/** The program of a plan, made on its first use; null for plans outside the class. */
export function pointProgramOf(query: PhysicalQuery): PointProgram | null {
  const known = programs.get(query);
  if (known !== undefined) return known;
  const program = prepare(query);
  programs.set(query, program);
  return program;
}

function prepare(query: PhysicalQuery): PointProgram | null {
  if (query.subplans.size > 0 || query.writesInWith) return null;
  try {
    return prepareWrite(query.root) ?? prepareSelect(query.root);
  } catch (error) {
    assert(error === NOT_PROMPT, 'a plan is in the class or not', { error });
    return null;
  }
}

/** The program of a statement that writes, RETURNING above it or not; undefined when it only reads. */
function prepareWrite(root: PhysicalPlan): PointProgram | undefined {
  const node = root.kind === 'project' ? root.input : root;
  const returning = root.kind === 'project' ? root.items.map((item) => item.expression) : undefined;
  switch (node.kind) {
    case 'insert':
      return prepareInsert(node, returning);
    case 'update':
    case 'delete':
      return prepareChange(node, returning);
    default:
      return undefined;
  }
}

function prepareSelect(root: PhysicalPlan): PointProgram {
  const node = root.kind === 'project' ? root.input : root;
  return node.kind === 'aggregate' ? prepareAggregate(node, root) : prepareRead(root);
}
