/** UPDATE: the source is read to its end before the first write, so that no row meets what this statement wrote. */
import type { UpdateNode } from '../../planner/physical.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { chain, compileWaiting, inOrder } from '../expression/waiting.ts';
import { assert } from '../../base/assert.ts';
import { collectRows, forEachRow } from './collect.ts';
import { latin1Of } from './key-text.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { repeatsRows, writingOperator } from './writing.ts';
import { prepareTarget } from './write-target.ts';

export function prepareUpdate(node: UpdateNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const { tree, columns } = target.table;
  const current = positionsOf(node.source.output, node.current);
  assert(current.length === tree.columns.length, 'an update knows the whole current row', { table: target.table.name });
  const scope = program.scope(node.source.output);
  const set = node.set.map((item) => ({ position: item.position, value: compileWaiting(item.expression, scope) }));
  const mayRepeat = repeatsRows(node.source) || program.writesElsewhere;

  const run = (environment: Environment): Row[] | Promise<Row[]> => {
    const writer = new TableWriter(target, environment);
    const seen = environment.touched(tree.id);
    const returned: Row[] = [];
    let updated = 0;

    const write = (row: Row): void | Promise<void> => {
      const old: Row = current.map((position) => row[position]);
      const key = encodeKey(tree, old);
      if (mayRepeat) {
        const id = latin1Of(key);
        if (seen.has(id)) return;
        seen.add(id);
      }
      if (++updated % 1024 === 0) environment.context.checkCancelled();
      return chain(
        inOrder(set, (item) => item.value(row, environment)),
        (values) => {
          const changed = old.slice();
          for (let at = 0; at < set.length; at++) changed[set[at].position] = values[at];
          target.complete(changed, environment);
          environment.transaction.noteRead(tree, key, 'update');
          if (node.returning) returned.push([...changed.slice(0, columns.length), ...row]);
          return writer.update(old, changed);
        },
      );
    };
    return chain(collectRows(source(environment), environment), (rows) =>
      chain(forEachRow(rows, write), () => {
        environment.affected.set(node, updated);
        return returned;
      }),
    );
  };
  return (environment) => writingOperator(() => run(environment));
}
