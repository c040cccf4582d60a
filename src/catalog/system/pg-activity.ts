/** The pg_stat views: this session, and every table and index with nothing counted. */
import type { SystemRelationRows, SystemRow } from './define.ts';
import { OWNER_NAME, OWNER_OID, tables } from './objects.ts';
import type { CatalogView } from '../descriptor.ts';
import { USER_OID } from './pg-access.ts';

export const pgActivity: SystemRelationRows = {
  *pg_stat_activity(_, context) {
    const pid = context.catalog.describe('pg_backend_pid', []) ?? 1;
    yield {
      datid: 5,
      datname: context.databaseName,
      pid,
      usesysid: context.userName === OWNER_NAME ? OWNER_OID : USER_OID,
      usename: context.userName,
      application_name: context.setting('application_name') ?? '',
      xact_start: context.transactionTime,
      query_start: context.statementTime,
      state_change: context.statementTime,
      state: 'active',
      query: context.catalog.describe('current_query', []) ?? '',
      backend_type: 'client backend',
    };
  },
  *pg_stat_database(_, context) {
    yield { datid: 5, datname: context.databaseName, numbackends: 1 };
  },
  pg_stat_user_tables: (catalog) => tableRows(catalog),
  pg_stat_all_tables: (catalog) => tableRows(catalog),
  pg_statio_user_tables: (catalog) => tableRows(catalog),
  pg_statio_all_tables: (catalog) => tableRows(catalog),
  pg_stat_user_indexes: (catalog) => indexRows(catalog),
  pg_stat_all_indexes: (catalog) => indexRows(catalog),
  pg_statio_user_indexes: (catalog) => indexRows(catalog),
  pg_statio_all_indexes: (catalog) => indexRows(catalog),
};

function* tableRows(catalog: CatalogView): Generator<SystemRow> {
  for (const table of tables(catalog)) yield { relid: table.oid, schemaname: table.schemaName, relname: table.name };
}

function* indexRows(catalog: CatalogView): Generator<SystemRow> {
  for (const table of tables(catalog)) {
    for (const index of table.indexes)
      yield { relid: table.oid, indexrelid: index.oid, schemaname: table.schemaName, relname: table.name, indexrelname: index.name };
  }
}
