/** What EXPLAIN says of one node: its title, and the details under it. Text and JSON are made of the same. */
import { unreachable } from '../base/assert.ts';
import type { AggregateCall, ColumnRef, Expression, SortKey } from '../binder/expression.ts';
import type { JoinType, PhysicalPlan, TableScanNode } from './physical.ts';

/** A line under a node: `label: value`. Of a list also its items. */
export interface Detail {
  readonly label: string;
  readonly value: string;
  readonly items?: readonly string[];
}

export type TextOf = (expression: Expression) => string;

/** The node's line in text form. */
export function titleOf(node: PhysicalPlan): string {
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

/** What is told of the node beside its title; more when `verbose`. */
export function detailsOf(node: PhysicalPlan, text: TextOf, names: ReadonlyMap<ColumnRef, string>, verbose: boolean): Detail[] {
  const details: Detail[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') details.push({ label, value });
  };
  const list = (label: string, items: readonly string[]): void => {
    if (items.length > 0) details.push({ label, value: items.join(', '), items });
  };
  const maybe = (expression: Expression | undefined): string | undefined => (expression === undefined ? undefined : text(expression));
  if (verbose)
    list(
      'Output',
      node.output.map((ref) => names.get(ref) ?? `column${ref}`),
    );
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
      list(
        'Group Key',
        node.groups.map((group) => text(group.expression)),
      );
      if (verbose)
        list(
          'Aggregates',
          node.aggregates.map((item) => aggregateText(item.call, text)),
        );
      break;
    case 'window':
      list('Partition By', node.partitionBy.map(text));
      list(
        'Order By',
        node.orderBy.map((key) => sortText(key, text)),
      );
      break;
    case 'sort':
      list(
        'Sort Key',
        node.keys.map((key) => sortText(key, text)),
      );
      break;
    case 'distinct':
      list('Unique Key', node.on.map(text));
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
