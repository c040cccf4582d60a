import type { GroupingFunc } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import type { Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { INT4 } from './typing.ts';

/** GROUPING(…): a column that the Aggregate node will make; its arguments are matched with GROUP BY later. */
export function bindGrouping(level: Level, node: GroupingFunc): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  if (!level.clause.aggregates)
    throw binding.error('grouping_error', `grouping operations are not allowed in ${level.clause.words}`, location);
  const args = (node.args ?? []).map((arg) => bindExpression(level, arg));
  if (args.length > 31) throw binding.error('program_limit_exceeded', 'GROUPING must have fewer than 32 arguments', location);
  const ref = binding.newRef({ name: 'grouping', relation: undefined, table: 0, attribute: 0 });
  level.groupings.push({ ref, args, location });
  return binding.locate<Expression>({ kind: 'column', ref, type: INT4 }, location);
}
