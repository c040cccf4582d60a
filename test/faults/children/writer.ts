/**
 * `node writer.js <url> <log> <writer> <incarnation>`: runs transactions over lists until SIGTERM. Each is written to the log, one JSON line
 * before it begins and one after it ended; a line that is missing is a transaction that nobody knows the outcome of.
 */
import { openSync, writeSync } from 'node:fs';
import { AssertionError } from '../../../src/base/assert.ts';
import { open, SqlError, type Queryable, type VelociDatabase } from '../../../src/index.ts';
import type { Operation } from '../../isolation/list-append.ts';
import { FENCE, type HistoryLine, WRITERS_MAX } from '../processes/history.ts';

/** Transactions of one writer that run beside each other, so that groups form. */
const LANES = 2;
/** Lists in use at a time, and how long: so that they stay short. */
const LISTS = 6;
const LISTS_MS = 3_000;
const VALUES_MAX = 100_000;

const APPEND = "INSERT INTO lists VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET items = lists.items || ',' || excluded.items";
const READ = 'SELECT items FROM lists WHERE key = $1';

const [url, log, writer, incarnation] = process.argv.slice(2);
const file = openSync(log, 'a');
let isStopping = false;
let values = 0;
process.once('SIGTERM', () => {
  isStopping = true;
});
process.once('disconnect', () => process.exit(1)); // whoever started it is gone
process.channel?.unref();

const say = (line: HistoryLine): void => void writeSync(file, `${JSON.stringify(line)}\n`);
const now = (): number => Number(process.hrtime.bigint()) / 1e6; // the same clock in every process of the machine

/** Unique among all that was ever appended. */
const nextValue = (): number => (Number(incarnation) * VALUES_MAX + values++) * WRITERS_MAX + Number(writer);
const chosenKey = (): number => Math.floor(Date.now() / LISTS_MS) * LISTS + Math.floor(Math.random() * LISTS);

function drawn(): Operation[] {
  return Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () =>
    Math.random() < 0.5 ? { kind: 'append', key: chosenKey(), value: nextValue() } : { kind: 'read', key: chosenKey(), values: [] },
  );
}

async function perform(transaction: Queryable, operations: readonly Operation[]): Promise<Operation[]> {
  const done: Operation[] = [];
  for (const operation of operations) {
    if (operation.kind === 'append') {
      await transaction.query(APPEND, [operation.key, String(operation.value)]);
      done.push(operation);
    } else {
      const { rows } = await transaction.query<{ items: string }>(READ, [operation.key]);
      done.push({ ...operation, values: rows.length === 0 ? [] : rows[0].items.split(',').map(Number) });
    }
  }
  return done;
}

async function work(database: VelociDatabase, lane: number): Promise<void> {
  for (let number = 0; !isStopping; number++) {
    const id = `${writer}.${incarnation}.${lane}.${number}`;
    const operations = drawn();
    say({ id, at: now(), kind: 'begun', operations });
    try {
      const done = await database.transaction((transaction) => perform(transaction, operations));
      say({ id, at: now(), kind: 'committed', operations: done });
    } catch (error) {
      if (error instanceof SqlError)
        say({ id, at: now(), kind: error.code === '08007' ? 'unknown' : 'failed', error: `${error.code} ${error.message}` });
      else say({ id, at: now(), kind: 'broken', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      if (error instanceof AssertionError) process.exit(1);
    }
  }
}

async function opened(): Promise<VelociDatabase> {
  for (;;) {
    try {
      return await open(url, { create: false, fence: FENCE });
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      say({ id: `${writer}.${incarnation}`, at: now(), kind: 'refused', error: `${error.code} ${error.message}` });
    }
  }
}

const database = await opened();
await Promise.all(Array.from({ length: LANES }, (_, lane) => work(database, lane)));
await database.close();
