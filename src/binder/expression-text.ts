/** Expressions as PostgreSQL prints them in EXPLAIN and pg_get_expr: `(a = 1)`, `((b)::text ~~ 'x%'::text)`. */
import { unreachable } from '../base/assert.ts';
import { OID, type Oid } from '../types/oid.ts';
import type { SqlType, TypeContext } from '../types/type.ts';
import { findType, formatType } from '../types/types.ts';
import type { Value } from '../types/value.ts';
import type { AggregateCall, ColumnRef, Expression, SortKey, SubscriptExpression, WindowCall } from './expression.ts';

/** What a column is called, e.g. `t.a`. */
export type NameOf = (ref: ColumnRef) => string;

const PLAIN: TypeContext = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
};

/** The expression as SQL text, fully parenthesised. */
export function expressionText(expression: Expression, nameOf: NameOf): string {
  const text = (part: Expression): string => expressionText(part, nameOf);
  const list = (parts: readonly Expression[]): string => parts.map(text).join(', ');
  switch (expression.kind) {
    case 'constant':
      return constantText(expression.value, expression.type);
    case 'parameter':
      return `$${expression.index + 1}`;
    case 'column':
      return nameOf(expression.ref);
    case 'call': {
      const { operator, args } = expression;
      if (operator === undefined) return `${expression.function.name}(${list(args)})`;
      return args.length === 1 ? `(${operator} ${text(args[0])})` : `(${text(args[0])} ${operator} ${text(args[1])})`;
    }
    case 'cast':
      return `(${text(expression.arg)})::${typeText(expression.type)}`;
    case 'and':
    case 'or':
      return `(${expression.args.map(text).join(` ${expression.kind.toUpperCase()} `)})`;
    case 'not':
      return `(NOT ${text(expression.arg)})`;
    case 'is_null':
      return `(${text(expression.arg)} IS ${expression.negated ? 'NOT ' : ''}NULL)`;
    case 'is_truth':
      return `(${text(expression.arg)} IS ${expression.negated ? 'NOT ' : ''}${expression.test.toUpperCase()})`;
    case 'is_distinct':
      return `(${text(expression.left)} IS ${expression.negated ? 'NOT ' : ''}DISTINCT FROM ${text(expression.right)})`;
    case 'case':
      return `CASE ${expression.branches.map((branch) => `WHEN ${text(branch.when)} THEN ${text(branch.then)} `).join('')}ELSE ${text(expression.otherwise)} END`;
    case 'coalesce':
      return `COALESCE(${list(expression.args)})`;
    case 'nullif':
      return `NULLIF(${text(expression.left)}, ${text(expression.right)})`;
    case 'extremum':
      return `${expression.greatest ? 'GREATEST' : 'LEAST'}(${list(expression.args)})`;
    case 'array':
      return `ARRAY[${list(expression.args)}]`;
    case 'row':
      return `ROW(${list(expression.args)})`;
    case 'field':
      return `(${text(expression.arg)}).f${expression.index + 1}`;
    case 'subscript':
      return `(${text(expression.arg)})${expression.indexes.map((index) => subscriptText(index, text)).join('')}`;
    case 'in_list': {
      const symbol = expression.negated ? '<> ALL' : '= ANY';
      return `(${text(expression.arg)} ${symbol} (ARRAY[${list(expression.items)}]))`;
    }
    case 'quantified':
      return `(${text(expression.left)} ${expression.operator} ${expression.all ? 'ALL' : 'ANY'} (${text(expression.array)}))`;
    case 'subquery':
      return subqueryText(expression, list);
    case 'domain_check':
      return `(${text(expression.arg)})::${expression.domain}`;
    default:
      return unreachable(expression);
  }
}

function subqueryText(expression: Extract<Expression, { kind: 'subquery' }>, list: (parts: readonly Expression[]) => string): string {
  switch (expression.mode) {
    case 'exists':
      return 'EXISTS(SubPlan)';
    case 'array':
      return 'ARRAY(SubPlan)';
    case 'scalar':
      return '(SubPlan)';
    default:
      return `((${list(expression.left)}) ${expression.operator ?? '='} ${expression.mode.toUpperCase()} (SubPlan))`;
  }
}

function subscriptText(index: SubscriptExpression['indexes'][number], text: (part: Expression) => string): string {
  if ('at' in index) return `[${text(index.at)}]`;
  return `[${index.lower === undefined ? '' : text(index.lower)}:${index.upper === undefined ? '' : text(index.upper)}]`;
}

/** Numbers and booleans stand for themselves; everything else is quoted and carries its type. */
function constantText(value: Value, type: SqlType): string {
  if (value === null) return type.oid === OID.unknown ? 'NULL' : `NULL::${typeText(type)}`;
  if (typeof value === 'boolean') return String(value);
  if (type.oid === OID.int4 && typeof value === 'number') return value < 0 ? `'${value}'::integer` : String(value);
  const definition = findType(type.oid);
  const text = definition === undefined ? String(value) : definition.output(value, PLAIN);
  const bare: readonly Oid[] = [OID.numeric];
  if (bare.includes(type.oid) && /^\d+(\.\d+)?$/.test(text)) return text;
  return `'${text.replaceAll("'", "''")}'::${typeText(type)}`;
}

function typeText(type: SqlType): string {
  return formatType(type.oid, type.modifier);
}

/** `expression DESC NULLS LAST`, defaults left out. */
export function sortKeyText(key: SortKey, nameOf: NameOf): string {
  const nulls = key.nullsFirst === key.descending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${expressionText(key.expression, nameOf)}${key.descending ? ' DESC' : ''}${nulls}`;
}

/** `sum(DISTINCT x ORDER BY y) FILTER (WHERE z)`. */
export function aggregateText(call: AggregateCall, nameOf: NameOf): string {
  const orderBy = call.orderBy.map((key) => sortKeyText(key, nameOf)).join(', ');
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${expressionText(call.filter, nameOf)})`;
  const args = call.args.map((arg) => expressionText(arg, nameOf)).join(', ');
  if (call.function.orderedSet === true) {
    return `${call.function.name}(${call.direct.map((arg) => expressionText(arg, nameOf)).join(', ')}) WITHIN GROUP (ORDER BY ${orderBy})${filter}`;
  }
  const star = call.args.length === 0 ? '*' : args;
  return `${call.function.name}(${call.distinct ? 'DISTINCT ' : ''}${star}${orderBy === '' ? '' : ` ORDER BY ${orderBy}`})${filter}`;
}

/** `rank()`, or the aggregate's text. */
export function windowCallText(call: WindowCall, nameOf: NameOf): string {
  if ('args' in call.function) return aggregateText(call.function, nameOf);
  return `${call.function.name}(${call.args.map((arg) => expressionText(arg, nameOf)).join(', ')})`;
}
