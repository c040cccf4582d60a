import type { Node, SelectStmt } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import { CLAUSE, type Clause } from './clause.ts';
import { coerceTo } from './coerce.ts';
import type { Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { INT8 } from './typing.ts';
import { some } from './walk.ts';

/** LIMIT and OFFSET as bigint expressions over no column; undefined when there is neither. */
export function bindLimit(
  level: Level,
  statement: SelectStmt,
): { readonly limit: Expression | undefined; readonly offset: Expression | undefined } | undefined {
  const offset = bindCount(level, statement.limitOffset, CLAUSE.offset);
  const limit = bindCount(level, statement.limitCount, CLAUSE.limit);
  return limit === undefined && offset === undefined ? undefined : { limit, offset };
}

function bindCount(level: Level, node: Node | undefined, clause: Clause): Expression | undefined {
  if (node === undefined || ('A_Const' in node && node.A_Const.isnull === true)) return undefined;
  const { binding } = level;
  return level.in(clause, () => {
    const bound = bindExpression(level, node);
    const count = coerceTo(binding, bound, INT8, clause.words);
    const column = findOwn(level, bound);
    if (column !== undefined)
      throw binding.error('invalid_column_reference', `argument of ${clause.words} must not contain variables`, binding.locationOf(column));
    return count;
  });
}

function findOwn(level: Level, bound: Expression): Expression | undefined {
  let found: Expression | undefined;
  some(bound, (part) => {
    if (part.kind === 'column' && level.own.has(part.ref)) found = part;
    return found !== undefined;
  });
  return found;
}
