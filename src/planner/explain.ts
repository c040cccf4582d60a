/**
 * Plans as text, in PostgreSQL's form:
 *
 *     Hash Join  (cost=40.00 rows=12)
 *       Hash Cond: (o.customer = c.id)
 *       ->  Seq Scan on orders o  (cost=30.00 rows=1000)
 *       ->  Hash
 *             ->  Index Scan using customer_pkey on customer c  (cost=6.00 rows=1)
 */
import { expressionText } from '../binder/expression-text.ts';
import type { AggregateCall, ColumnRef, Expression, SortKey } from '../binder/expression.ts';
import { unreachable } from '../base/assert.ts';
import { childrenOf } from './expression-tools.ts';
import { namesOf } from './explain-names.ts';
import { childrenOfNode, expressionsOfNode } from './physical-tools.ts';
import type { JoinType, PhysicalPlan, PhysicalQuery, TableScanNode } from './physical.ts';

export interface ExplainOptions {
  readonly verbose?: boolean | undefined;
  /** Estimates; on unless false. */
  readonly costs?: boolean | undefined;
  /** What an execution measured, by node: present for EXPLAIN ANALYZE. */
  readonly actuals?: ReadonlyMap<PhysicalPlan, { readonly rows: number; readonly loops: number; readonly ms: number }> | undefined;
  readonly timing?: boolean | undefined;
}

/** One line of text per element, without the planning and execution times. */
export function explainText(query: PhysicalQuery, options: ExplainOptions = {}): string[] {
  const names = namesOf(query);
  const text = (expression: Expression): string => expressionText(expression, (ref) => names.get(ref) ?? `column${ref}`);
  const lines: string[] = [];
  const printed = new Set<PhysicalPlan>();

  const print = (node: PhysicalPlan, depth: number, label: string | undefined): void => {
    const indent = '  '.repeat(depth === 0 ? 0 : depth * 3 - 2);
    const arrow = depth === 0 ? '' : '->  ';
    const inner = depth === 0 ? '  ' : `${indent}      `;
    if (label !== undefined) lines.push(`${indent}${label}`);
    lines.push(`${indent}${arrow}${titleOf(node)}${estimates(node, options)}`);
    for (const detail of detailsOf(node, text, names, options)) lines.push(`${inner}${detail}`);
    for (const expression of expressionsOfNode(node)) printSubplans(expression, depth);
    if (node.kind === 'with') for (const definition of node.definitions) print(definition.plan, depth + 1, `CTE ${definition.name}`);
    for (const child of childrenOfNode(node)) print(child, depth + 1, undefined);
  };
  const printSubplans = (expression: Expression, depth: number): void => {
    if (expression.kind === 'subquery') {
      const plan = query.subplans.get(expression);
      if (plan !== undefined && !printed.has(plan)) {
        printed.add(plan);
        print(plan, depth + 1, `SubPlan ${printed.size}`);
      }
    }
    for (const part of childrenOf(expression)) printSubplans(part, depth);
  };
  print(query.root, 0, undefined);
  return lines;
}

function estimates(node: PhysicalPlan, options: ExplainOptions): string {
  const parts: string[] = [];
  if (options.costs !== false) parts.push(`(cost=${node.cost.toFixed(2)} rows=${Math.round(node.rows)})`);
  if (options.actuals !== undefined) {
    const actual = options.actuals.get(node);
    if (actual === undefined) parts.push('(never executed)');
    else {
      const loops = Math.max(1, actual.loops);
      const time = options.timing === false ? '' : `time=${(actual.ms / loops).toFixed(3)} `;
      parts.push(`(actual ${time}rows=${Math.round(actual.rows / loops)} loops=${actual.loops})`);
    }
  }
  return parts.length === 0 ? '' : `  ${parts.join(' ')}`;
}

function titleOf(node: PhysicalPlan): string {
  switch (node.kind) {
    case 'table_scan':
      return scanTitle(node);
    case 'virtual_scan':
      return `Seq Scan on ${node.relation.name}`;
    case 'values':
      return node.output.length === 0 && node.tuples.length === 1 ? 'Result' : 'Values Scan';
    case 'filter':
      return 'Filter';
    case 'project':
      return 'Project';
    case 'project_set':
      return 'ProjectSet';
    case 'nested_loop':
      return `Nested Loop${joinWord(node.type)}`;
    case 'hash_join':
      return `Hash${joinWord(node.type)}${node.type === 'inner' ? ' Join' : ''}`;
    case 'lookup_join':
      return `Lookup${joinWord(node.type)}${node.type === 'inner' ? ' Join' : ''}`;
    case 'aggregate':
      return node.sets !== undefined ? 'MixedAggregate' : node.groups.length === 0 ? 'Aggregate' : 'HashAggregate';
    case 'window':
      return 'WindowAgg';
    case 'sort':
      return node.top === undefined ? 'Sort' : 'Top-N Sort';
    case 'limit':
      return 'Limit';
    case 'distinct':
      return 'Unique';
    case 'set_operation':
      return node.operation === 'union'
        ? node.all
          ? 'Append'
          : 'HashAppend'
        : `HashSetOp ${node.operation === 'intersect' ? 'Intersect' : 'Except'}${node.all ? ' All' : ''}`;
    case 'function_scan':
      return `Function Scan on ${node.calls.map((item) => item.call.function.name).join(', ')}${node.alias === '' ? '' : ` ${node.alias}`}`;
    case 'with':
      return 'With';
    case 'shared_scan':
      return `CTE Scan on ${node.name}`;
    case 'recursive':
      return 'Recursive Union';
    case 'freeze':
      return 'Materialize';
    case 'insert':
      return `Insert on ${node.target.table.name}`;
    case 'update':
      return `Update on ${node.target.table.name}`;
    case 'delete':
      return `Delete on ${node.target.table.name}`;
    default:
      return unreachable(node);
  }
}

function scanTitle(node: TableScanNode): string {
  const name = node.alias === node.table.name || node.alias === '' ? node.table.name : `${node.table.name} ${node.alias}`;
  const backward = node.reverse ? ' Backward' : '';
  if (node.index !== undefined)
    return `Index ${node.covering === undefined ? '' : 'Only '}Scan${backward} using ${node.index.name} on ${name}`;
  const primary = node.table.indexes.find((index) => index.primary);
  if (node.access !== undefined || node.reverse) return `Index Scan${backward} using ${primary?.name ?? 'row id'} on ${name}`;
  return `Seq Scan on ${name}`;
}

function joinWord(type: JoinType): string {
  return { inner: '', left: ' Left Join', right: ' Right Join', full: ' Full Join', semi: ' Semi Join', anti: ' Anti Join' }[type];
}

type TextOf = (expression: Expression) => string;

function detailsOf(node: PhysicalPlan, text: TextOf, names: ReadonlyMap<ColumnRef, string>, options: ExplainOptions): string[] {
  const details: string[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') details.push(`${label}: ${value}`);
  };
  const maybe = (expression: Expression | undefined): string | undefined => (expression === undefined ? undefined : text(expression));
  if (options.verbose === true) add('Output', node.output.map((ref) => names.get(ref) ?? `column${ref}`).join(', '));
  switch (node.kind) {
    case 'table_scan':
      if (node.access !== undefined) add('Index Cond', node.access.conditions.map(text).join(' AND '));
      add('Filter', maybe(node.filter));
      break;
    case 'filter':
      add('Filter', text(node.condition));
      break;
    case 'nested_loop':
      add('Join Filter', maybe(node.condition));
      break;
    case 'hash_join':
      add('Hash Cond', node.keys.map((key) => text(key.equals)).join(' AND '));
      add('Join Filter', maybe(node.residual));
      if (node.build === 'left') add('Hash', 'left');
      break;
    case 'lookup_join':
      add('Join Filter', maybe(node.residual));
      break;
    case 'aggregate':
      add('Group Key', node.groups.map((group) => text(group.expression)).join(', '));
      if (options.verbose === true) add('Aggregates', node.aggregates.map((item) => aggregateText(item.call, text)).join(', '));
      break;
    case 'window':
      add('Partition By', node.partitionBy.map(text).join(', '));
      add('Order By', node.orderBy.map((key) => sortText(key, text)).join(', '));
      break;
    case 'sort':
      add('Sort Key', node.keys.map((key) => sortText(key, text)).join(', '));
      break;
    case 'distinct':
      add('Unique Key', node.on.map(text).join(', '));
      break;
    default:
      break;
  }
  return details;
}

function sortText(key: SortKey, text: TextOf): string {
  const nulls = key.nullsFirst === key.descending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${text(key.expression)}${key.descending ? ' DESC' : ''}${nulls}`;
}

function aggregateText(call: AggregateCall, text: TextOf): string {
  return `${call.function.name}(${call.distinct ? 'DISTINCT ' : ''}${call.args.length === 0 && call.function.arguments.length === 0 ? '*' : call.args.map(text).join(', ')})`;
}
