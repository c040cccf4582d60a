import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CatalogView } from '../../src/catalog/descriptor.ts';
import { planText } from '../../src/binder/plan-text.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { parse } from '../../src/sql/parse.ts';
import { bind, catalogWithViews } from './harness.ts';

const shared = process.env['VELOCIDB_SHARED'] ?? `${import.meta.dirname}/../../../shared`;

beforeAll(loadParserOnNode);

describe.each(['tpch', 'tpcds'])('%s', (name) => {
  const folder = `${shared}/data/${name}`;
  const queries = existsSync(`${folder}/queries`) ? readdirSync(`${folder}/queries`).filter((file) => file.endsWith('.sql')) : [];
  let catalog: CatalogView | undefined;

  test.skipIf(queries.length === 0)('the schema is a catalog', () => {
    catalog = catalogWithViews(readFileSync(`${folder}/schema.sql`, 'utf8'));
    expect(catalog.relations().length).toBeGreaterThan(0);
  });

  test.skipIf(queries.length === 0).each(queries)('%s binds', (file) => {
    const text = readFileSync(`${folder}/queries/${file}`, 'utf8');
    for (const statement of parse(text)) {
      if (!('SelectStmt' in statement.node)) continue;
      const bound = bind(statement.text, [], catalog);
      expect(bound.columns?.length).toBeGreaterThan(0);
      expect(planText(bound.plan)).not.toBe('');
    }
  });
});
