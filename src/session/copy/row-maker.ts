/** Fields of a record made into rows of a table: the given ones parsed, the others by their defaults. */
import { assert } from '../../base/assert.ts';
import { SqlError } from '../../base/sql-error.ts';
import { Binding } from '../../binder/binding.ts';
import { coerce } from '../../binder/coerce.ts';
import type { Expression } from '../../binder/expression.ts';
import { defaultValue } from '../../binder/write-target.ts';
import type { ColumnDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { Environment } from '../../executor/environment.ts';
import { layoutOf, NO_PROGRAM, Scope, type EvaluateWaiting } from '../../executor/expression/scope.ts';
import { compileWaiting } from '../../executor/expression/waiting.ts';
import { compile } from '../../executor/expression/compile.ts';
import { OID } from '../../types/oid.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Row, Value } from '../../types/value.ts';
import { sourcesOf, type StatementScope } from '../query.ts';

/** A value of a column from text; throws as the type's input does. */
export type Parse = (text: string | null) => Value;

export interface RowMaker {
  /** By position in the record. */
  readonly columns: readonly ColumnDescriptor[];
  readonly parsers: readonly Parse[];
  /** Positions of `columns` in the table. */
  readonly positions: readonly number[];
  /** Whether each is of a domain, whose checks see nulls too. */
  readonly areDomains: readonly boolean[];
  /** Positions of the columns that `complete` fills in. */
  readonly defaults: readonly number[];
  /** Fills in the columns that the record does not have. */
  complete(row: Row): void | Promise<void>;
}

export function rowMaker(scope: StatementScope, table: TableDescriptor, positions: readonly number[], environment: Environment): RowMaker {
  const columns = positions.map((position) => table.columns[position]);
  const defaults = table.columns.flatMap((column, position) => {
    if (positions.includes(position)) return [];
    const binding = Binding.start('', sourcesOf(scope), []);
    const expression = defaultValue(binding, column);
    return [{ position, evaluate: compileWaiting(expression, new Scope(NO_PROGRAM, layoutOf([]))) }];
  });
  return {
    columns,
    positions,
    parsers: columns.map((column) => parserOf(scope, column, environment)),
    areDomains: columns.map((column) => isDomain(scope, column)),
    defaults: defaults.map(({ position }) => position),
    complete: (row) => fill(defaults, 0, row, environment),
  };
}

interface Default {
  readonly position: number;
  readonly evaluate: EvaluateWaiting;
}

const NO_ROW: Row = [];

function fill(defaults: readonly Default[], from: number, row: Row, environment: Environment): void | Promise<void> {
  for (let at = from; at < defaults.length; at++) {
    const { position, evaluate } = defaults[at];
    const value = evaluate(NO_ROW, environment);
    if (value instanceof Promise) {
      return value.then((settled) => {
        row[position] = settled;
        return fill(defaults, at + 1, row, environment);
      });
    }
    row[position] = value;
  }
}

function parserOf(scope: StatementScope, column: ColumnDescriptor, environment: Environment): Parse {
  const { oid, modifier } = column.type;
  if (isDomain(scope, column)) return domainParser(scope, column, environment);
  const definition = typeDefinition(oid);
  const { context } = scope;
  return (text) => (text === null ? null : definition.input(text, context, modifier));
}

function isDomain(scope: StatementScope, column: ColumnDescriptor): boolean {
  return scope.block.editor.snapshot.userType(column.type.oid)?.kind === 'domain';
}

/** A domain: by an explicit cast from text, whose checks see null too. */
function domainParser(scope: StatementScope, column: ColumnDescriptor, environment: Environment): Parse {
  const binding = Binding.start('', sourcesOf(scope), []);
  const ref = binding.newRef();
  const text: Expression = { kind: 'column', ref, type: { oid: OID.text, modifier: -1 } };
  const cast = coerce(binding, text, column.type, 'explicit');
  if (cast === undefined) throw new SqlError('feature_not_supported', `COPY into column "${column.name}" of this type is not supported`);
  const evaluate = compile(cast, new Scope(NO_PROGRAM, layoutOf([ref])));
  return (given) => evaluate([given], environment);
}

/** The positions of named columns, or of all that can be given. SQLSTATE 42703, 42701, and 42P10 for generated ones. */
export function columnPositions(table: TableDescriptor, names: readonly string[] | undefined): number[] {
  if (names === undefined) return table.columns.flatMap((column, position) => (column.generated === undefined ? [position] : []));
  const positions = names.map((name) => {
    const position = table.columns.findIndex((column) => column.name === name);
    if (position < 0) throw new SqlError('undefined_column', `column "${name}" of relation "${table.name}" does not exist`);
    if (table.columns[position].generated !== undefined) {
      throw new SqlError('invalid_column_reference', `column "${name}" is a generated column`, {
        detail: 'Generated columns cannot be used in COPY.',
      });
    }
    return position;
  });
  positions.forEach((position, at) => {
    if (positions.indexOf(position) !== at)
      throw new SqlError('duplicate_column', `column "${table.columns[position].name}" specified more than once`);
  });
  assert(positions.length > 0 || names.length === 0, 'every name has a position');
  return positions;
}
