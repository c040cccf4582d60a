import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { openEngine } from '../../src/platform/open-engine.ts';
import type { Session, StatementResult } from '../../src/session/session.ts';
import { type Run, showsAnomaly } from './hermitage.ts';

type Step = readonly [transaction: number, sql: string, label?: string];

interface Suite {
  readonly setup: readonly string[];
  readonly expectPrevented: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}

const FILE = join(process.env['VELOCIDB_SHARED'] ?? '../shared', 'data/hermitage/cases.json');
const suite: Suite | undefined = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Suite) : undefined;

const LEVELS = ['read committed', 'repeatable read', 'serializable'] as const;

describe.skipIf(suite === undefined)('Hermitage', () => {
  const { setup, expectPrevented, cases } = suite ?? { setup: [], expectPrevented: {}, cases: [] };

  async function runCase(name: string, level: string): Promise<Run> {
    const opened = await openEngine('memory:');
    const session = (): Session => opened.engine.session();
    const main = session();
    for (const sql of setup) await main.query(sql);
    const run = await runSteps(cases.find((one) => one.name === name)?.steps ?? [], level, session, main);
    await opened.close();
    return run;
  }

  describe.each(LEVELS)('at %s', (level) => {
    const prevented = expectPrevented[level] ?? [];
    it.each(cases.filter(({ name }) => prevented.includes(name)).map(({ name }) => name))('%s does not happen', async (name) => {
      expect(showsAnomaly(name, await runCase(name, level))).toBe(false);
    });
  });

  it.each([
    ['G2-item', 'repeatable read'],
    ['G-single', 'read committed'],
    ['PMP', 'read committed'],
  ])('sees an anomaly where it is allowed: %s at %s', async (name, level) => {
    const run = await runCase(name, level);
    expect(showsAnomaly(name, run)).toBe(true);
  });
});

async function runSteps(steps: readonly Step[], level: string, session: () => Session, main: Session): Promise<Run> {
  const sessions = new Map<number, Session>();
  const seen = new Map<string, ReadonlyMap<number, number>>();
  const committed = new Set<number>();
  const failed = new Set<number>();
  for (const [transaction, sql, label] of steps) {
    const own = sessions.get(transaction) ?? session();
    sessions.set(transaction, own);
    if (failed.has(transaction)) continue;
    try {
      const result = await own.query(sql === 'begin' ? `begin isolation level ${level}` : sql);
      if (label !== undefined) seen.set(label, table(result));
      if (sql === 'commit') committed.add(transaction);
    } catch (error) {
      if (!isSqlError(error, 'serialization_failure')) throw error;
      failed.add(transaction);
      await own.query('rollback').catch(() => undefined);
    }
  }
  return { seen, committed, final: table(await main.query('select id, value from test')) };
}

function table({ rows }: StatementResult): Map<number, number> {
  return new Map(rows.map(([id, value]) => [Number(id), Number(value)]));
}
