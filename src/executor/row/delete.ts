/** DELETE: like UPDATE, reads its source to the end before the first write. */
import type { DeleteNode } from '../../planner/physical.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { chain } from '../expression/waiting.ts';
import { collectRows } from './collect.ts';
import { latin1Of } from './key-text.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { repeatsRows, writingOperator } from './writing.ts';
import { prepareTarget } from './write-target.ts';

export function prepareDelete(node: DeleteNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const { tree, columns } = target.table;
  const current = positionsOf(node.source.output, node.current);

  const mayRepeat = repeatsRows(node.source) || program.writesElsewhere;

  const run = (environment: Environment): Row[] | Promise<Row[]> =>
    chain(collectRows(source(environment), environment), (rows) => {
      const writer = new TableWriter(target, environment);
      const seen = environment.touched(tree.id);
      const returned: Row[] = [];
      let deleted = 0;
      for (const row of rows) {
        const old: Row = current.map((position) => row[position]);
        const key = encodeKey(tree, old);
        if (mayRepeat) {
          const id = latin1Of(key);
          if (seen.has(id)) continue;
          seen.add(id);
        }
        if (++deleted % 1024 === 0) environment.context.checkCancelled();
        environment.transaction.noteRead(tree, key, 'update');
        writer.delete(old);
        if (node.returning) returned.push([...old.slice(0, columns.length), ...row]);
      }
      environment.affected.set(node, deleted);
      return returned;
    });
  return (environment) => writingOperator(() => run(environment));
}
