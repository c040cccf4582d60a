/** Names as SQL text: quoted where they must be, with their schema where the search path does not lead to them. */
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { findType, formatType } from '../types/types.ts';
import { oid, type Oid } from '../types/oid.ts';
import type { CatalogView, UserTypeDescriptor } from './descriptor.ts';

/** OIDs of row types: 2^31 + twice the relation's; the array type over it has the next. */
const ROW_TYPE_OIDS = 2 ** 31;

/** The OID of the row type of a relation. */
export function rowTypeOid(relation: Oid): Oid {
  return oid(ROW_TYPE_OIDS + relation * 2);
}

/** A relation's name, bare when the path leads to it. */
export function relationText(
  catalog: CatalogView,
  relation: { readonly oid: Oid; readonly schemaName: string; readonly name: string },
  path: readonly string[],
): string {
  const visible = catalog.findRelation(undefined, relation.name, path)?.oid === relation.oid;
  return visible ? quoteIdentifier(relation.name) : `${quoteIdentifier(relation.schemaName)}.${quoteIdentifier(relation.name)}`;
}

/** A type as format_type prints it along a search path. */
export function typeText(catalog: CatalogView, type: Oid, modifier: number, path: readonly string[]): string {
  const user = catalog.userType(type);
  if (user !== undefined) return userTypeText(catalog, user, path);
  for (const candidate of catalog.userTypes()) if (candidate.arrayOid === type) return `${userTypeText(catalog, candidate, path)}[]`;
  const row =
    findType(type) === undefined && type >= ROW_TYPE_OIDS ? catalog.relation(oid(Math.floor((type - ROW_TYPE_OIDS) / 2))) : undefined;
  if (row === undefined) return formatType(type, modifier);
  return `${relationText(catalog, row, path)}${type % 2 === 1 ? '[]' : ''}`;
}

/** An expression's text in which sequences and tables named as regclass lose a schema that the path makes needless. */
export function expressionAlongPath(catalog: CatalogView, text: string, path: readonly string[]): string {
  return text.replaceAll(
    /'((?:"[^"]+"|[a-z_][a-z0-9_$]*))\.((?:"[^"']+"|[a-z_][a-z0-9_$]*))'::regclass/g,
    (whole, schema: string, name: string) => {
      const relation = catalog.findRelation(bare(schema), bare(name), path);
      return relation === undefined ? whole : `'${relationText(catalog, relation, path)}'::regclass`;
    },
  );
}

function userTypeText(catalog: CatalogView, type: UserTypeDescriptor, path: readonly string[]): string {
  if (catalog.findType(undefined, type.name, path)?.oid === type.oid) return quoteIdentifier(type.name);
  return `${quoteIdentifier(catalog.schemaByOid(type.schema)?.name ?? '')}.${quoteIdentifier(type.name)}`;
}

function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name;
}
