import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { StoredTableStatistics } from '../support/catalog.ts';
import { TestDatabase } from '../executor/database.ts';

/**
 * A golden file: `# rows: table=count …`, `# statistics: file` where it has them, and CREATE statements up to the first `====`, then blocks of a title, a statement and
 * its plan, parted by `----` and ended by `====`.
 */
const statisticsOf = (name: string): StoredTableStatistics =>
  JSON.parse(readFileSync(`${import.meta.dirname}/statistics/${name}`, 'utf8')) as StoredTableStatistics;

const folder = `${import.meta.dirname}/golden`;
const update = process.env['UPDATE_GOLDEN'] === '1';

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  const path = `${folder}/${file}`;
  const [head, ...blocks] = readFileSync(path, 'utf8')
    .split(/^====\n/m)
    .map((part) => part.trim());
  const [, statistics] = /^# statistics: (\S+)$/m.exec(head) ?? [];
  const told = new Map([...head.matchAll(/(\w+)=(\d+)/g)].map(([, name, count]) => [name, Number(count)]));
  const parsed = blocks
    .filter((block) => block !== '')
    .map((block) => {
      const [heading, plan = ''] = block.split(/^----\n?/m);
      const [title, ...sql] = heading.trim().split('\n');
      return { title, sql: sql.join('\n'), plan: plan.trim() };
    });

  describe(file, () => {
    const database = new TestDatabase(
      head.replaceAll(/^#.*$/gm, ''),
      false,
      told,
      statistics === undefined ? {} : statisticsOf(statistics),
    );
    if (update) {
      const text = parsed.map(({ title, sql }) => `====\n${title}\n${sql}\n----\n${database.explain(sql)}\n`);
      writeFileSync(path, `${head}\n${text.join('')}`);
    }
    test.each(parsed)('$title', ({ sql, plan }) => {
      if (!update) expect(database.explain(sql)).toBe(plan);
    });
  });
}
