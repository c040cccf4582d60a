/** The database itself: pg_database, tablespaces, collations, settings. */
import type { SystemRelationRows } from './define.ts';
import { OWNER_OID } from './objects.ts';

const PG_CATALOG = 11;
const DATABASE_OID = 5;
const UTF8 = 6;
const DEFAULT_TABLESPACE = 1663;

export const pgCluster: SystemRelationRows = {
  *pg_database(_, context) {
    yield {
      oid: DATABASE_OID,
      datname: context.databaseName,
      datdba: OWNER_OID,
      encoding: UTF8,
      datlocprovider: 'c',
      datallowconn: true,
      datconnlimit: -1,
      datfrozenxid: 716,
      datminmxid: 1,
      dattablespace: DEFAULT_TABLESPACE,
      datcollate: 'C',
      datctype: 'C',
    };
  },
  *pg_tablespace() {
    yield { oid: DEFAULT_TABLESPACE, spcname: 'pg_default', spcowner: OWNER_OID };
    yield { oid: 1664, spcname: 'pg_global', spcowner: OWNER_OID };
  },
  *pg_collation() {
    const shared = { collnamespace: PG_CATALOG, collowner: OWNER_OID, collisdeterministic: true };
    yield { ...shared, oid: 100, collname: 'default', collprovider: 'd', collencoding: -1 };
    yield { ...shared, oid: 950, collname: 'C', collprovider: 'c', collencoding: -1, collcollate: 'C', collctype: 'C' };
    yield { ...shared, oid: 951, collname: 'POSIX', collprovider: 'c', collencoding: -1, collcollate: 'POSIX', collctype: 'POSIX' };
    yield { ...shared, oid: 12340, collname: 'ucs_basic', collprovider: 'c', collencoding: UTF8, collcollate: 'C', collctype: 'C' };
  },
  *pg_settings(_, context) {
    for (const { name, value, initial, fixed } of context.settings?.() ?? []) {
      yield {
        name,
        setting: value,
        category: name.includes('.') ? 'Customized Options' : 'Client Connection Defaults',
        short_desc: '',
        context: fixed ? 'internal' : 'user',
        vartype: /^(on|off)$/.test(initial) ? 'bool' : /^-?\d+$/.test(initial) ? 'integer' : 'string',
        source: value === initial ? 'default' : 'session',
        boot_val: initial,
        reset_val: initial,
        pending_restart: false,
      };
    }
  },
  *pg_shdescription() {
    yield { objoid: DATABASE_OID, classoid: 1262, description: 'default administrative connection database' };
  },
  *pg_timezone_abbrevs() {
    yield { abbrev: 'UTC', is_dst: false };
  },
};
