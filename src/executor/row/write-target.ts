/** How rows of one table are completed, checked and indexed: a WriteTarget compiled. */
import { assert } from '../../base/assert.ts';
import type { IndexExpressions, WriteTarget } from '../../binder/plan.ts';
import type { IndexDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Key } from '../../storage/tree.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile, compileTest } from '../expression/compile.ts';
import type { Evaluate, Scope, Test } from '../expression/scope.ts';
import { checkViolation, notNullViolation } from './constraint-error.ts';

export interface PreparedTarget {
  readonly table: TableDescriptor;
  /** Secondary indexes; the primary key is the table's own tree. */
  readonly indexes: readonly PreparedIndex[];
  /** Computes generated columns into the row, in place, then checks NOT NULL and CHECK. The row is the caller's own. */
  complete(row: Row, environment: Environment): void;
}

export interface PreparedIndex {
  readonly descriptor: IndexDescriptor;
  /** Positions in the table of the entry's columns, when it has nothing else and every row has an entry. */
  readonly columns: readonly number[] | undefined;
  /** The entry for a table row; undefined when a partial index leaves the row out. */
  entryOf(row: Row, environment: Environment): IndexEntry | undefined;
}

export interface IndexEntry {
  readonly key: Key;
  readonly row: Row;
  /** Whether another entry of the same key would be a duplicate: the index is unique and no key is null. */
  readonly collides: boolean;
}

/** Compiles a target within a program's scope. */
export function prepareTarget(target: WriteTarget, scope: Scope): PreparedTarget {
  const { table } = target;
  const rowScope = scope.over(target.row);
  const generated = target.generated.map((item) => ({ position: item.position, value: compile(item.expression, rowScope) }));
  const checks = target.checks
    .map((check) => ({ name: check.name, holds: compile(check.condition, rowScope) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const notNull = table.columns.flatMap((column, position) => (column.notNull ? [position] : []));
  return {
    table,
    indexes: table.indexes
      .filter((index) => !index.primary)
      .map((index) =>
        prepareIndex(
          table,
          index,
          target.indexExpressions.find((item) => item.index.oid === index.oid),
          rowScope,
        ),
      ),
    complete(row, environment) {
      for (const { position, value } of generated) row[position] = value(row, environment);
      for (const position of notNull)
        if (row[position] === null) throw notNullViolation(table, table.columns[position], row, environment.context);
      for (const check of checks)
        if (check.holds(row, environment) === false) throw checkViolation(table, check.name, row, environment.context);
    },
  };
}

function prepareIndex(
  table: TableDescriptor,
  index: IndexDescriptor,
  expressions: IndexExpressions | undefined,
  rowScope: Scope,
): PreparedIndex {
  const predicate: Test | undefined = expressions?.predicate === undefined ? undefined : compileTest(expressions.predicate, rowScope);
  assert(index.predicateText === undefined || predicate !== undefined, 'a partial index comes with its predicate bound', {
    index: index.name,
  });
  const columns: (number | undefined)[] = [];
  const cells: Evaluate[] = index.keys.map((key, at) => {
    const expression = expressions?.keys[at];
    if (expression !== undefined) return compile(expression, rowScope);
    columns[at] = table.columns.findIndex((column) => column.id === key.column);
    return cell(columns[at]);
  });
  for (const [part, position] of index.tableKeyPositions.entries()) {
    if (position < index.keys.length) continue;
    columns[position] = table.tree.key[part].column;
    cells[position] = cell(table.tree.key[part].column);
  }
  const positions = columns.flatMap((position) => position ?? []);
  const keyLength = index.keys.length;
  return {
    descriptor: index,
    columns: predicate === undefined && positions.length === cells.length ? positions : undefined,
    entryOf(row, environment) {
      if (predicate !== undefined && !predicate(row, environment)) return undefined;
      const entry: Row = new Array(cells.length);
      for (let at = 0; at < cells.length; at++) entry[at] = cells[at](row, environment);
      let collides = index.unique;
      for (let at = 0; collides && at < keyLength; at++) collides = entry[at] !== null;
      return { key: encodeKey(index.tree, entry), row: entry, collides };
    },
  };
}

function cell(position: number): Evaluate {
  assert(position >= 0, 'an index key without an expression is a column');
  return (row) => row[position];
}
