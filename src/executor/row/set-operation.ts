import type { SetOperationNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { tupleKey, type HashKey } from '../expression/value-order.ts';
import { drain, pull, type Operator } from './operator.ts';
import { pickPositions } from './pick.ts';
import type { Factory, Program } from './program.ts';

/**
 * UNION, INTERSECT, EXCEPT over sets or, with ALL, over multisets: a row that occurs m times on the left and n on the right
 * comes out m + n, min(m, n), or max(m - n, 0) times.
 */
export function prepareSetOperation(node: SetOperationNode, program: Program): Factory {
  const left = picked(program.prepare(node.left), node.leftPositions);
  const right = picked(program.prepare(node.right), node.rightPositions);
  const keyOf = tupleKey(node.types);
  if (node.operation === 'union') {
    return (environment) => {
      const both = oneAfterOther(left(environment), () => right(environment));
      return node.all ? both : filtered(both, environment, firstOfKind(keyOf));
    };
  }
  return (environment) => againstRight(node, left(environment), right(environment), keyOf, environment);
}

function picked(open: Factory, positions: readonly number[]): Factory {
  const pick = pickPositions(positions);
  const cut = (batch: Row[] | null): Row[] | null => (batch === null ? null : batch.map(pick));
  return (environment) => {
    const operator = open(environment);
    return {
      next() {
        const batch = operator.next();
        return batch instanceof Promise ? batch.then(cut) : cut(batch);
      },
      close: () => operator.close(),
    };
  };
}

function oneAfterOther(first: Operator, openSecond: () => Operator): Operator {
  let current = first;
  let second: Operator | undefined;
  const after = (batch: Row[] | null): Row[] | null | Promise<Row[] | null> => {
    if (batch !== null || second !== undefined) return batch;
    first.close();
    second = openSecond();
    current = second;
    return current.next();
  };
  return {
    next() {
      const batch = current.next();
      return batch instanceof Promise ? batch.then(after) : after(batch);
    },
    close() {
      first.close();
      second?.close();
    },
  };
}

function filtered(input: Operator, environment: Environment, wanted: (row: Row) => boolean): Operator {
  return {
    next: () =>
      pull(input, (batch) => {
        if (batch === null) return null;
        const rows = batch.filter(wanted);
        environment.memory.keep(rows);
        return rows.length > 0 ? rows : undefined;
      }),
    close: () => input.close(),
  };
}

function firstOfKind(keyOf: (row: Row) => HashKey): (row: Row) => boolean {
  const seen = new Set<HashKey>();
  return (row) => {
    const key = keyOf(row);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}

function againstRight(
  node: SetOperationNode,
  left: Operator,
  right: Operator,
  keyOf: (row: Row) => HashKey,
  environment: Environment,
): Operator {
  const counts = new Map<HashKey, number>();
  const count = (batch: Row[]): void => {
    environment.memory.keep(batch);
    for (const row of batch) {
      const key = keyOf(row);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  };
  const first = firstOfKind(keyOf);
  const intersect = node.operation === 'intersect';
  const wanted = (row: Row): boolean => {
    const key = keyOf(row);
    const left = counts.get(key) ?? 0;
    if (!node.all) return left > 0 === intersect && first(row);
    if (left > 0) counts.set(key, left - 1);
    return left > 0 === intersect;
  };
  const output = filtered(left, environment, wanted);
  let counted: void | Promise<void> | undefined;
  let started = false;
  return {
    next() {
      if (!started) {
        started = true;
        counted = drain(right, count);
        if (counted instanceof Promise) return counted.then(() => output.next());
      }
      return output.next();
    },
    close() {
      left.close();
      right.close();
    },
  };
}
