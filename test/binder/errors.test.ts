import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/base/sql-error.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { bind } from './harness.ts';

beforeAll(loadParserOnNode);

interface Recorded {
  readonly sql: string;
  readonly answer: string;
}

const blocks = readFileSync(`${import.meta.dirname}/errors.txt`, 'utf8')
  .trim()
  .split('\n\n');
const recorded = blocks.map((block): Recorded => {
  const [sql, ...rest] = block.split('\n');
  return { sql, answer: rest.join('\n') };
});

function answerOf(sql: string): string {
  try {
    bind(sql);
    return '-- ok';
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const lines = [`-- ${error.code} ${error.position ?? '-'} ${error.message}`];
    if (error.detail !== undefined) lines.push(`--   detail: ${error.detail}`);
    if (error.hint !== undefined) lines.push(`--   hint: ${error.hint}`);
    return lines.join('\n');
  }
}

describe('errors are those of PostgreSQL 15', () => {
  test.each(recorded)('$sql', ({ sql, answer }) => {
    expect(answerOf(sql)).toBe(answer);
  });
});
