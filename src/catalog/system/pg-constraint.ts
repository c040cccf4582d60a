/** pg_constraint: of tables and of domains. */
import type { CatalogView, ConstraintDescriptor, ReferentialAction, TableDescriptor } from '../descriptor.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { arrayOrNull, partOid, tables } from './objects.ts';

const ACTIONS: Readonly<Record<ReferentialAction, string>> = {
  'no action': 'a',
  restrict: 'r',
  cascade: 'c',
  'set null': 'n',
  'set default': 'd',
};
const KINDS: Readonly<Record<ConstraintDescriptor['kind'], string>> = { check: 'c', primary: 'p', unique: 'u', foreign: 'f' };
const COMMON: SystemRow = { convalidated: true, conislocal: true, confupdtype: ' ', confdeltype: ' ', confmatchtype: ' ' };

export const pgConstraint: SystemRelationRows = {
  *pg_constraint(catalog) {
    for (const table of tables(catalog))
      for (const constraint of table.constraints) yield { ...COMMON, ...tableRow(catalog, table, constraint) };
    for (const type of catalog.userTypes()) {
      if (type.kind !== 'domain') continue;
      for (const [at, check] of type.checks.entries()) {
        yield {
          ...COMMON,
          oid: partOid(type.oid, at),
          conname: check.name,
          connamespace: type.schema,
          contype: 'c',
          contypid: type.oid,
          conbin: check.expressionText,
        };
      }
    }
  },
};

function tableRow(catalog: CatalogView, table: TableDescriptor, constraint: ConstraintDescriptor): SystemRow {
  const shared = {
    oid: constraint.oid,
    conname: constraint.name,
    connamespace: table.schema,
    contype: KINDS[constraint.kind],
    conrelid: table.oid,
    conkey: arrayOrNull(constraint.columns),
  };
  switch (constraint.kind) {
    case 'check':
      return { ...shared, conbin: constraint.expressionText };
    case 'foreign':
      return {
        ...shared,
        conindid: referencedIndex(catalog, constraint),
        confrelid: constraint.table,
        confkey: arrayOrNull(constraint.tableColumns),
        confupdtype: ACTIONS[constraint.onUpdate],
        confdeltype: ACTIONS[constraint.onDelete],
        confmatchtype: constraint.match === 'full' ? 'f' : 's',
        condeferrable: constraint.deferrable,
        condeferred: constraint.initiallyDeferred,
        connoinherit: true,
      };
    default:
      return { ...shared, conindid: constraint.index, connoinherit: true };
  }
}

/** The unique index over the columns that a foreign key refers to. */
export function referencedIndex(catalog: CatalogView, constraint: Extract<ConstraintDescriptor, { kind: 'foreign' }>): number {
  const target = catalog.relation(constraint.table);
  if (target?.kind !== 'table') return 0;
  const wanted = new Set<number>(constraint.tableColumns);
  const index = target.indexes.find(
    (candidate) =>
      candidate.unique &&
      candidate.keys.length === wanted.size &&
      candidate.keys.every((key) => key.column !== undefined && wanted.has(key.column)),
  );
  return index?.oid ?? 0;
}
