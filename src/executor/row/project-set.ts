import type { ProjectSetNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Factory, Program } from './program.ts';
import { BATCH_ROWS_MAX } from './operator.ts';
import { compilePick } from './pick.ts';
import { compileSetCall } from './set-call.ts';

/** Set-returning functions in a select list: each input row becomes as many rows as the longest set has. */
export function prepareProjectSet(node: ProjectSetNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const calls = node.calls.map((item) => compileSetCall(item.call, scope, 1));
  const pick = compilePick([...node.input.output, ...node.calls.map((item) => item.ref)], node.output);
  return (environment) => {
    const operator = input(environment);
    let batch: Row[] = [];
    let at = 0;
    let sets: Iterator<Row>[] | undefined;
    return {
      async next() {
        const out: Row[] = [];
        while (out.length < BATCH_ROWS_MAX) {
          if (sets === undefined) {
            if (at >= batch.length) {
              const pulled = await operator.next();
              if (pulled === null) break;
              batch = pulled;
              at = 0;
            }
            const row = batch[at];
            sets = [];
            for (const call of calls) sets.push(await call(row, environment));
          }
          environment.context.checkCancelled();
          const steps = sets.map((set) => set.next());
          if (steps.every((step) => step.done === true)) {
            sets = undefined;
            at++;
            continue;
          }
          const row = [...batch[at], ...steps.map((step) => (step.done === true ? null : step.value[0]))];
          out.push(pick === undefined ? row : pick(row));
        }
        return out.length > 0 ? out : null;
      },
      close: () => operator.close(),
    };
  };
}
