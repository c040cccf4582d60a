/** The table of keys against a plain sorted list, under random keys, ranges and rollbacks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import type { Key, KeyRange } from '../../src/storage/tree.ts';
import { KeyTable } from '../../src/transaction/key-table.ts';

const keys = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.integer({ min: 0, max: 300 }).map((value) => Uint8Array.of(2, 0x80, 0, value >> 8, value & 0xff)),
  fc.uint8Array({ minLength: 1, maxLength: 2 }).map((tail) => Uint8Array.of(7, 7, 7, 7, 7, 7, 0, 0, ...tail)),
);

type Command = { readonly kind: 'add' | 'find'; readonly key: Key } | { readonly kind: 'pop' | 'sort' };

const commands = fc.oneof(
  { weight: 6, arbitrary: keys.map((key): Command => ({ kind: 'add', key })) },
  { weight: 2, arbitrary: keys.map((key): Command => ({ kind: 'find', key })) },
  { weight: 1, arbitrary: fc.constantFrom<Command>({ kind: 'pop' }, { kind: 'sort' }) },
);

const sorted = (list: readonly Key[]): Key[] => list.toSorted(compareBytes);

function visited(table: KeyTable, range: KeyRange, reverse: boolean): Key[] {
  const found: Key[] = [];
  table.visitRange(range, reverse, (entry) => found.push(table.keyOf(entry).slice()));
  return found;
}

describe('a table of keys', () => {
  it('finds, sorts and forgets as a list does', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 120 }), (script) => {
        const table = new KeyTable();
        const model: Key[] = [];
        for (const command of script) {
          const at = 'key' in command ? model.findIndex((key) => compareBytes(key, command.key) === 0) : -1;
          if (command.kind === 'find') expect(table.find(command.key)).toBe(at);
          else if (command.kind === 'add') {
            expect(table.findOrAdd(command.key)).toBe(at < 0 ? model.length : at);
            if (at < 0) model.push(command.key);
          } else if (command.kind === 'pop') expect(table.pop()).toBe(model.pop() !== undefined);
          else expect(table.keysInOrder()).toEqual(sorted(model));
          expect(table.count).toBe(model.length);
        }
        for (const [entry, key] of model.entries()) expect(table.find(key)).toBe(entry);
        expect(table.keysInOrder()).toEqual(sorted(model));
      }),
    );
  });

  it('walks ranges in both directions while keys are added', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(keys, fc.option(keys, { nil: undefined }), fc.option(keys, { nil: undefined })), { maxLength: 60 }),
        (script) => {
          const table = new KeyTable();
          const model = new Map<string, Key>();
          for (const [key, from, to] of script) {
            table.findOrAdd(key);
            model.set(key.toString(), key);
            const inside = sorted([...model.values()]).filter(
              (one) => (from === undefined || compareBytes(one, from) >= 0) && (to === undefined || compareBytes(one, to) < 0),
            );
            expect(visited(table, { from, to }, false)).toEqual(inside);
            expect(visited(table, { from, to }, true)).toEqual(inside.toReversed());
            expect(table.pop()).toBe(false);
          }
          expect(table.keysInOrder()).toEqual(sorted([...model.values()]));
        },
      ),
    );
  });

  it('sorts many keys that share their first bytes', () => {
    const table = new KeyTable();
    const list: Key[] = [];
    for (let at = 0; at < 5000; at++) {
      const value = (at * 7919) % 5000;
      const key = Uint8Array.of(2, 2, ...(value % 3 === 0 ? [9, 9, 9, 9] : []), value >> 8, value & 0xff);
      table.findOrAdd(key);
      list.push(key);
    }
    expect(table.keysInOrder()).toEqual(sorted(list));
  });
});
