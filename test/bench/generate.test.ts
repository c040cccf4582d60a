import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lines, TABLES } from '../../bench/tpch/generate.ts';

const SCALE = 0.001;
const all = (table: (typeof TABLES)[number]) => [...lines(table, SCALE)].map((line) => line.split('|'));

describe('generated TPC-H tables', () => {
  it('are the same in every run', () => {
    const hash = createHash('sha256');
    for (const table of TABLES) for (const line of lines(table, SCALE)) hash.update(line).update('\n');
    expect(hash.digest('hex').slice(0, 16)).toBe('a037811cd10d69da');
  });

  it('have the sizes of the specification', () => {
    const counts = { region: 5, nation: 25, part: 2000, supplier: 100, partsupp: 8000, customer: 1500, orders: 15_000 } as const;
    for (const table of TABLES) {
      const count = [...lines(table, 0.01)].length;
      if (table === 'lineitem') expect(Math.abs(count / counts.orders - 4)).toBeLessThan(0.05);
      else expect([table, count]).toEqual([table, counts[table]]);
    }
  });

  it('refer to rows that exist: orders to customers, items to orders and to suppliers of their part', () => {
    const customers = new Set(all('customer').map(([key]) => key));
    const orders = new Set(all('orders').map(([key]) => key));
    const offers = new Set(all('partsupp').map(([part, supplier]) => `${part}|${supplier}`));
    for (const [, buyer] of all('orders')) expect(customers.has(buyer)).toBe(true);
    for (const [order, part, supplier] of all('lineitem')) {
      expect(orders.has(order)).toBe(true);
      expect(offers.has(`${part}|${supplier}`)).toBe(true);
    }
  });

  it('hold orders whose status and total follow from their items', () => {
    const items = new Map<string, string[][]>();
    for (const item of all('lineitem')) items.set(item[0], [...(items.get(item[0]) ?? []), item]);
    for (const [key, , status, total] of all('orders')) {
      const own = items.get(key) ?? [];
      expect(own.length).toBeGreaterThan(0);
      const states = new Set(own.map((item) => item[9]));
      expect(status).toBe(states.size === 2 ? 'P' : [...states][0]);
      const sum = own.reduce(
        (running, item) => running + Math.round(Number(item[5]) * (1 - Number(item[6])) * (1 + Number(item[7])) * 100),
        0,
      );
      expect(Math.abs(sum - Math.round(Number(total) * 100))).toBeLessThanOrEqual(own.length);
    }
  });

  it('leave every third customer without orders', () => {
    for (const [, buyer] of all('orders')) expect(Number(buyer) % 3).not.toBe(0);
  });
});
