/** pg_attribute and pg_attrdef. */
import type { CatalogView } from '../descriptor.ts';
import { expressionAlongPath } from '../name-text.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { attributesOf, classObjects, partOid, tables, type Attribute } from './objects.ts';
import { typeFacts } from './type-facts.ts';

export const pgAttribute: SystemRelationRows = {
  *pg_attribute(catalog) {
    for (const object of classObjects(catalog))
      for (const attribute of attributesOf(object)) yield attributeRow(object.relation.oid, attribute);
  },
  *pg_attrdef(catalog) {
    for (const table of tables(catalog)) {
      for (const column of table.columns) {
        if (column.defaultText !== undefined)
          yield { oid: partOid(table.oid, column.id), adrelid: table.oid, adnum: column.id, adbin: defaultExpression(column) };
      }
    }
  },
};

/** A default along a search path, as information_schema shows it. */
export function shownDefault(catalog: CatalogView, attribute: Attribute, path: readonly string[]): string | null {
  const text = defaultExpression(attribute);
  return text === null ? null : expressionAlongPath(catalog, text, path);
}

/** A default as PostgreSQL keeps it: a bare string tells its type. */
function defaultExpression({ defaultText, type }: Pick<Attribute, 'defaultText' | 'type'>): string | null {
  if (defaultText === undefined) return null;
  return /^'(?:[^']|'')*'$/.test(defaultText) ? `${defaultText}::${typeFacts(type.oid).displayName}` : defaultText;
}

function attributeRow(relation: number, attribute: Attribute): SystemRow {
  const facts = typeFacts(attribute.type.oid);
  return {
    attrelid: relation,
    attname: attribute.name,
    atttypid: attribute.type.oid,
    attstattarget: -1,
    attlen: facts.length,
    attnum: attribute.number,
    attndims: facts.isArray ? 1 : 0,
    attcacheoff: -1,
    atttypmod: attribute.type.modifier,
    attbyval: facts.byValue,
    attstorage: facts.storage,
    attalign: facts.align,
    attnotnull: attribute.notNull,
    atthasdef: attribute.defaultText !== undefined,
    attidentity: attribute.identity === undefined ? '' : attribute.identity === 'always' ? 'a' : 'd',
    attgenerated: attribute.generated ? 's' : '',
    attislocal: true,
    attcollation: facts.collation,
  };
}
