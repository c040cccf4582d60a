/** pg_depend, pg_description, pg_rewrite and pg_sequence: what hangs on relations. */
import { canonicalInt8 } from '../../types/value.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { CLASS, partOid, tables, userClassObjects } from './objects.ts';

export const pgDepend: SystemRelationRows = {
  *pg_depend(catalog) {
    for (const object of userClassObjects(catalog)) {
      if (object.kind === 'sequence' && object.relation.ownedBy !== undefined) {
        const { table, column } = object.relation.ownedBy;
        const owner = catalog.relation(table);
        const identity = owner?.kind === 'table' && owner.columns.find((candidate) => candidate.id === column)?.identity !== undefined;
        yield dependency([CLASS.class, object.relation.oid, 0], [CLASS.class, table, column], identity ? 'i' : 'a');
      }
      if (object.kind === 'view') {
        yield dependency([CLASS.rewrite, partOid(object.relation.oid, 0), 0], [CLASS.class, object.relation.oid, 0], 'i');
        for (const source of object.relation.dependsOn)
          yield dependency([CLASS.rewrite, partOid(object.relation.oid, 0), 0], [CLASS.class, source, 0], 'n');
      }
      if (object.kind === 'index') {
        const constraint = object.table.constraints.find((candidate) => candidate.name === object.relation.constraint);
        if (constraint !== undefined) yield dependency([CLASS.class, object.relation.oid, 0], [CLASS.constraint, constraint.oid, 0], 'i');
        else
          for (const key of object.relation.keys)
            yield dependency([CLASS.class, object.relation.oid, 0], [CLASS.class, object.table.oid, key.column ?? 0], 'a');
      }
    }
    for (const table of tables(catalog)) {
      for (const column of table.columns) {
        if (column.defaultText === undefined) continue;
        yield dependency([CLASS.attrdef, partOid(table.oid, column.id), 0], [CLASS.class, table.oid, column.id], 'a');
        if (column.sequence !== undefined)
          yield dependency([CLASS.attrdef, partOid(table.oid, column.id), 0], [CLASS.class, column.sequence, 0], 'n');
      }
      for (const constraint of table.constraints) {
        for (const column of constraint.columns)
          yield dependency([CLASS.constraint, constraint.oid, 0], [CLASS.class, table.oid, column], 'a');
        if (constraint.kind === 'foreign')
          for (const column of constraint.tableColumns)
            yield dependency([CLASS.constraint, constraint.oid, 0], [CLASS.class, constraint.table, column], 'n');
      }
    }
  },
  *pg_description(catalog) {
    for (const object of userClassObjects(catalog)) {
      if (object.kind !== 'index' && object.kind !== 'system' && object.relation.comment !== undefined)
        yield { objoid: object.relation.oid, classoid: CLASS.class, objsubid: 0, description: object.relation.comment };
      if (object.kind !== 'table') continue;
      for (const column of object.relation.columns)
        if (column.comment !== undefined)
          yield { objoid: object.relation.oid, classoid: CLASS.class, objsubid: column.id, description: column.comment };
    }
  },
  *pg_rewrite(catalog) {
    for (const object of userClassObjects(catalog)) {
      if (object.kind === 'view')
        yield {
          oid: partOid(object.relation.oid, 0),
          rulename: '_RETURN',
          ev_class: object.relation.oid,
          ev_type: '1',
          ev_enabled: 'O',
          is_instead: true,
          ev_action: object.relation.queryText,
          ev_qual: '<>',
        };
    }
  },
  *pg_sequence(catalog) {
    for (const object of userClassObjects(catalog)) {
      if (object.kind !== 'sequence') continue;
      const { oid, type, start, increment, min, max, cache, cycle } = object.relation;
      const int8 = (value: number | bigint) => canonicalInt8(BigInt(value));
      yield {
        seqrelid: oid,
        seqtypid: type.oid,
        seqstart: int8(start),
        seqincrement: int8(increment),
        seqmax: int8(max),
        seqmin: int8(min),
        seqcache: cache,
        seqcycle: cycle,
      };
    }
  },
};

type Address = readonly [classOid: number, object: number, part: number];

function dependency([classid, objid, objsubid]: Address, [refclassid, refobjid, refobjsubid]: Address, deptype: string): SystemRow {
  return { classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype };
}
