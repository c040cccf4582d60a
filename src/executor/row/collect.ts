import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Operator } from './operator.ts';

/** Everything the operator gives, kept in memory; the operator is closed. */
export async function collectRows(operator: Operator, environment: Environment): Promise<Row[]> {
  const rows: Row[] = [];
  for (let batch = await operator.next(); batch !== null; batch = await operator.next()) {
    environment.memory.keep(batch);
    for (const row of batch) rows.push(row);
  }
  operator.close();
  return rows;
}
