import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { planText } from '../../src/binder/plan-text.ts';
import { formatType } from '../../src/types/types.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { bind } from './harness.ts';

beforeAll(loadParserOnNode);

const folder = `${import.meta.dirname}/plans`;

/** A statement's plan, with the columns that come out. */
function shown(sql: string): string {
  const bound = bind(sql);
  const columns =
    bound.columns?.map((column) => `@${column.ref} ${column.name} ${formatType(column.type.oid, column.type.modifier)}`).join(', ') ??
    'none';
  return `${sql}\n----\n${planText(bound.plan)}\n=> ${columns}`;
}

describe.each(readdirSync(folder))('%s', (file) => {
  const blocks = readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n\n');

  test.runIf(process.env['UPDATE'] === '1')('is rewritten', () => {
    writeFileSync(`${folder}/${file}`, `${blocks.map((block) => shown(block.split('\n----\n')[0])).join('\n\n')}\n`);
  });

  test.runIf(process.env['UPDATE'] !== '1').each(blocks.map((block) => ({ sql: block.split('\n----\n')[0], block })))(
    '$sql',
    ({ sql, block }) => {
      expect(shown(sql)).toBe(block);
    },
  );
});
