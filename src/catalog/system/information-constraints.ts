/** information_schema about constraints. NOT NULL counts as a check there, named after the OIDs of schema and table. */
import type { CatalogView, ConstraintDescriptor, ReferentialAction, TableDescriptor } from '../descriptor.ts';
import { upperValue } from '../definition-text.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { tables } from './objects.ts';
import { referencedIndex } from './pg-constraint.ts';

const TYPES: Readonly<Record<ConstraintDescriptor['kind'], string>> = {
  check: 'CHECK',
  primary: 'PRIMARY KEY',
  unique: 'UNIQUE',
  foreign: 'FOREIGN KEY',
};

export const informationConstraints: SystemRelationRows = {
  *'information_schema.table_constraints'(catalog, { databaseName }) {
    for (const table of tables(catalog)) {
      const place = tablePlace(databaseName, table);
      for (const constraint of table.constraints) {
        yield {
          ...named(databaseName, table, constraint.name),
          ...place,
          constraint_type: TYPES[constraint.kind],
          is_deferrable: yesNo(constraint.kind === 'foreign' && constraint.deferrable),
          initially_deferred: yesNo(constraint.kind === 'foreign' && constraint.initiallyDeferred),
          enforced: 'YES',
          nulls_distinct: constraint.kind === 'unique' ? 'YES' : null,
        };
      }
      for (const { name } of notNulls(table))
        yield {
          ...named(databaseName, table, name),
          ...place,
          constraint_type: 'CHECK',
          is_deferrable: 'NO',
          initially_deferred: 'NO',
          enforced: 'YES',
        };
    }
  },
  *'information_schema.check_constraints'(catalog, { databaseName }) {
    for (const table of tables(catalog)) {
      for (const constraint of table.constraints)
        if (constraint.kind === 'check')
          yield { ...named(databaseName, table, constraint.name), check_clause: `((${constraint.expressionText}))` };
      for (const { name, column } of notNulls(table)) yield { ...named(databaseName, table, name), check_clause: `${column} IS NOT NULL` };
    }
    for (const type of catalog.userTypes()) {
      if (type.kind !== 'domain') continue;
      for (const check of type.checks)
        yield {
          constraint_catalog: databaseName,
          constraint_schema: catalog.schemaByOid(type.schema)?.name ?? '',
          constraint_name: check.name,
          check_clause: `((${upperValue(check.expressionText)}))`,
        };
    }
  },
  *'information_schema.key_column_usage'(catalog, { databaseName }) {
    for (const table of tables(catalog)) {
      for (const constraint of table.constraints) {
        if (constraint.kind === 'check') continue;
        for (const [at, column] of constraint.columns.entries()) {
          yield {
            ...named(databaseName, table, constraint.name),
            ...tablePlace(databaseName, table),
            column_name: columnName(table, column),
            ordinal_position: at + 1,
            position_in_unique_constraint: constraint.kind === 'foreign' ? positionInTarget(catalog, constraint, at) : null,
          };
        }
      }
    }
  },
  *'information_schema.constraint_column_usage'(catalog, { databaseName }) {
    for (const { table, constraint } of everyConstraint(catalog)) {
      const target = constraint.kind === 'foreign' ? catalog.relation(constraint.table) : table;
      if (target?.kind !== 'table') continue;
      const columns = constraint.kind === 'foreign' ? constraint.tableColumns : constraint.columns;
      for (const column of columns)
        yield {
          ...tablePlace(databaseName, target),
          column_name: columnName(target, column),
          ...named(databaseName, table, constraint.name),
        };
    }
  },
  *'information_schema.constraint_table_usage'(catalog, { databaseName }) {
    for (const { table, constraint } of everyConstraint(catalog)) {
      if (constraint.kind === 'check') continue;
      const target = constraint.kind === 'foreign' ? catalog.relation(constraint.table) : table;
      if (target?.kind === 'table') yield { ...tablePlace(databaseName, target), ...named(databaseName, table, constraint.name) };
    }
  },
  *'information_schema.referential_constraints'(catalog, { databaseName }) {
    for (const { table, constraint } of everyConstraint(catalog)) {
      if (constraint.kind !== 'foreign') continue;
      const target = catalog.relation(constraint.table);
      const index = referencedIndex(catalog, constraint);
      const unique =
        target?.kind === 'table' ? target.constraints.find((candidate) => 'index' in candidate && candidate.index === index) : undefined;
      yield {
        ...named(databaseName, table, constraint.name),
        unique_constraint_catalog: unique === undefined ? null : databaseName,
        unique_constraint_schema: unique === undefined ? null : (target?.schemaName ?? null),
        unique_constraint_name: unique?.name ?? null,
        match_option: constraint.match === 'full' ? 'FULL' : 'NONE',
        update_rule: rule(constraint.onUpdate),
        delete_rule: rule(constraint.onDelete),
      };
    }
  },
};

function* everyConstraint(catalog: CatalogView): Generator<{ readonly table: TableDescriptor; readonly constraint: ConstraintDescriptor }> {
  for (const table of tables(catalog)) for (const constraint of table.constraints) yield { table, constraint };
}

function notNulls(table: TableDescriptor): { readonly name: string; readonly column: string }[] {
  return table.columns.flatMap((column) =>
    column.notNull ? [{ name: `${table.schema}_${table.oid}_${column.id}_not_null`, column: column.name }] : [],
  );
}

/** The place within the referenced key of the column that the `at`th column refers to. */
function positionInTarget(catalog: CatalogView, constraint: Extract<ConstraintDescriptor, { kind: 'foreign' }>, at: number): number | null {
  const target = catalog.relation(constraint.table);
  const index = referencedIndex(catalog, constraint);
  const keys = target?.kind === 'table' ? target.indexes.find((candidate) => candidate.oid === index)?.keys : undefined;
  const position = keys?.findIndex((key) => key.column === constraint.tableColumns[at]) ?? -1;
  return position < 0 ? null : position + 1;
}

function tablePlace(database: string, table: TableDescriptor): SystemRow {
  return { table_catalog: database, table_schema: table.schemaName, table_name: table.name };
}

function named(database: string, table: TableDescriptor, name: string): SystemRow {
  return { constraint_catalog: database, constraint_schema: table.schemaName, constraint_name: name };
}

function columnName(table: TableDescriptor, id: number): string {
  return table.columns.find((column) => column.id === id)?.name ?? '';
}

function rule(action: ReferentialAction): string {
  return action.toUpperCase();
}

function yesNo(claim: boolean): string {
  return claim ? 'YES' : 'NO';
}
