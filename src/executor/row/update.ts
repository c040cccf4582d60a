/** UPDATE: the source is read to its end before the first write, so that no row meets what this statement wrote. */
import { mayWait } from '../../planner/expression-tools.ts';
import type { UpdateNode } from '../../planner/physical.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { EvaluateWaiting } from '../expression/scope.ts';
import { compileWaiting } from '../expression/waiting.ts';
import { assert } from '../../base/assert.ts';
import { collectRows } from './collect.ts';
import { latin1Of } from './key-text.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { writingOperator } from './writing.ts';
import { prepareTarget } from './write-target.ts';

export function prepareUpdate(node: UpdateNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const { tree, columns } = target.table;
  const current = positionsOf(node.source.output, node.current);
  assert(current.length === tree.columns.length, 'an update knows the whole current row', { table: target.table.name });
  const scope = program.scope(node.source.output);
  const set: { readonly position: number; readonly value: EvaluateWaiting; readonly waits: boolean }[] = node.set.map((item) => ({ position: item.position, value: compileWaiting(item.expression, scope), waits: mayWait(item.expression) }));

  const run = async (environment: Environment): Promise<Row[]> => {
    const rows = await collectRows(source(environment), environment);
    const writer = new TableWriter(target, environment);
    const seen = new Set<string>();
    const returned: Row[] = [];
    for (const [at, row] of rows.entries()) {
      if (at % 1024 === 0) environment.context.checkCancelled();
      const old: Row = current.map((position) => row[position]);
      const key = encodeKey(tree, old);
      const id = latin1Of(key);
      if (seen.has(id)) continue;
      seen.add(id);
      const changed = old.slice();
      for (const { position, value, waits } of set) {
        const answer = value(row, environment);
        changed[position] = waits ? await answer : (answer as Exclude<typeof answer, Promise<unknown>>);
      }
      target.complete(changed, environment);
      environment.transaction.noteRead(tree, key, 'update');
      const done = writer.update(old, changed);
      if (done instanceof Promise) await done;
      if (node.returning) returned.push([...changed.slice(0, columns.length), ...row]);
    }
    environment.affected.set(node, seen.size);
    return returned;
  };
  return (environment) => writingOperator(() => run(environment));
}
