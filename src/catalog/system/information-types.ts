/** How information_schema describes a type, and its relations about types: domains, user types, element types. */
import { oid, OID, type Oid } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { elementTypeOf, findType, formatType } from '../../types/types.ts';
import type { CatalogView, UserTypeDescriptor } from '../descriptor.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { attributesOf, schemaObjects, OWNER_NAME, schemaOf } from './objects.ts';
import { baseType } from './pg-type.ts';

const CHARACTER_OCTETS_MAX = 1_073_741_824;
const BYTES_PER_CHARACTER = 4;

/** Where a type lives: the columns udt_schema and udt_name. */
export function typeHome(catalog: CatalogView, type: Oid): { readonly schema: string; readonly name: string } {
  for (const user of catalog.userTypes()) {
    const schema = catalog.schemaByOid(user.schema)?.name ?? '';
    if (user.oid === type) return { schema, name: user.name };
    if (user.arrayOid === type) return { schema, name: `_${user.name}` };
  }
  return { schema: 'pg_catalog', name: findType(type)?.name ?? '' };
}

/** The columns data_type to interval_precision and udt_* of a column, domain or element of this type. */
export function typeColumns(catalog: CatalogView, database: string, type: SqlType): SystemRow {
  const domain = catalog.userType(type.oid);
  const plain: SqlType = domain?.kind === 'domain' ? { oid: baseType(catalog, type.oid), modifier: domain.base.modifier } : type;
  const home = typeHome(catalog, plain.oid);
  return {
    data_type:
      elementTypeOf(plain.oid) !== 0
        ? 'ARRAY'
        : home.schema !== 'pg_catalog'
          ? 'USER-DEFINED'
          : plain.oid === OID.char
            ? '"char"'
            : formatType(plain.oid, -1),
    ...sizes(plain),
    udt_catalog: database,
    udt_schema: home.schema,
    udt_name: home.name,
  };
}

/** The domain_* columns; null for a type that is no domain. */
export function domainColumns(catalog: CatalogView, database: string, type: Oid): SystemRow {
  const user = catalog.userType(type);
  return user?.kind === 'domain'
    ? { domain_catalog: database, domain_schema: catalog.schemaByOid(user.schema)?.name ?? '', domain_name: user.name }
    : {};
}

export const informationTypes: SystemRelationRows = {
  *'information_schema.domains'(catalog, { databaseName }) {
    for (const type of domainsOf(catalog))
      yield {
        ...domainColumns(catalog, databaseName, type.oid),
        ...typeColumns(catalog, databaseName, type.base),
        domain_default: type.defaultText ?? null,
        dtd_identifier: '1',
      };
  },
  *'information_schema.domain_constraints'(catalog, { databaseName }) {
    for (const type of domainsOf(catalog)) {
      const schema = catalog.schemaByOid(type.schema)?.name ?? '';
      for (const check of type.checks) {
        yield {
          constraint_catalog: databaseName,
          constraint_schema: schema,
          constraint_name: check.name,
          ...domainColumns(catalog, databaseName, type.oid),
          is_deferrable: 'NO',
          initially_deferred: 'NO',
        };
      }
    }
  },
  *'information_schema.column_domain_usage'(catalog, { databaseName }) {
    for (const object of schemaObjects(catalog)) {
      if (object.kind !== 'table' && object.kind !== 'view') continue;
      for (const attribute of attributesOf(object)) {
        const domain = domainColumns(catalog, databaseName, attribute.type.oid);
        if (domain['domain_name'] !== undefined)
          yield {
            ...domain,
            table_catalog: databaseName,
            table_schema: schemaOf(object).name,
            table_name: object.relation.name,
            column_name: attribute.name,
          };
      }
    }
  },
  *'information_schema.column_udt_usage'(catalog, { databaseName }) {
    for (const object of schemaObjects(catalog)) {
      if (object.kind === 'index' || object.kind === 'sequence') continue;
      for (const attribute of attributesOf(object)) {
        const home = typeHome(catalog, baseType(catalog, attribute.type.oid));
        yield {
          udt_catalog: databaseName,
          udt_schema: home.schema,
          udt_name: home.name,
          table_catalog: databaseName,
          table_schema: schemaOf(object).name,
          table_name: object.relation.name,
          column_name: attribute.name,
        };
      }
    }
  },
  *'information_schema.element_types'(catalog, { databaseName }) {
    for (const object of schemaObjects(catalog)) {
      if (object.kind !== 'table' && object.kind !== 'view') continue;
      for (const { number, type } of attributesOf(object)) {
        const element = elementTypeOf(type.oid);
        if (element === 0) continue;
        const described = { ...typeColumns(catalog, databaseName, { oid: element, modifier: -1 }), ...NO_SIZES };
        yield {
          object_catalog: databaseName,
          object_schema: schemaOf(object).name,
          object_name: object.relation.name,
          object_type: 'TABLE',
          collection_type_identifier: String(number),
          ...described,
          dtd_identifier: `a${number}`,
        };
      }
    }
  },
  *'information_schema.udt_privileges'(catalog, { databaseName }) {
    for (const type of catalog.userTypes()) {
      if (type.kind === 'domain') continue;
      for (const grantee of [OWNER_NAME, 'PUBLIC']) {
        yield {
          grantor: OWNER_NAME,
          grantee,
          udt_catalog: databaseName,
          udt_schema: catalog.schemaByOid(type.schema)?.name ?? '',
          udt_name: type.name,
          privilege_type: 'TYPE USAGE',
          is_grantable: grantee === OWNER_NAME ? 'YES' : 'NO',
        };
      }
    }
  },
};

function domainsOf(catalog: CatalogView): Extract<UserTypeDescriptor, { kind: 'domain' }>[] {
  return catalog.userTypes().filter((type): type is Extract<UserTypeDescriptor, { kind: 'domain' }> => type.kind === 'domain');
}

const NO_SIZES: SystemRow = {
  character_octet_length: null,
  numeric_precision: null,
  numeric_precision_radix: null,
  numeric_scale: null,
  datetime_precision: null,
};

function sizes({ oid: type, modifier }: SqlType): SystemRow {
  switch (type) {
    case OID.text:
      return { character_octet_length: CHARACTER_OCTETS_MAX };
    case OID.varchar:
    case OID.bpchar:
      return modifier < 0
        ? { character_octet_length: CHARACTER_OCTETS_MAX }
        : { character_maximum_length: modifier - 4, character_octet_length: (modifier - 4) * BYTES_PER_CHARACTER };
    case OID.int2:
      return { numeric_precision: 16, numeric_precision_radix: 2, numeric_scale: 0 };
    case OID.int4:
      return { numeric_precision: 32, numeric_precision_radix: 2, numeric_scale: 0 };
    case OID.int8:
      return { numeric_precision: 64, numeric_precision_radix: 2, numeric_scale: 0 };
    case OID.float4:
      return { numeric_precision: 24, numeric_precision_radix: 2 };
    case OID.float8:
      return { numeric_precision: 53, numeric_precision_radix: 2 };
    case OID.numeric:
      return modifier < 0
        ? { numeric_precision_radix: 10 }
        : {
            numeric_precision: ((modifier - 4) >> 16) & 0xffff,
            numeric_precision_radix: 10,
            numeric_scale: (((modifier - 4) & 0x7ff) ^ 1024) - 1024,
          };
    case OID.date:
      return { datetime_precision: 0 };
    case OID.time:
    case OID.timetz:
    case OID.timestamp:
    case OID.timestamptz:
      return { datetime_precision: modifier < 0 ? 6 : modifier };
    case OID.interval: {
      const precision = modifier & 0xffff;
      const fields = /^interval ([a-z ]+)/.exec(formatType(oid(type), modifier));
      return {
        datetime_precision: modifier < 0 || precision === 0xffff ? 6 : precision,
        interval_type: fields === null ? null : fields[1].toUpperCase(),
      };
    }
    default:
      return {};
  }
}
