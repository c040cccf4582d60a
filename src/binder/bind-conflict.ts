/** ON CONFLICT: which unique indexes arbitrate, and what happens to the existing row. */
import type { InferClause, Node, OnConflictClause } from '@pgsql/types';
import type { IndexDescriptor, TableDescriptor } from '../catalog/descriptor.ts';
import { bindAssignments } from './bind-assignments.ts';
import { bindExpression } from './bind-expression.ts';
import { CLAUSE } from './clause.ts';
import { coerceBoolean } from './coerce.ts';
import { sameExpression } from './equal.ts';
import type { Expression } from './expression.ts';
import type { OnConflict } from './plan.ts';
import { Level, type ScopeColumn, type ScopeItem } from './scope.ts';
import { bindStandaloneNode, refsOf, tableColumns } from './standalone.ts';
import { indexExpressions } from './write-target.ts';

export function bindConflict(
  parent: Level,
  clause: OnConflictClause | undefined,
  table: TableDescriptor,
  alias: string,
): OnConflict | undefined {
  if (clause === undefined) return undefined;
  const { binding } = parent;
  const update = clause.action === 'ONCONFLICT_UPDATE';
  if (update && clause.infer === undefined) {
    throw binding.error('syntax_error', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', clause.location ?? 0, {
      hint: 'For example, ON CONFLICT (column_name).',
    });
  }
  const existing = tableColumns(binding, table, alias);
  const excluded = tableColumns(binding, table, 'excluded');
  const arbiters = clause.infer === undefined ? [] : inferArbiters(parent, clause.infer, table, existing);
  const base = { arbiters, existing: refsOf(existing), excluded: refsOf(excluded) };
  if (!update) return { ...base, action: 'nothing', set: [], where: undefined };
  const level = new Level(binding, parent);
  level.items = [itemOf(alias, existing, table), itemOf('excluded', excluded, undefined)];
  for (const column of [...existing, ...excluded]) level.own.add(column.ref);
  const { set, rows } = bindAssignments(level, table, clause.targetList);
  const inlined = set.map((entry) => ({ ...entry, expression: inlineRows(entry.expression, rows) }));
  const { whereClause } = clause;
  const where = whereClause && level.in(CLAUSE.where, () => coerceBoolean(binding, bindExpression(level, whereClause), 'WHERE'));
  return { ...base, action: 'update', set: inlined, where };
}

/** A plain column name is ambiguous: it may mean the existing row or the proposed one. */
function itemOf(name: string, columns: readonly ScopeColumn[], table: TableDescriptor | undefined): ScopeItem {
  return { name, schema: undefined, columns, byName: true, byColumn: true, lateral: 'none', table };
}

/** There is no source to compute the rows of `(a, b) = (SELECT …)` beside: each field computes its own. */
function inlineRows(expression: Expression, rows: readonly { readonly ref: number; readonly expression: Expression }[]): Expression {
  if (rows.length === 0) return expression;
  return replaceColumn(expression, new Map(rows.map((row) => [row.ref, row.expression])));
}

function replaceColumn(expression: Expression, by: ReadonlyMap<number, Expression>): Expression {
  if (expression.kind === 'column') return by.get(expression.ref) ?? expression;
  if (expression.kind === 'field' || expression.kind === 'cast') return { ...expression, arg: replaceColumn(expression.arg, by) };
  return expression;
}

/** The unique indexes whose columns, expressions and predicate are those of the clause. */
function inferArbiters(
  level: Level,
  infer: InferClause,
  table: TableDescriptor,
  columns: readonly ScopeColumn[],
): readonly IndexDescriptor[] {
  const { binding } = level;
  if (infer.conname !== undefined) {
    const found = table.indexes.find(
      (index) =>
        index.unique &&
        (index.constraint === infer.conname || (index.constraint === undefined && index.primary && index.name === infer.conname)),
    );
    if (found !== undefined) return [found];
    throw binding.error('undefined_object', `constraint "${infer.conname}" for table "${table.name}" does not exist`, undefined);
  }
  const options = { columns, relation: table.name, table };
  const wanted = (infer.indexElems ?? []).map((node) => elementOf(level, node, infer.location ?? 0, options));
  const predicate = infer.whereClause && bindStandaloneNode(binding, infer.whereClause, { ...options, clause: 'predicate', boolean: true });
  const special = indexExpressions(binding, table, columns);
  const matching = table.indexes.filter((index) => {
    if (!index.unique) return false;
    const bound = special.find((entry) => entry.index === index);
    const keys = index.keys.map((key, position): Expression => {
      const expression = bound?.keys[position];
      if (expression !== undefined) return expression;
      const at = table.columns.findIndex((column) => column.id === key.column);
      return { kind: 'column', ref: columns[at].ref, type: columns[at].type };
    });
    const covers = (a: readonly Expression[], b: readonly Expression[]) => a.every((one) => b.some((other) => sameExpression(one, other)));
    if (!covers(keys, wanted) || !covers(wanted, keys)) return false;
    return bound?.predicate === undefined || (predicate !== undefined && implies(predicate, bound.predicate));
  });
  if (matching.length > 0) return matching;
  throw binding.error(
    'invalid_column_reference',
    'there is no unique or exclusion constraint matching the ON CONFLICT specification',
    undefined,
  );
}

function elementOf(
  level: Level,
  node: Node,
  location: number,
  options: { columns: readonly ScopeColumn[]; relation: string; table: TableDescriptor },
): Expression {
  const { binding } = level;
  if (!('IndexElem' in node)) throw binding.error('syntax_error', 'an index element is expected', undefined);
  const { name, expr } = node.IndexElem;
  if (expr !== undefined) return bindStandaloneNode(binding, expr, { ...options, clause: 'index' });
  const column = options.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw binding.error('undefined_column', `column "${name ?? ''}" does not exist`, location);
  return { kind: 'column', ref: column.ref, type: column.type };
}

/** Whether one condition is the other, or has it among its conjuncts. */
function implies(condition: Expression, wanted: Expression): boolean {
  if (sameExpression(condition, wanted)) return true;
  if (wanted.kind === 'and') return wanted.args.every((arg) => implies(condition, arg));
  return condition.kind === 'and' && condition.args.some((arg) => implies(arg, wanted));
}
