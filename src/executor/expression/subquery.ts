/**
 * Subqueries as values. An uncorrelated one runs once per execution; a correlated one once per distinct values of what it
 * reads from outside, or every time when it is volatile. `IN (SELECT …)` keeps its rows as a hash set where equality can be hashed.
 */
import { SqlError } from '../../base/sql-error.ts';
import { assert, unreachable } from '../../base/assert.ts';
import type { SubqueryExpression } from '../../binder/expression.ts';
import { isVolatile, outerRefs } from '../../planner/expression-tools.ts';
import { familyOf } from '../../planner/type-facts.ts';
import { SqlArray, type Row, type Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { drain, type Operator } from '../row/operator.ts';
import { implementationOf } from './function-call.ts';
import { nestedArray } from './array-value.ts';
import type { RunSubquery, Scope } from './scope.ts';
import { memoKey, SubqueryMemo } from './subquery-memo.ts';
import { hashKeyOf, partKey, type HashKey } from './value-order.ts';
import { chain, compileWaiting, inOrder } from './waiting.ts';

/** Opens the subquery's plan for the frame as it stands. */
export type OpenSubplan = (environment: Environment) => Operator;

/** The closure that answers the subquery for a row of `scope`. `positions` are its output columns' places in its rows. */
export function compileSubquery(
  expression: SubqueryExpression,
  scope: Scope,
  number: number,
  open: OpenSubplan,
  positions: readonly number[],
): RunSubquery {
  const outer = [...outerRefs(expression)];
  const carried = outer.map((ref) => ({ slot: scope.program.frameSlot(ref), position: scope.layout.get(ref) }));
  const answerOf = fetchOf(expression, open, positions);
  const judge = judgeOf(expression, scope);
  const remembers = outer.length === 0 || !isVolatile(expression);

  return (row, environment) => {
    for (const { slot, position } of carried) if (position !== undefined) environment.frame[slot] = row[position];
    const key = remembers ? memoKey(carried.map(({ slot }) => environment.frame[slot])) : undefined;
    const memo = (environment.subqueries[number] ??= new SubqueryMemo());
    const known = key === undefined ? undefined : memo.get(key);
    if (known !== undefined) return judge(known as Answer, row, environment);
    return chain(answerOf(environment), (answer) => {
      if (key !== undefined) memo.set(key, answer);
      return judge(answer, row, environment);
    });
  };
}

/** What is remembered of a run: a value, or the rows to compare with. */
type Answer =
  | { readonly kind: 'value'; readonly value: Value }
  | {
      readonly kind: 'rows';
      readonly rows: readonly Row[];
      readonly set: ReadonlySet<HashKey> | undefined;
      readonly nullRows: readonly Row[];
    };

function fetchOf(
  expression: SubqueryExpression,
  open: OpenSubplan,
  positions: readonly number[],
): (environment: Environment) => Answer | Promise<Answer> {
  switch (expression.mode) {
    case 'exists':
      return (environment) => firstRows(open(environment), 1, (rows) => ({ kind: 'value', value: rows.length > 0 }));
    case 'scalar':
      return (environment) =>
        firstRows(open(environment), 2, (rows) => {
          if (rows.length > 1)
            throw new SqlError('cardinality_violation', 'more than one row returned by a subquery used as an expression');
          return { kind: 'value', value: rows.length === 0 ? null : rows[0][positions[0]] };
        });
    case 'array':
      return (environment) =>
        chain(allRows(open(environment)), (rows): Answer => {
          const items = rows.map((row) => row[positions[0]]);
          return { kind: 'value', value: items.some((item) => item instanceof SqlArray) ? nestedArray(items) : new SqlArray(items) };
        });
    case 'any':
    case 'all': {
      const hashes = hashable(expression);
      return (environment) =>
        chain(allRows(open(environment)), (rows) =>
          rowsAnswer(
            rows.map((row) => positions.map((position) => row[position])),
            hashes,
          ),
        );
    }
    default:
      return unreachable(expression.mode);
  }
}

/** `=` ANY and `<>` ALL over types whose hash keys agree. */
function hashable(expression: SubqueryExpression): readonly ((value: Value) => HashKey)[] | undefined {
  const wanted = expression.mode === 'any' ? '=' : '<>';
  if (expression.operator !== wanted) return undefined;
  const same = expression.tests.every(
    (test, at) =>
      test.arguments.length === 2 && familyOf(test.arguments[0]) === familyOf(test.arguments[1]) && expression.left[at] !== undefined,
  );
  return same ? expression.left.map((left) => hashKeyOf(left.type)) : undefined;
}

function rowsAnswer(rows: readonly Row[], hashes: readonly ((value: Value) => HashKey)[] | undefined): Answer {
  if (hashes === undefined) return { kind: 'rows', rows, set: undefined, nullRows: [] };
  return {
    kind: 'rows',
    rows,
    set: new Set(rows.filter((row) => !row.includes(null)).map((row) => rowKey(row, hashes))),
    nullRows: rows.filter((row) => row.includes(null)),
  };
}

function rowKey(row: Row, hashes: readonly ((value: Value) => HashKey)[]): HashKey {
  if (hashes.length === 1) return hashes[0](row[0]);
  let key = '';
  for (let at = 0; at < hashes.length; at++) key += partKey(hashes[at](row[at]));
  return key;
}

function judgeOf(
  expression: SubqueryExpression,
  scope: Scope,
): (answer: Answer, row: Row, environment: Environment) => Value | Promise<Value> {
  if (expression.mode !== 'any' && expression.mode !== 'all') {
    return (answer) => {
      assert(answer.kind === 'value', 'a subquery that is a value answers with one');
      return answer.value;
    };
  }
  const left = expression.left.map((part) => compileWaiting(part, scope));
  const tests = expression.tests.map((test, at) =>
    implementationOf(test, [expression.left[at].type, expression.left[at].type], expression.type),
  );
  const hashes = hashable(expression);
  const any = expression.mode === 'any';
  const differs = expression.operator === '<>';
  if (tests.length > 1 && expression.operator !== '=' && !differs)
    throw new SqlError('feature_not_supported', `row comparison ${expression.operator ?? ''} ANY or ALL of a subquery is not supported`);
  const compareRow = (values: readonly Value[], candidate: Row, environment: Environment): Value => {
    let unknown = false;
    for (let at = 0; at < tests.length; at++) {
      const [a, b] = [values[at], candidate[at]];
      const answer = a === null || b === null ? null : (tests[at](environment.context, a, b) as Value);
      if (answer === null) unknown = true;
      else if (answer === differs) return differs;
    }
    return unknown ? null : !differs;
  };
  return (answer, row, environment) => {
    assert(answer.kind === 'rows', 'a subquery that is compared with answers with rows');
    if (answer.rows.length === 0) return !any;
    return chain(
      inOrder(left, (part) => part(row, environment)),
      (values) => {
        let candidates = answer.rows;
        if (answer.set !== undefined && hashes !== undefined) {
          if (values.includes(null)) {
            if (values.length === 1) return null;
          } else {
            if (answer.set.has(rowKey(values, hashes))) return any;
            candidates = answer.nullRows; // only these can still leave it open
          }
        }
        let unknown = false;
        for (const candidate of candidates) {
          const holds = compareRow(values, candidate, environment);
          if (holds === any) return any;
          if (holds === null) unknown = true;
        }
        return unknown ? null : !any;
      },
    );
  };
}

function allRows(operator: Operator): readonly Row[] | Promise<readonly Row[]> {
  const rows: Row[] = [];
  return chain(
    drain(operator, (batch) => {
      for (const row of batch) rows.push(row);
    }),
    () => rows,
  );
}

/** The first `count` rows, or fewer, then closes the operator. */
function firstRows(operator: Operator, count: number, finish: (rows: readonly Row[]) => Answer): Answer | Promise<Answer> {
  const rows: Row[] = [];
  const more = (): Answer | Promise<Answer> => {
    for (;;) {
      const batch = operator.next();
      if (batch instanceof Promise) return batch.then((settled) => take(settled) ?? more());
      const answer = take(batch);
      if (answer !== undefined) return answer;
    }
  };
  const take = (batch: Row[] | null): Answer | undefined => {
    if (batch !== null) {
      rows.push(...batch.slice(0, count));
      if (rows.length < count) return undefined;
    }
    operator.close();
    return finish(rows.slice(0, count));
  };
  return more();
}
