import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { chain } from '../expression/waiting.ts';
import { drain, type Operator } from './operator.ts';

/** Everything the operator gives, kept in memory; the operator is closed. */
export function collectRows(operator: Operator, environment: Environment): Row[] | Promise<Row[]> {
  const rows: Row[] = [];
  return chain(
    drain(operator, (batch) => {
      environment.memory.keep(batch);
      for (const row of batch) rows.push(row);
    }),
    () => rows,
  );
}

/** Does `work` for each row in order, waiting only where it answers with a promise. */
export function forEachRow(rows: readonly Row[], work: (row: Row) => void | Promise<void>): void | Promise<void> {
  for (let at = 0; at < rows.length; at++) {
    const done = work(rows[at]);
    if (done instanceof Promise) return continueLater(rows, at + 1, work, done);
  }
}

async function continueLater(
  rows: readonly Row[],
  at: number,
  work: (row: Row) => void | Promise<void>,
  first: Promise<void>,
): Promise<void> {
  await first;
  for (; at < rows.length; at++) {
    const done = work(rows[at]);
    if (done instanceof Promise) await done;
  }
}
