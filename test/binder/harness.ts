/** Parse and bind against the test schema. */
import { readFileSync } from 'node:fs';
import { describeQuery, bindStatement } from '../../src/binder/bind.ts';
import type { BoundQuery } from '../../src/binder/statement.ts';
import { parse } from '../../src/sql/parse.ts';
import type { Oid } from '../../src/types/oid.ts';
import { buildRegistry } from '../../src/types/registry.ts';
import type { CatalogView } from '../../src/catalog/descriptor.ts';
import type { TypeContext } from '../../src/types/type.ts';
import { catalogOf } from '../support/catalog.ts';

export const SETTINGS: TypeContext = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
  transactionTime: 0,
};

const schemaText = readFileSync(`${import.meta.dirname}/schema.sql`, 'utf8');

function sources(catalog: CatalogView) {
  return { catalog, registry: buildRegistry(), searchPath: ['public'], settings: SETTINGS };
}

/** A catalog whose views are described by the binder. */
export function catalogWithViews(text: string = schemaText): CatalogView {
  return catalogOf(text, (node, source, catalog) => describeQuery(node, { ...sources(catalog), text: source }).columns);
}

let cached: CatalogView | undefined;

/** The first statement of `text`, bound against `catalog` (the test schema unless given). */
export function bind(text: string, parameterTypes: readonly (Oid | undefined)[] = [], catalog?: CatalogView): BoundQuery {
  cached ??= catalogWithViews();
  const [statement] = parse(text);
  return bindStatement(statement.node, { ...sources(catalog ?? cached), text, parameterTypes });
}
