/** JOIN: ON, USING and NATURAL, with PostgreSQL's merged columns. */
import type { JoinExpr } from '@pgsql/types';
import { assert } from '../base/assert.ts';
import { bindExpression } from './bind-expression.ts';
import { bindItem, checkAliases, isLateral, withItems, type FromItem } from './bind-from.ts';
import { CLAUSE } from './clause.ts';
import { coerceArgument, coerceBoolean, commonTypeOf } from './coerce.ts';
import type { ColumnRef, Expression } from './expression.ts';
import { combine } from './logic.ts';
import { stringList } from './node.ts';
import { operatorCall } from './operator.ts';
import type { JoinPlan, Plan } from './plan.ts';
import type { Level, ScopeColumn, ScopeItem } from './scope.ts';
import { outputOf } from './walk.ts';

const TYPES: Readonly<Record<string, JoinPlan['type']>> = {
  JOIN_INNER: 'inner',
  JOIN_LEFT: 'left',
  JOIN_RIGHT: 'right',
  JOIN_FULL: 'full',
};

export function bindJoin(level: Level, node: JoinExpr, outside: readonly ScopeItem[]): FromItem {
  const { binding } = level;
  const type = TYPES[node.jointype ?? 'JOIN_INNER'];
  assert(type !== undefined && node.larg !== undefined && node.rarg !== undefined, 'the grammar gives both sides of a join');
  const left = bindItem(level, node.larg, outside);
  const mayLook = type === 'inner' || type === 'left';
  const seen = left.items.map((item): ScopeItem => ({ ...item, lateral: mayLook ? 'allowed' : 'forbidden' }));
  const right = bindItem(level, node.rarg, [...outside, ...seen]);
  checkAliases(left.items, right.items);
  const lateral = isLateral(level, right);
  const rest = { kind: 'join' as const, type, left: left.plan, right: right.plan, lateral };
  const using = usingColumns(level, node, left.items, right.items);
  if (using !== undefined) return { ...merge(level, node, using, rest, left, right), lateral: left.lateral || right.lateral };
  const { quals } = node;
  const condition =
    quals === undefined
      ? undefined
      : withItems(level, [...left.items, ...right.items], () =>
          level.in(CLAUSE.joinOn, () => coerceBoolean(binding, bindExpression(level, quals), 'JOIN/ON')),
        );
  const items = [...left.items, ...right.items];
  return { plan: { ...rest, condition }, items: aliased(node, items, visibleColumns(items)), lateral: left.lateral || right.lateral };
}

/** Names merged by USING or NATURAL; undefined when the join has neither. */
function usingColumns(
  level: Level,
  node: JoinExpr,
  left: readonly ScopeItem[],
  right: readonly ScopeItem[],
): readonly string[] | undefined {
  if (node.isNatural === true) {
    const names = new Set(visibleColumns(right).map((column) => column.name));
    return visibleColumns(left)
      .map((column) => column.name)
      .filter((name) => names.has(name));
  }
  if (node.usingClause === undefined) return undefined;
  const names = stringList(node.usingClause);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw level.binding.error('duplicate_column', `column name "${twice}" appears more than once in USING clause`, undefined);
  return names;
}

/** What `SELECT *` over the items shows. */
function visibleColumns(items: readonly ScopeItem[]): readonly ScopeColumn[] {
  return items.filter((item) => item.byColumn).flatMap((item) => item.columns);
}

/** An alias on a join hides what is inside. */
function aliased(node: JoinExpr, items: readonly ScopeItem[], columns: readonly ScopeColumn[]): readonly ScopeItem[] {
  const name = node.alias?.aliasname;
  if (name === undefined) return items;
  const renamed = stringList(node.alias?.colnames);
  const shown = columns.map((column, index) => ({ ...column, name: renamed[index] ?? column.name }));
  return [{ name, schema: undefined, columns: shown, byName: true, byColumn: true, lateral: 'none', table: undefined }];
}

interface Sides {
  readonly left: ScopeColumn;
  readonly right: ScopeColumn;
}

function merge(
  level: Level,
  node: JoinExpr,
  names: readonly string[],
  rest: Omit<JoinPlan, 'condition'>,
  left: FromItem,
  right: FromItem,
): Omit<FromItem, 'lateral'> {
  const { binding } = level;
  const sides = names.map((name): Sides => ({
    left: sideColumn(level, left.items, name, 'left'),
    right: sideColumn(level, right.items, name, 'right'),
  }));
  const column = (one: ScopeColumn): Expression => ({ kind: 'column', ref: one.ref, type: one.type });
  const types = sides.map((pair) => commonTypeOf(binding, [column(pair.left), column(pair.right)], 'JOIN/USING'));
  const tests = sides.map((pair) => operatorCall(binding, '=', column(pair.left), column(pair.right), undefined));
  let plan: Plan = { ...rest, condition: tests.length === 0 ? undefined : combine('and', tests) };
  const added: { ref: ColumnRef; expression: Expression }[] = [];
  const merged = sides.map((pair, index): ScopeColumn => {
    const type = types[index];
    const [a, b] = [pair.left, pair.right].map((side) => coerceArgument(binding, column(side), type));
    const chosen: Expression = rest.type === 'full' ? { kind: 'coalesce', args: [a, b], type } : rest.type === 'right' ? b : a;
    if (chosen.kind === 'column') return { name: names[index], ref: chosen.ref, type };
    const ref = binding.newRef({ name: names[index], relation: undefined, table: 0, attribute: 0 });
    added.push({ ref, expression: chosen });
    level.own.add(ref);
    return { name: names[index], ref, type };
  });
  if (added.length > 0) {
    const through = plan;
    const typeOfRef = new Map([...left.items, ...right.items].flatMap((item) => item.columns.map((one) => [one.ref, one.type] as const)));
    const kept = [...new Set(outputOf(through))].flatMap((ref) => {
      const type = typeOfRef.get(ref);
      return type === undefined ? [] : [{ ref, expression: { kind: 'column' as const, ref, type } }];
    });
    plan = { kind: 'project', input: through, items: [...kept, ...added] };
  }
  const others = (items: readonly ScopeItem[]) => visibleColumns(items).filter((one) => !names.includes(one.name));
  const columns = [...merged, ...others(left.items), ...others(right.items)];
  if (node.alias?.aliasname !== undefined) return { plan, items: aliased(node, [], columns) };
  const hidden = [...left.items, ...right.items].map((item): ScopeItem => ({ ...item, byColumn: false }));
  const joined: ScopeItem = {
    name: undefined,
    schema: undefined,
    columns,
    byName: false,
    byColumn: true,
    lateral: 'none',
    table: undefined,
  };
  const usingAlias = node.join_using_alias?.aliasname;
  const alias: ScopeItem[] =
    usingAlias === undefined ? [] : [{ ...joined, name: usingAlias, columns: merged, byName: true, byColumn: false }];
  return { plan, items: [...hidden, ...alias, joined] };
}

function sideColumn(level: Level, items: readonly ScopeItem[], name: string, side: 'left' | 'right'): ScopeColumn {
  const matches = visibleColumns(items).filter((column) => column.name === name);
  if (matches.length > 1)
    throw level.binding.error('ambiguous_column', `common column name "${name}" appears more than once in ${side} table`, undefined);
  if (matches.length === 0)
    throw level.binding.error('undefined_column', `column "${name}" specified in USING clause does not exist in ${side} table`, undefined);
  return matches[0];
}
