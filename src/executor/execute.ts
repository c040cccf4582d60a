/**
 * Runs a plan: `next` hands out batches until null; only then has the statement done all its writes and checked its foreign
 * keys. A caller that stops early closes, and a statement that writes is never stopped early.
 */
import type { ColumnRef } from '../binder/expression.ts';
import type { PhysicalPlan, PhysicalQuery } from '../planner/physical.ts';
import type { Row } from '../types/value.ts';
import { Environment } from './environment.ts';
import type { Execution } from './execution.ts';
import { hasForeignKeysToSettle, settleForeignKeys } from './row/foreign-key.ts';
import { freezeNow } from './row/freeze.ts';
import type { Operator } from './row/operator.ts';
import { programOf } from './row/program.ts';
import { chain } from './expression/waiting.ts';

export interface RunningQuery {
  /** The columns of its rows. */
  readonly output: readonly ColumnRef[];
  /** The next batch, null when the statement is complete. */
  next(): Row[] | null | Promise<Row[] | null>;
  /** Rows written by the statement's own INSERT, UPDATE or DELETE (not by those in its WITH); 0 for others. */
  affected(): number;
  close(): void;
}

export function executeQuery(query: PhysicalQuery, execution: Execution): RunningQuery {
  const program = programOf(query);
  const environment = new Environment(execution);
  const writer = writerOf(query.root);
  let operator: Operator | undefined;
  let ended = false;

  const start = async (): Promise<Row[] | null> => {
    for (const { node, open } of program.freezes) await freezeNow(node, open, environment);
    operator = program.open(environment);
    return pulled(operator.next());
  };
  const pulled = (batch: Row[] | null | Promise<Row[] | null>): Row[] | null | Promise<Row[] | null> =>
    chain(batch, (settled) => settled ?? finish());
  const finish = (): null | Promise<null> => {
    if (ended) return null;
    ended = true;
    return environment.wrote ? finishWrites(environment) : null;
  };
  return {
    output: query.root.output,
    next() {
      if (ended) return null;
      if (operator !== undefined) return pulled(operator.next());
      if (program.freezes.length > 0) return start();
      operator = program.open(environment);
      return pulled(operator.next());
    },
    affected: () => (writer === undefined ? 0 : (environment.affected.get(writer) ?? 0)),
    close() {
      ended = true;
      operator?.close();
    },
  };
}

function finishWrites(environment: Environment): null | Promise<null> {
  if (environment.writers.length === 0 && !hasForeignKeysToSettle(environment)) return null;
  return finishLater(environment);
}

async function finishLater(environment: Environment): Promise<null> {
  for (const writer of environment.writers) await writer.finish();
  await settleForeignKeys(environment);
  return null;
}

/** The statement's own write, below the projection that makes its RETURNING and the definitions around it. */
function writerOf(node: PhysicalPlan): PhysicalPlan | undefined {
  switch (node.kind) {
    case 'insert':
    case 'update':
    case 'delete':
      return node;
    case 'project':
      return writerOf(node.input);
    case 'with':
      return writerOf(node.body);
    default:
      return undefined;
  }
}
