/** What a system relation looks like: parsed once per process from the shape tables. */
import { assert } from '../../base/assert.ts';
import { oid, OID, type Oid } from '../../types/oid.ts';
import { elementTypeOf, typeByName } from '../../types/types.ts';
import { SqlArray, type Value } from '../../types/value.ts';
import { INFORMATION_SCHEMA, PG_CATALOG_SCHEMA } from '../codec.ts';
import { INFORMATION_SCHEMA_TABLES, INFORMATION_SCHEMA_VIEWS } from './information-schema-shapes.ts';
import { PG_CATALOG_TABLES, PG_CATALOG_VIEWS } from './pg-catalog-shapes.ts';

export interface SystemColumn {
  readonly name: string;
  readonly type: Oid;
  readonly notNull: boolean;
}

export interface SystemShape {
  readonly oid: Oid;
  readonly schema: { readonly oid: Oid; readonly name: string };
  readonly name: string;
  /** pg_class.relkind: r for what PostgreSQL stores, v for its views. */
  readonly kind: 'r' | 'v';
  readonly columns: readonly SystemColumn[];
  /** A row in which nothing was said: null, or the type's zero where null is not allowed. */
  readonly blank: readonly Value[];
}

/** The shapes of all system relations, in OID order. */
export function systemShapes(): readonly SystemShape[] {
  parsed ??= [
    ...shapesOf(PG_CATALOG_SCHEMA, 'r', PG_CATALOG_TABLES),
    ...shapesOf(PG_CATALOG_SCHEMA, 'v', PG_CATALOG_VIEWS),
    ...shapesOf(INFORMATION_SCHEMA, 'r', INFORMATION_SCHEMA_TABLES),
    ...shapesOf(INFORMATION_SCHEMA, 'v', INFORMATION_SCHEMA_VIEWS),
  ].toSorted((a, b) => a.oid - b.oid);
  return parsed;
}

let parsed: readonly SystemShape[] | undefined;

function shapesOf(schema: SystemShape['schema'], kind: SystemShape['kind'], table: string): SystemShape[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const parts = /^(\d+) (\w+): (.*)$/.exec(line);
      assert(parts !== null, 'a shape is an OID, a name and columns', { line });
      const columns = parts[3].split(', ').map(columnOf);
      return {
        oid: oid(Number(parts[1])),
        schema,
        kind,
        name: parts[2],
        columns,
        blank: columns.map((column) => (column.notNull ? zeroOf(column.type) : null)),
      };
    });
}

function columnOf(text: string): SystemColumn {
  const [name, written] = text.split(' ');
  const type = typeByName(written.replace('!', ''));
  assert(type !== undefined, 'system columns are of built-in types', { text });
  return { name, type: type.oid, notNull: written.endsWith('!') };
}

function zeroOf(type: Oid): Value {
  if (type === OID.bool) return false;
  if (elementTypeOf(type) !== 0 || type === OID.int2vector || type === OID.oidvector) return new SqlArray([]);
  return TEXTS.has(type) ? '' : 0;
}

const TEXTS: ReadonlySet<Oid> = new Set([OID.text, OID.name, OID.char, OID.varchar, OID.pg_node_tree]);
