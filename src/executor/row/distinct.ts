import type { DistinctNode } from '../../planner/physical.ts';
import type { Row, Value } from '../../types/value.ts';
import { compile } from '../expression/compile.ts';
import { tupleKey, type HashKey } from '../expression/value-order.ts';
import { pull } from './operator.ts';
import type { Factory, Program } from './program.ts';
import { compilePick } from './pick.ts';

/** The first row of each group of equal `on` values, in input order. */
export function prepareDistinct(node: DistinctNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const on = node.on.map((expression) => compile(expression, scope));
  const keyOf = tupleKey(node.on.map((expression) => expression.type));
  const pick = compilePick(node.input.output, node.output);
  return (environment) => {
    const operator = input(environment);
    const seen = new Set<HashKey>();
    const values: Value[] = new Array(on.length);
    return {
      next: () =>
        pull(operator, (batch) => {
          if (batch === null) return null;
          const fresh: Row[] = [];
          for (const row of batch) {
            for (let at = 0; at < on.length; at++) values[at] = on[at](row, environment);
            const key = keyOf(values);
            if (seen.has(key)) continue;
            seen.add(key);
            fresh.push(pick === undefined ? row : pick(row));
          }
          environment.memory.keep(fresh);
          return fresh.length > 0 ? fresh : undefined;
        }),
      close: () => operator.close(),
    };
  };
}
