/** The errors of broken constraints, in PostgreSQL's words. */
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnDescriptor, IndexDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { EvaluationContext } from '../../types/function.ts';
import type { SqlType } from '../../types/type.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Row, Value } from '../../types/value.ts';

/** Bytes of each value shown in "Failing row contains". */
const SHOWN_LENGTH_MAX = 64;

export function notNullViolation(table: TableDescriptor, column: ColumnDescriptor, row: Row, context: EvaluationContext): SqlError {
  return new SqlError(
    'not_null_violation',
    `null value in column "${column.name}" of relation "${table.name}" violates not-null constraint`,
    {
      detail: failingRow(table, row, context),
      schema: table.schemaName,
      table: table.name,
      column: column.name,
    },
  );
}

export function checkViolation(table: TableDescriptor, constraint: string, row: Row, context: EvaluationContext): SqlError {
  return new SqlError('check_violation', `new row for relation "${table.name}" violates check constraint "${constraint}"`, {
    detail: failingRow(table, row, context),
    schema: table.schemaName,
    table: table.name,
    constraint,
  });
}

/** `keyValues` are the values of the index's keys, in their order. */
export function uniqueViolation(table: TableDescriptor, index: IndexDescriptor, keyValues: Row, context: EvaluationContext): SqlError {
  const name = index.constraint ?? index.name;
  return new SqlError('unique_violation', `duplicate key value violates unique constraint "${name}"`, {
    detail: `Key ${keyText(keyNames(table, index), keyTypes(index), keyValues, context)} already exists.`,
    schema: table.schemaName,
    table: table.name,
    constraint: name,
  });
}

/** `(a, b)=(1, x)`. */
export function keyText(names: readonly string[], types: readonly SqlType[], values: readonly Value[], context: EvaluationContext): string {
  return `(${names.join(', ')})=(${values.map((value, at) => valueText(value, types[at], context)).join(', ')})`;
}

function keyNames(table: TableDescriptor, index: IndexDescriptor): readonly string[] {
  return index.keys.map((key) => table.columns.find((column) => column.id === key.column)?.name ?? key.expressionText ?? '');
}

function keyTypes(index: IndexDescriptor): readonly SqlType[] {
  return index.keys.map((key) => key.type);
}

function failingRow(table: TableDescriptor, row: Row, context: EvaluationContext): string {
  const values = table.columns.map((column, at) => {
    const text = valueText(row[at], column.type, context);
    return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
  });
  return `Failing row contains (${values.join(', ')}).`;
}

function valueText(value: Value, type: SqlType, context: EvaluationContext): string {
  return value === null ? 'null' : typeDefinition(type.oid).output(value, context);
}
