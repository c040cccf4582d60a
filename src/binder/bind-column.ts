/** Column references: `a`, `t.a`, `s.t.a`, and the whole row `t`. */
import type { ColumnRef as ColumnNode } from '@pgsql/types';
import { OID } from '../types/oid.ts';
import type { Expression } from './expression.ts';
import { selectField } from './bind-indirection.ts';
import { stringList } from './node.ts';
import { columnExpression, findColumn, findItem, missingItem, type Level, type ScopeItem } from './scope.ts';
import { RECORD, typeOf } from './typing.ts';

/** The column or whole row that a reference names. SQLSTATE 42703, 42702, 42P01 with PostgreSQL's words. */
export function bindColumn(level: Level, node: ColumnNode): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const names = stringList(node.fields);
  if (names.length !== (node.fields ?? []).length) return starRow(level, names, location);
  if (!level.clause.columns) {
    const words =
      level.clause.words === 'DEFAULT expressions'
        ? 'cannot use column reference in DEFAULT expression'
        : `cannot use column reference in ${level.clause.words}`;
    throw binding.error('feature_not_supported', words, location);
  }
  if (names.length === 1) return unqualified(level, names[0], location);
  if (names.length === 2) return qualified(level, undefined, names[0], names[1], location);
  if (names.length === 3) return qualified(level, names[0], names[1], names[2], location);
  if (names.length === 4) return qualified(level, names[1], names[2], names[3], location);
  throw binding.error('syntax_error', `improper qualified name (too many dotted names): ${names.join('.')}`, location);
}

/** `t.*` where one value is wanted, as in count(t.*): the whole row. */
function starRow(level: Level, names: readonly string[], location: number): Expression {
  const { binding } = level;
  const relation = names.at(-1);
  if (relation === undefined) throw binding.error('syntax_error', 'row expansion via "*" is not supported here', location);
  const found = findItem(level, names.at(-2), relation, location);
  if (found === undefined) throw missingItem(level, names.at(-2), relation, location);
  return wholeRow(level, found.item, location);
}

function unqualified(level: Level, name: string, location: number): Expression {
  const { binding } = level;
  const column = findColumn(level, name, location);
  if (column !== undefined) return columnExpression(binding, column, location);
  const found = findItem(level, undefined, name, location);
  if (found !== undefined) return wholeRow(level, found.item, location);
  const system = level.items.filter((item) => (item.relation ?? item.table) !== undefined && item.byColumn);
  if (system.length === 1) {
    const value = systemColumn(level, system[0], name, location);
    if (value !== undefined) return value;
  }
  throw binding.error('undefined_column', `column "${name}" does not exist`, location, { hint: hintFor(level, undefined, name) });
}

function qualified(level: Level, schema: string | undefined, relation: string, name: string, location: number): Expression {
  const { binding } = level;
  const found = findItem(level, schema, relation, location);
  if (found === undefined) {
    const composite = schema === undefined ? findColumn(level, relation, location) : undefined;
    if (composite !== undefined && composite.type.oid === OID.record) {
      return selectField(binding, columnExpression(binding, composite, location), name, location);
    }
    throw missingItem(level, schema, relation, location);
  }
  const matches = found.item.columns.filter((column) => column.name === name);
  if (matches.length > 1) throw binding.error('ambiguous_column', `column reference "${name}" is ambiguous`, location);
  if (matches.length === 1) return columnExpression(binding, matches[0], location);
  const system = systemColumn(level, found.item, name, location);
  if (system !== undefined) return system;
  throw binding.error('undefined_column', `column ${relation}.${name} does not exist`, location, { hint: hintFor(level, relation, name) });
}

/** `t` standing for its whole row. A one-column function's name is its column. */
function wholeRow(level: Level, item: ScopeItem, location: number): Expression {
  const { binding } = level;
  if (item.scalar === true) return columnExpression(binding, item.columns[0], location);
  return binding.locate<Expression>(
    {
      kind: 'row',
      args: item.columns.map((column) => columnExpression(binding, column, location)),
      names: item.columns.map((column) => column.name),
      type: RECORD,
    },
    location,
  );
}

function systemColumn(level: Level, item: ScopeItem, name: string, location: number): Expression | undefined {
  const oid = item.relation ?? item.table?.oid;
  if (oid === undefined) return undefined;
  if (name === 'tableoid') return level.binding.locate<Expression>({ kind: 'constant', value: oid, type: typeOf(OID.oid) }, location);
  if (['ctid', 'xmin', 'xmax', 'cmin', 'cmax'].includes(name)) {
    throw level.binding.error('feature_not_supported', `system column "${name}" is not supported`, location);
  }
  return undefined;
}

/** PostgreSQL's suggestion when exactly one column in sight is spelt nearly so. */
function hintFor(level: Level, relation: string | undefined, name: string): string | undefined {
  let best: { readonly words: string; readonly distance: number }[] = [];
  for (let at: Level | undefined = level; at !== undefined; at = at.parent) {
    for (const item of at.items) {
      if (item.name === undefined || !item.byName) continue;
      if (relation !== undefined && item.name !== relation && !item.columns.some((column) => column.name === name)) continue;
      for (const column of item.columns) {
        const distance = spellingDistance(name, column.name);
        if (distance > 3 || distance > name.length / 2) continue;
        const candidate = { words: `"${item.name}.${column.name}"`, distance };
        if (best.length === 0 || distance < best[0].distance) best = [candidate];
        else if (distance === best[0].distance) best.push(candidate);
      }
    }
  }
  if (best.length === 1) return `Perhaps you meant to reference the column ${best[0].words}.`;
  if (best.length === 2) return `Perhaps you meant to reference the column ${best[0].words} or the column ${best[1].words}.`;
  return undefined;
}

/** Levenshtein distance. */
function spellingDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
