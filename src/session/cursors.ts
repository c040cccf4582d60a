/** DECLARE's cursors: rows already run through are kept, so that SCROLL and FETCH BACKWARD work. */
import { SqlError } from '../base/sql-error.ts';
import type { Row } from '../types/value.ts';
import type { Running } from './running.ts';
import type { Field } from './session.ts';

export interface Cursor {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly running: Running;
  readonly hold: boolean;
  /** Rows pulled so far. */
  readonly rows: Row[];
  /** 0 is before the first row, n on row n, rows.length + 1 behind the last. */
  position: number;
  ended: boolean;
}

export class Cursors {
  readonly #byName = new Map<string, Cursor>();

  add(cursor: Cursor): void {
    if (this.#byName.has(cursor.name)) throw new SqlError('duplicate_cursor', `cursor "${cursor.name}" already exists`);
    this.#byName.set(cursor.name, cursor);
  }

  get(name: string): Cursor {
    const found = this.#byName.get(name);
    if (found === undefined) throw new SqlError('invalid_cursor_name', `cursor "${name}" does not exist`);
    return found;
  }

  close(name: string): void {
    this.get(name).running.close();
    this.#byName.delete(name);
  }

  closeAll(): void {
    for (const cursor of this.#byName.values()) cursor.running.close();
    this.#byName.clear();
  }

  /** At the end of a transaction only WITH HOLD ones stay. */
  closeTransactional(): void {
    for (const cursor of [...this.#byName.values()]) if (!cursor.hold) this.close(cursor.name);
  }
}

/** Moves a cursor and answers the rows passed, in the order passed. `count` Infinity is ALL. */
export async function fetchFrom(
  cursor: Cursor,
  direction: 'forward' | 'backward' | 'absolute' | 'relative',
  count: number,
): Promise<Row[]> {
  switch (direction) {
    case 'forward':
      return count >= 0 ? forward(cursor, count) : backward(cursor, -count);
    case 'backward':
      return count >= 0 ? backward(cursor, count) : forward(cursor, -count);
    case 'absolute':
      return at(cursor, count >= 0 ? count : (await total(cursor)) + 1 + count);
    case 'relative':
      return at(cursor, cursor.position + count);
  }
}

async function forward(cursor: Cursor, count: number): Promise<Row[]> {
  if (count === 0) return at(cursor, cursor.position);
  const from = cursor.position;
  await fill(cursor, from + count);
  const rows = cursor.rows.slice(from, from + count);
  cursor.position = rows.length < count ? cursor.rows.length + 1 : from + rows.length;
  return rows;
}

async function backward(cursor: Cursor, count: number): Promise<Row[]> {
  if (count === 0) return at(cursor, cursor.position);
  const rows = cursor.rows.slice(Math.max(0, cursor.position - 1 - count), Math.max(0, cursor.position - 1)).toReversed();
  cursor.position = rows.length < count ? 0 : cursor.position - rows.length;
  return rows;
}

async function at(cursor: Cursor, position: number): Promise<Row[]> {
  await fill(cursor, position);
  cursor.position = Math.max(0, Math.min(position, cursor.rows.length + 1));
  return position >= 1 && position <= cursor.rows.length ? [cursor.rows[position - 1]] : [];
}

async function total(cursor: Cursor): Promise<number> {
  await fill(cursor, Infinity);
  return cursor.rows.length;
}

async function fill(cursor: Cursor, rows: number): Promise<void> {
  while (!cursor.ended && cursor.rows.length < rows) {
    const batch = await cursor.running.next();
    if (batch === null) cursor.ended = true;
    else cursor.rows.push(...batch);
  }
}
