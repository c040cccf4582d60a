/** Where the values that outer columns have come from: the relation that has them all, read once more, or the whole input, shared. */
import type { ColumnExpression, ColumnRef, Expression } from '../../binder/expression.ts';
import type { Plan, ScanPlan, WithPlan } from '../../binder/plan.ts';
import { outputOf, visitPlanExpressions } from '../../binder/walk.ts';
import { childrenOf, column, conjunctsOf, hasSubquery, isVolatile, refsOf, substitute } from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { isFreeJoin } from '../join-tree.ts';
import type { Domain } from './domain.ts';
import { filtered } from './push-down.ts';

/** A domain over an input, and what has to be done to the plan that joins the input (as `input`) with what was made of the domain. */
export interface DomainSource {
  readonly domain: Domain;
  readonly input: Plan;
  around(joined: Plan): Plan;
}

/** The outer columns among `outer` that a plan reads, its subqueries included, each once, with their types. */
export function outerColumns(plan: Plan, outer: ReadonlySet<ColumnRef>): ColumnExpression[] {
  const found = new Map<ColumnRef, ColumnExpression>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'column' && outer.has(expression.ref)) found.set(expression.ref, expression);
    if (expression.kind === 'subquery') visitPlanExpressions(expression.plan, visit);
    for (const part of childrenOf(expression)) visit(part);
  };
  visitPlanExpressions(plan, visit);
  return [...found.values()];
}

/** The input computed once and kept: it is joined, and its distinct values of the columns are the domain. */
export function sharedSource(input: Plan, columns: readonly ColumnExpression[]): DomainSource {
  const [inputId, valuesId] = [freshRef() as number, freshRef() as number];
  const output = outputOf(input);
  const copies = output.map(() => freshRef());
  const keys = columns.map(() => freshRef());
  const values: Plan = {
    kind: 'distinct',
    on: keys.map((ref, at) => column(ref, columns[at].type)),
    input: {
      kind: 'project',
      input: { kind: 'with_reference', id: inputId, name: 'outer', output: copies },
      items: keys.map((ref, at) => ({ ref, expression: column(copies[output.indexOf(columns[at].ref)], columns[at].type) })),
    },
  };
  const definitions: WithPlan['definitions'] = [
    { id: inputId, name: 'outer', plan: input, output, materialized: true },
    { id: valuesId, name: 'domain', plan: values, output: keys, materialized: true },
  ];
  return {
    domain: {
      columns,
      use() {
        const refs = columns.map(() => freshRef());
        return { plan: { kind: 'with_reference', id: valuesId, name: 'domain', output: refs }, keys: refs };
      },
    },
    input: { kind: 'with_reference', id: inputId, name: 'outer', output },
    around: (joined) => ({ kind: 'with', definitions, body: joined }),
  };
}

/** The input computed once and kept, as itself and as a copy with columns of its own. */
export function sharedInput(input: Plan): {
  readonly source: Pick<DomainSource, 'input' | 'around'>;
  readonly copies: { readonly plan: Plan; readonly columns: ReadonlyMap<ColumnRef, ColumnRef> };
} {
  const id = freshRef() as number;
  const output = outputOf(input);
  const copies = output.map(() => freshRef());
  const definitions: WithPlan['definitions'] = [{ id, name: 'outer', plan: input, output, materialized: true }];
  return {
    source: {
      input: { kind: 'with_reference', id, name: 'outer', output },
      around: (joined) => ({ kind: 'with', definitions, body: joined }),
    },
    copies: {
      plan: { kind: 'with_reference', id, name: 'outer', output: copies },
      columns: new Map(output.map((ref, at) => [ref, copies[at]])),
    },
  };
}

/**
 * The values that the columns have in the one table that they all come from, under the table's own conditions: perhaps more than the
 * input has, which does no harm. Undefined where there is no such table, or nothing restricts it.
 */
export function leafSource(input: Plan, columns: readonly ColumnExpression[]): DomainSource | undefined {
  const leaf = leafWith(input, new Set(columns.map(({ ref }) => ref)));
  if (leaf === undefined || leaf.conditions.length === 0) return undefined;
  const { scan, conditions } = leaf;
  const needed = new Set([...columns.map(({ ref }) => ref), ...conditions.flatMap((condition) => [...refsOf(condition)])]);
  const isUnique = isUniqueBy(scan, columns);
  return {
    domain: {
      columns,
      use() {
        const copies = new Map(
          scan.columns.filter(({ ref }) => needed.has(ref)).map((known) => [known.ref, { ...known, ref: freshRef() }]),
        );
        const types = new Map(scan.columns.map(({ ref, position }) => [ref, scan.table.tree.columns[position].type]));
        const renamed = new Map<ColumnRef, Expression>(
          [...copies].map(([ref, copy]) => [ref, column(copy.ref, types.get(ref) ?? columns[0].type)]),
        );
        const source = filtered(
          { ...scan, columns: [...copies.values()] },
          conditions.map((condition) => substitute(condition, renamed)),
        );
        const refs = columns.map(() => freshRef());
        const items = columns.map(({ ref, type }, at) => ({ ref: refs[at], expression: column(copies.get(ref)?.ref ?? ref, type) }));
        const values: Plan = { kind: 'project', input: source, items };
        return {
          plan: isUnique ? values : { kind: 'distinct', input: values, on: refs.map((ref, at) => column(ref, columns[at].type)) },
          keys: refs,
        };
      },
    },
    input,
    around: (joined) => joined,
  };
}

/** The table under free joins that has all the columns, with the conditions right above it. */
function leafWith(
  plan: Plan,
  wanted: ReadonlySet<ColumnRef>,
): { readonly scan: ScanPlan; readonly conditions: readonly Expression[] } | undefined {
  if (plan.kind === 'scan') return { scan: plan, conditions: [] };
  if (plan.kind === 'filter') {
    const below = leafWith(plan.input, wanted);
    if (below === undefined) return undefined;
    const own = new Set(below.scan.columns.map(({ ref }) => ref));
    const conditions = conjunctsOf(plan.condition).filter(
      (condition) => !hasSubquery(condition) && !isVolatile(condition) && [...refsOf(condition)].every((ref) => own.has(ref)),
    );
    return { ...below, conditions: [...below.conditions, ...conditions] };
  }
  if (!isFreeJoin(plan)) return undefined;
  const side = [plan.left, ...(plan.type === 'inner' ? [plan.right] : [])].find((input) => {
    const output = new Set(outputOf(input));
    return [...wanted].every((ref) => output.has(ref));
  });
  return side && leafWith(side, wanted);
}

function isUniqueBy(scan: ScanPlan, columns: readonly ColumnExpression[]): boolean {
  const positions = new Set(columns.map(({ ref }) => scan.columns.find((known) => known.ref === ref)?.position));
  return scan.table.tree.key.every((part) => positions.has(part.column));
}
