import type { WithNode } from '../../planner/physical.ts';
import type { Factory, Program } from './program.ts';
import type { Operator } from './operator.ts';
import { SharedRows } from './shared-rows.ts';

/** Puts its definitions where references find them, fresh for each opening, and then is its body. */
export function prepareWith(node: WithNode, program: Program): Factory {
  const definitions = node.definitions.map((definition) => ({ ...definition, open: program.prepare(definition.plan) }));
  const body = program.prepare(node.body);
  return (environment) => {
    for (const { id, writes, open } of definitions) {
      const shared = new SharedRows(deferred(() => open(environment)));
      environment.shared.set(id, shared);
      if (writes) environment.writers.push(shared);
    }
    const operator = body(environment);
    return {
      next: () => operator.next(),
      close() {
        operator.close();
        for (const { id, writes } of definitions) if (!writes) environment.shared.get(id)?.close();
      },
    };
  };
}

/** Opens on the first pull: a definition that nobody reads costs nothing, and later ones see earlier ones. */
function deferred(open: () => Operator): Operator {
  let operator: Operator | undefined;
  return {
    next() {
      operator ??= open();
      return operator.next();
    },
    close: () => operator?.close(),
  };
}
