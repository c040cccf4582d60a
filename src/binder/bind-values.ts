import type { Node, SelectStmt } from '@pgsql/types';
import { OID } from '../types/oid.ts';
import { bindExpression } from './bind-expression.ts';
import { bindLimit } from './bind-limit.ts';
import { findTarget, sortsOf } from './bind-order.ts';
import type { BoundSelect, QueryOptions } from './bind-query.ts';
import type { Target } from './bind-target.ts';
import { CLAUSE } from './clause.ts';
import { coerceArgument, commonTypeOf } from './coerce.ts';
import type { Expression } from './expression.ts';
import type { Plan } from './plan.ts';
import type { Level } from './scope.ts';
import { sortKeyOf } from './sort-key.ts';
import { TEXT, typeOf } from './typing.ts';

/** VALUES as a query: columns column1, column2 … of each column's common type. */
export function bindValues(level: Level, statement: SelectStmt, options: QueryOptions): BoundSelect {
  const { binding } = level;
  const rows = valueRows(level, statement.valuesLists ?? []);
  const width = rows[0].length;
  const columns = Array.from({ length: width }, (_, index) => {
    const cells = rows.map((row) => row[index]);
    const common = commonTypeOf(binding, cells, 'VALUES');
    const type = common.oid === OID.unknown ? (options.keepUnknown === true ? common : TEXT) : common;
    return {
      name: `column${index + 1}`,
      ref: binding.newRef({ name: `column${index + 1}`, relation: '*VALUES*', table: 0, attribute: 0 }),
      type,
    };
  });
  for (const column of columns) level.own.add(column.ref);
  let plan: Plan = {
    kind: 'values',
    output: columns.map((column) => column.ref),
    rows: rows.map((row) =>
      row.map((cell, index) => coerceArgument(binding, cell, columns[index].type.oid === OID.unknown ? cell.type : columns[index].type)),
    ),
  };
  level.items = [{ name: '*VALUES*', schema: undefined, columns, byName: true, byColumn: true, lateral: 'none', table: undefined }];
  const targets = columns.map((column): Target => ({
    name: column.name,
    expression: { kind: 'column', ref: column.ref, type: typeOf(column.type.oid) },
    junk: false,
  }));
  const keys = level.in(CLAUSE.orderBy, () =>
    sortsOf(statement.sortClause).map((sort) => sortKeyOf(binding, findTarget(level, sort.node, targets, 'ORDER BY').expression, sort)),
  );
  if (keys.length > 0) plan = { kind: 'sort', input: plan, keys };
  const limits = bindLimit(level, statement);
  if (limits !== undefined)
    plan = { kind: 'limit', input: plan, ...limits, ties: statement.limitOption === 'LIMIT_OPTION_WITH_TIES' ? keys : undefined };
  return { plan, columns };
}

/** The lists of a VALUES clause, all of one length. */
function valueRows(level: Level, lists: readonly Node[]): readonly (readonly Expression[])[] {
  const rows = lists.map((list) =>
    ('List' in list ? (list.List.items ?? []) : []).map((cell) => level.in(CLAUSE.values, () => bindExpression(level, cell))),
  );
  const odd = rows.find((row) => row.length !== rows[0].length);
  if (odd !== undefined) {
    throw level.binding.error('syntax_error', 'VALUES lists must all be the same length', odd[0] && level.binding.locationOf(odd[0]));
  }
  return rows;
}
