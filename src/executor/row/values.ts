import type { ValuesNode } from '../../planner/physical.ts';
import { mayWait } from '../../planner/expression-tools.ts';
import type { Row } from '../../types/value.ts';
import { compile } from '../expression/compile.ts';
import { compileWaiting, inOrder } from '../expression/waiting.ts';
import { BATCH_ROWS_MAX, type Operator } from './operator.ts';
import type { Factory, Program } from './program.ts';

/** Literal rows, computed as they are pulled. */
export function prepareValues(node: ValuesNode, program: Program): Factory {
  const scope = program.scope([]);
  const waiting = node.tuples.some((tuple) => tuple.some(mayWait));
  if (waiting) {
    const tuples = node.tuples.map((tuple) => tuple.map((expression) => compileWaiting(expression, scope)));
    return (environment) =>
      inBatches(tuples.length, async (from, to) => {
        const rows: Row[] = [];
        for (const tuple of tuples.slice(from, to)) rows.push(await inOrder(tuple, (item) => item([], environment)));
        return rows;
      });
  }
  const literals = literalRows(node);
  if (literals !== undefined) return () => inBatches(literals.length, (from, to) => literals.slice(from, to));
  const tuples = node.tuples.map((tuple) => tuple.map((expression) => compile(expression, scope)));
  return (environment) =>
    inBatches(tuples.length, (from, to) => tuples.slice(from, to).map((tuple) => tuple.map((item) => item([], environment))));
}

/** The rows themselves, when there is nothing to compute. */
function literalRows(node: ValuesNode): Row[] | undefined {
  const rows: Row[] = [];
  for (const tuple of node.tuples) {
    const row: Row = [];
    for (const expression of tuple) {
      if (expression.kind !== 'constant') return undefined;
      row.push(expression.value);
    }
    rows.push(row);
  }
  return rows;
}

function inBatches(count: number, make: (from: number, to: number) => Row[] | Promise<Row[]>): Operator {
  let at = 0;
  return {
    next() {
      if (at >= count) return null;
      const from = at;
      at = Math.min(at + BATCH_ROWS_MAX, count);
      return make(from, at);
    },
    close() {
      at = count;
    },
  };
}
