/** Logical plans as indented text, one node a line, for tests and for EXPLAIN (VERBOSE) of what was bound. */
import { unreachable } from '../base/assert.ts';
import type { ColumnRef, Expression, FrameBound, SetCall, WindowFrameClause } from './expression.ts';
import { aggregateText, expressionText, sortKeyText, windowCallText } from './expression-text.ts';
import type { Plan, Returning, WriteTarget } from './plan.ts';
import { children, inputsOf, visitPlanExpressions } from './walk.ts';

/** The plan under `@n` column names; subqueries follow the tree, numbered in the order they are met. */
export function planText(plan: Plan): string {
  const lines: string[] = [];
  write(plan, 0, lines);
  return lines.join('\n');
}

const nameOf = (ref: ColumnRef): string => `@${ref}`;
const text = (expression: Expression): string => expressionText(expression, nameOf);
const refs = (list: readonly ColumnRef[]): string => list.map(nameOf).join(', ');

function write(plan: Plan, depth: number, lines: string[]): void {
  lines.push(`${'  '.repeat(depth)}${line(plan)}`);
  visitOwnSubqueries(plan, (mode, inner) => {
    lines.push(`${'  '.repeat(depth + 1)}[${mode}]`);
    write(inner, depth + 2, lines);
  });
  for (const input of inputsOf(plan)) write(input, depth + 1, lines);
}

function visitOwnSubqueries(plan: Plan, visit: (mode: string, inner: Plan) => void): void {
  const inputs = new Set<Expression>();
  for (const input of inputsOf(plan)) visitPlanExpressions(input, (expression) => inputs.add(expression));
  const seek = (expression: Expression): void => {
    if (expression.kind === 'subquery')
      visit(expression.outer.length === 0 ? expression.mode : `${expression.mode} of ${refs(expression.outer)}`, expression.plan);
    children(expression).forEach(seek);
  };
  visitPlanExpressions(plan, (expression) => {
    if (!inputs.has(expression)) seek(expression);
  });
}

function line(plan: Plan): string {
  switch (plan.kind) {
    case 'scan':
      return `scan ${plan.table.name}${plan.alias === plan.table.name ? '' : ` ${plan.alias}`} (${plan.columns.map((column) => `${plan.table.columns[column.position]?.name ?? 'rowid'} ${nameOf(column.ref)}`).join(', ')})`;
    case 'virtual_scan':
      return `virtual_scan ${plan.relation.schemaName}.${plan.relation.name} (${plan.columns.length} columns)`;
    case 'values':
      return `values (${refs(plan.output)}) ${plan.rows.map((row) => `(${row.map(text).join(', ')})`).join(' ')}`;
    case 'filter':
      return `filter ${text(plan.condition)}`;
    case 'project':
      return `project ${plan.items.map((item) => itemText(item.ref, item.expression)).join(', ')}`;
    case 'project_set':
      return `project_set ${plan.calls.map((entry) => `${nameOf(entry.ref)} = ${callText(entry.call)}`).join(', ')}`;
    case 'join':
      return `join ${plan.type}${plan.lateral ? ' lateral' : ''}${plan.condition === undefined ? '' : ` on ${text(plan.condition)}`}`;
    case 'aggregate': {
      const groups = plan.groups.map((group) => itemText(group.ref, group.expression)).join(', ');
      const sets = plan.sets === undefined ? '' : ` sets ${plan.sets.map((set) => `(${set.join(' ')})`).join('')}`;
      const calls = plan.aggregates.map((entry) => `${nameOf(entry.ref)} = ${aggregateText(entry.call, nameOf)}`).join(', ');
      const marks = plan.grouping.map((entry) => `${nameOf(entry.ref)} = GROUPING(${entry.groups.join(' ')})`).join(', ');
      return [
        'aggregate',
        groups === '' ? '' : ` by ${groups}`,
        sets,
        calls === '' ? '' : ` compute ${calls}`,
        marks === '' ? '' : ` ${marks}`,
      ].join('');
    }
    case 'window': {
      const partition = plan.partitionBy.length === 0 ? '' : ` partition by ${plan.partitionBy.map(text).join(', ')}`;
      const order = plan.orderBy.length === 0 ? '' : ` order by ${plan.orderBy.map((key) => sortKeyText(key, nameOf)).join(', ')}`;
      return `window${partition}${order} compute ${plan.calls.map((entry) => `${nameOf(entry.ref)} = ${windowCallText(entry.call, nameOf)} ${frameText(entry.frame)}`).join(', ')}`;
    }
    case 'sort':
      return `sort ${plan.keys.map((key) => sortKeyText(key, nameOf)).join(', ')}`;
    case 'limit':
      return `limit${plan.limit === undefined ? '' : ` ${text(plan.limit)}`}${plan.offset === undefined ? '' : ` offset ${text(plan.offset)}`}${plan.ties === undefined ? '' : ' with ties'}`;
    case 'distinct':
      return `distinct on ${plan.on.map(text).join(', ')}`;
    case 'set_operation':
      return `${plan.operation}${plan.all ? ' all' : ''} (${refs(plan.output)}) = (${refs(plan.leftColumns)}) and (${refs(plan.rightColumns)})`;
    case 'function_scan':
      return `function_scan ${plan.alias} ${plan.calls.map((entry) => `${callText(entry.call)} (${refs(entry.columns)})`).join(', ')}${plan.ordinality === undefined ? '' : ` ordinality ${nameOf(plan.ordinality)}`}`;
    case 'with':
      return `with ${plan.definitions.map((definition) => `${definition.name} #${definition.id} (${refs(definition.output)})${definition.materialized === undefined ? '' : definition.materialized ? ' materialized' : ' inline'}`).join(', ')}`;
    case 'with_reference':
      return `with_reference ${plan.name} #${plan.id} (${refs(plan.output)})`;
    case 'recursive':
      return `recursive ${plan.name} #${plan.id}${plan.all ? ' all' : ''} (${refs(plan.output)}) = (${refs(plan.baseColumns)}) then (${refs(plan.stepColumns)})`;
    case 'lock':
      return `lock ${plan.tables.join(', ')}`;
    case 'insert': {
      const conflict = plan.onConflict;
      const action =
        conflict === undefined
          ? ''
          : ` on conflict ${conflict.arbiters.map((index) => index.name).join(', ')} do ${conflict.action}${sets(conflict.set)}${conflict.where === undefined ? '' : ` where ${text(conflict.where)}`}`;
      return `insert ${targetText(plan.target)} values (${refs(plan.values)})${action}${returningText(plan.returning)}`;
    }
    case 'update':
      return `update ${targetText(plan.target)} current (${refs(plan.current)})${sets(plan.set)}${returningText(plan.returning)}`;
    case 'delete':
      return `delete ${targetText(plan.target)} current (${refs(plan.current)})${returningText(plan.returning)}`;
    default:
      return unreachable(plan);
  }
}

function itemText(ref: ColumnRef, expression: Expression): string {
  return expression.kind === 'column' && expression.ref === ref ? nameOf(ref) : `${nameOf(ref)} = ${text(expression)}`;
}

function callText(call: SetCall): string {
  return `${call.function.name}(${call.args.map(text).join(', ')})`;
}

function sets(list: readonly { readonly position: number; readonly expression: Expression }[]): string {
  return list.length === 0 ? '' : ` set ${list.map((entry) => `${entry.position} = ${text(entry.expression)}`).join(', ')}`;
}

function targetText(target: WriteTarget): string {
  const checks = target.checks.map((check) => ` check ${check.name} ${text(check.condition)}`).join('');
  const indexes = target.indexExpressions
    .map(
      (entry) =>
        ` index ${entry.index.name} (${entry.keys.map((key) => (key === undefined ? '' : text(key))).join(', ')})${entry.predicate === undefined ? '' : ` where ${text(entry.predicate)}`}`,
    )
    .join('');
  const generated = target.generated.map((entry) => ` generated ${entry.position} = ${text(entry.expression)}`).join('');
  return `${target.table.name} (${refs(target.row)})${checks}${indexes}${generated}`;
}

function returningText(returning: Returning): string {
  return returning === undefined ? '' : ` returning ${returning.map((entry) => itemText(entry.ref, entry.expression)).join(', ')}`;
}

function frameText(frame: WindowFrameClause): string {
  const exclude = frame.exclude === 'no others' ? '' : ` exclude ${frame.exclude}`;
  return `${frame.mode} ${boundText(frame.start)} to ${boundText(frame.end)}${exclude}`;
}

function boundText(bound: FrameBound): string {
  return 'offset' in bound ? `${text(bound.offset)} ${bound.kind}` : bound.kind;
}
