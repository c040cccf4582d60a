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
import type { Expression } from '../binder/expression.ts';
import { childrenOf } from './expression-tools.ts';
import { namesOf } from './explain-names.ts';
import { detailsOf, titleOf } from './explain-node.ts';
import { childrenOfNode, expressionsOfNode } from './physical-tools.ts';
import type { PhysicalPlan, PhysicalQuery } from './physical.ts';

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
    for (const { label: name, value } of detailsOf(node, text, names, options.verbose === true)) lines.push(`${inner}${name}: ${value}`);
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
