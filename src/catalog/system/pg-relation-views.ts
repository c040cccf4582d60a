/** pg_tables, pg_views, pg_indexes, pg_sequences: relations by name. */
import { canonicalInt8 } from '../../types/value.ts';
import { indexText } from '../definition-text.ts';
import { viewText } from '../view-text.ts';
import type { SystemRelationRows } from './define.ts';
import { classObjects, OWNER_NAME, tables, userClassObjects } from './objects.ts';

export const pgRelationViews: SystemRelationRows = {
  *pg_tables(catalog) {
    for (const object of classObjects(catalog)) {
      const shared = { tableowner: OWNER_NAME, hasindexes: false, hasrules: false, hastriggers: false, rowsecurity: false };
      if (object.kind === 'system' && object.relation.kind === 'r')
        yield { ...shared, schemaname: object.relation.schema.name, tablename: object.relation.name };
      if (object.kind !== 'table' || object.relation.materialized !== undefined) continue;
      const { schemaName, name, indexes, referencedBy, constraints } = object.relation;
      yield {
        ...shared,
        schemaname: schemaName,
        tablename: name,
        hasindexes: indexes.length > 0,
        hastriggers: referencedBy.length > 0 || constraints.some((constraint) => constraint.kind === 'foreign'),
      };
    }
  },
  *pg_views(catalog) {
    for (const object of classObjects(catalog)) {
      if (object.kind === 'system' && object.relation.kind === 'v')
        yield { schemaname: object.relation.schema.name, viewname: object.relation.name, viewowner: OWNER_NAME };
      if (object.kind === 'view')
        yield {
          schemaname: object.relation.schemaName,
          viewname: object.relation.name,
          viewowner: OWNER_NAME,
          definition: viewText(object.relation),
        };
    }
  },
  *pg_matviews(catalog) {
    for (const { schemaName, name, indexes, materialized } of tables(catalog)) {
      if (materialized !== undefined)
        yield {
          schemaname: schemaName,
          matviewname: name,
          matviewowner: OWNER_NAME,
          hasindexes: indexes.length > 0,
          ispopulated: materialized.populated,
          definition: viewText(materialized),
        };
    }
  },
  *pg_indexes(catalog) {
    for (const table of tables(catalog))
      for (const index of table.indexes)
        yield { schemaname: table.schemaName, tablename: table.name, indexname: index.name, indexdef: indexText(table, index) };
  },
  *pg_sequences(catalog, context) {
    const int8 = (value: number | bigint) => canonicalInt8(BigInt(value));
    for (const object of userClassObjects(catalog)) {
      if (object.kind !== 'sequence') continue;
      const { oid, schemaName, name, type, start, min, max, increment, cycle, cache } = object.relation;
      yield {
        schemaname: schemaName,
        sequencename: name,
        sequenceowner: OWNER_NAME,
        data_type: type.oid,
        start_value: int8(start),
        min_value: int8(min),
        max_value: int8(max),
        increment_by: int8(increment),
        cycle,
        cache_size: cache,
        last_value: context.catalog.describe('pg_sequence_last_value', [oid]) ?? null,
      };
    }
  },
};
