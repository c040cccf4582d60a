import type { AggregateCall, Expression } from '../../binder/expression.ts';
import type { Planning } from '../context.ts';
import { constant } from '../expression-tools.ts';

/** What an aggregate answers when it saw no row. */
export function overNothing(call: AggregateCall, context: Planning): Expression {
  const aggregated = call.function.orderedSet === true ? call.orderBy.map((key) => key.expression) : call.args;
  const make = call.function.specialize(
    [...call.direct, ...aggregated].map((arg) => arg.type),
    call.type,
  );
  return constant(make().finish(context.context, []), call.type);
}
