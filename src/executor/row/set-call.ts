/** Calls of set-returning functions: from an argument row to the rows they give. */
import type { SetCall } from '../../binder/expression.ts';
import { SqlRecord, type Row, type Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { implementationOf } from '../expression/function-call.ts';
import type { Scope } from '../expression/scope.ts';
import { chain, compileWaiting, inOrder } from '../expression/waiting.ts';

/** The call's rows for one input row: lazily where the function generates lazily. */
export type OpenSet = (row: Row, environment: Environment) => Iterator<Row> | Promise<Iterator<Row>>;

/** `columns` is how many columns are wanted of each row; a single record is spread over several. */
export function compileSetCall(call: SetCall, scope: Scope, columns: number): OpenSet {
  const args = call.args.map((arg) => compileWaiting(arg, scope));
  const types = call.args.map((arg) => arg.type);
  const fn = call.function;
  if (fn.kind === 'set') {
    const fieldTypes = fn.columns?.map((column) => column.type) ?? [];
    return (row, environment) =>
      chain(
        inOrder(args, (arg) => arg(row, environment)),
        (values) =>
          fn.strict && values.includes(null)
            ? NOTHING
            : spread(fn.generate(environment.context, types, ...values)[Symbol.iterator](), columns, fieldTypes),
      );
  }
  const evaluate = implementationOf(fn, types, call.type);
  return (row, environment) =>
    chain(
      inOrder(args, (arg) => arg(row, environment)),
      (values) => {
        const value: Value | Promise<Value> = fn.strict && values.includes(null) ? null : evaluate(environment.context, ...values);
        return chain(value, (settled) => spread([[settled]][Symbol.iterator](), columns, []));
      },
    );
}

const NOTHING: Iterator<Row> = { next: () => ({ done: true, value: undefined }) };

function spread(rows: Iterator<Row>, columns: number, fieldTypes: readonly number[]): Iterator<Row> {
  return {
    next() {
      const step = rows.next();
      if (step.done === true || step.value.length === columns) return step;
      if (columns === 1) return { done: false, value: [new SqlRecord(step.value, fieldTypes)] };
      const [record] = step.value;
      return {
        done: false,
        value: record instanceof SqlRecord ? [...record.fields] : Array.from({ length: columns }, (_, at) => step.value[at] ?? null),
      };
    },
  };
}
