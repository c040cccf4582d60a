/** DELETE: like UPDATE, reads its source to the end before the first write. */
import type { DeleteNode } from '../../planner/physical.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { collectRows } from './collect.ts';
import { latin1Of } from './key-text.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { writingOperator } from './writing.ts';
import { prepareTarget } from './write-target.ts';

export function prepareDelete(node: DeleteNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const { tree, columns } = target.table;
  const current = positionsOf(node.source.output, node.current);

  const run = async (environment: Environment): Promise<Row[]> => {
    const rows = await collectRows(source(environment), environment);
    const writer = new TableWriter(target, environment);
    const seen = new Set<string>();
    const returned: Row[] = [];
    for (const row of rows) {
      const old: Row = current.map((position) => row[position]);
      const key = encodeKey(tree, old);
      const id = latin1Of(key);
      if (seen.has(id)) continue;
      seen.add(id);
      environment.transaction.noteRead(tree, key, 'update');
      writer.delete(old);
      if (node.returning) returned.push([...old.slice(0, columns.length), ...row]);
    }
    environment.affected.set(node, seen.size);
    return returned;
  };
  return (environment) => writingOperator(() => run(environment));
}
