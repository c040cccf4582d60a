/** How a system relation gets its rows: as objects by column name, of which the unsaid columns stay blank. */
import { assert } from '../../base/assert.ts';
import type { EvaluationContext } from '../../types/function.ts';
import type { Row, Value } from '../../types/value.ts';
import type { CatalogView, VirtualDescriptor } from '../descriptor.ts';
import type { SystemShape } from './shape.ts';

/** A row by column name. */
export type SystemRow = Readonly<Record<string, Value>>;

/** The rows of one relation, as of a catalog and for a session. */
export type SystemRows = (catalog: CatalogView, context: EvaluationContext) => Iterable<SystemRow>;

/** The relations of one file, by `name` in pg_catalog or `information_schema.name`. */
export type SystemRelationRows = Readonly<Record<string, SystemRows>>;

/** The descriptor of a system relation; `rows` undefined: it exists and is empty. */
export function virtualRelation(shape: SystemShape, rows: SystemRows | undefined): VirtualDescriptor {
  const positions = new Map(shape.columns.map((column, at) => [column.name, at]));
  // Subqueries read a relation once for each row around them: within one statement its rows are made once.
  const made = new WeakMap<EvaluationContext, { readonly catalog: CatalogView; readonly rows: readonly Row[] }>();
  return {
    kind: 'virtual',
    oid: shape.oid,
    schema: shape.schema.oid,
    schemaName: shape.schema.name,
    name: shape.name,
    version: 1,
    comment: undefined,
    columns: shape.columns.map(({ name, type }) => ({ name, type: { oid: type, modifier: -1 } })),
    rows(catalog, context) {
      if (rows === undefined) return [];
      const known = made.get(context);
      if (known?.catalog === catalog) return known.rows;
      const fresh = Array.from(rows(catalog, context), (row) => laidOut(shape, positions, row));
      made.set(context, { catalog, rows: fresh });
      return fresh;
    },
  };
}

function laidOut(shape: SystemShape, positions: ReadonlyMap<string, number>, row: SystemRow): Row {
  const values = shape.blank.slice();
  for (const name in row) {
    const position = positions.get(name);
    assert(position !== undefined, 'rows name columns of their relation', { relation: shape.name, name });
    values[position] = row[name];
  }
  return values;
}
