/** pg_type, pg_enum and pg_range. */
import { oid, type Oid } from '../../types/oid.ts';
import { allTypes, findType } from '../../types/types.ts';
import type { CatalogView, UserTypeDescriptor } from '../descriptor.ts';
import { rowTypeOid } from '../name-text.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { classObjects, OWNER_OID, partOid, schemaOf } from './objects.ts';
import { typeFacts } from './type-facts.ts';

const PG_CATALOG = 11;

export const pgType: SystemRelationRows = {
  *pg_type(catalog) {
    for (const definition of allTypes())
      yield {
        ...factRow(definition.oid),
        typname: definition.name,
        typnamespace: PG_CATALOG,
        typcategory: definition.category,
        typispreferred: definition.preferred,
        typarray: definition.arrayOid,
      };
    for (const type of catalog.userTypes()) yield* userTypeRows(catalog, type);
    for (const object of classObjects(catalog)) {
      if (object.kind === 'index' || object.kind === 'sequence') continue;
      const schema = schemaOf(object).oid;
      const row = rowTypeOid(object.relation.oid);
      const array = object.kind === 'system' ? 0 : row + 1;
      yield {
        ...factRow(row),
        typname: object.relation.name,
        typnamespace: schema,
        typcategory: 'C',
        typrelid: object.relation.oid,
        typarray: array,
      };
      if (array !== 0) yield { ...arrayRow(array, row, object.relation.name, schema), typalign: 'd' };
    }
  },
  *pg_enum(catalog) {
    for (const type of catalog.userTypes()) {
      if (type.kind !== 'enum') continue;
      for (const [at, label] of type.labels.entries())
        yield { oid: partOid(type.oid, at), enumtypid: type.oid, enumsortorder: at + 1, enumlabel: label };
    }
  },
};

function* userTypeRows(catalog: CatalogView, type: UserTypeDescriptor): Generator<SystemRow> {
  const named = { typname: type.name, typnamespace: type.schema, typarray: type.arrayOid };
  if (type.kind === 'enum') yield { ...factRow(type.oid), ...named, typcategory: 'E' };
  else {
    const base = baseType(catalog, type.base.oid);
    yield {
      ...factRow(type.oid),
      ...named,
      typcategory: findType(base)?.category ?? 'U',
      typnotnull: type.notNull,
      typbasetype: type.base.oid,
      typtypmod: type.base.modifier,
      typdefault: type.defaultText ?? null,
    };
  }
  yield arrayRow(type.arrayOid, type.oid, type.name, type.schema);
}

function factRow(type: Oid): SystemRow {
  const facts = typeFacts(type);
  return {
    oid: type,
    typowner: OWNER_OID,
    typlen: facts.length,
    typbyval: facts.byValue,
    typtype: facts.typeType,
    typisdefined: true,
    typdelim: ',',
    typsubscript: facts.subscript.oid,
    typelem: facts.element,
    typinput: facts.input.oid,
    typoutput: facts.output.oid,
    typreceive: facts.receive.oid,
    typsend: facts.send.oid,
    typmodin: facts.modifierInput.oid,
    typmodout: facts.modifierOutput.oid,
    typalign: facts.align,
    typstorage: facts.storage,
    typtypmod: -1,
    typcollation: facts.collation,
  };
}

/** The array type over a user's type, whose name is the type's behind an underscore. */
function arrayRow(array: number, element: Oid, name: string, schema: Oid): SystemRow {
  return {
    ...factRow(oid(1009)),
    oid: array,
    typname: `_${name}`.slice(0, 63),
    typnamespace: schema,
    typcategory: 'A',
    typelem: element,
    typcollation: 0,
  };
}

/** The type a domain stands on, through domains. */
export function baseType(catalog: CatalogView, type: Oid): Oid {
  const user = catalog.userType(type);
  return user?.kind === 'domain' ? baseType(catalog, user.base.oid) : type;
}
