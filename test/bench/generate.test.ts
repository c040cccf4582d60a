import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lines, TABLES } from '../../bench/tpch/generate.ts';

const SCALE = 0.001;
const all = (table: (typeof TABLES)[number]) => [...lines(table, SCALE)].map((line) => line.split('|'));

describe('generated TPC-H tables', () => {
  it('are the same in every run', () => {
    const hash = createHash('sha256');
    for (const table of TABLES) for (const line of lines(table, SCALE)) hash.update(line).update('\n');
    expect(hash.digest('hex').slice(0, 16)).toBe('798974cee27ec7b5');
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

  it('mark five suppliers a scale with complaints and five with praise, one of each at least', () => {
    for (const [scale, expected] of [
      [0.001, 1],
      [0.1, 1],
      [1, 5],
      [2, 10],
    ]) {
      const texts = [...lines('supplier', scale)].map((line) => line.split('|')[6]);
      for (const mark of [/Customer.*Complaints/, /Customer.*Recommends/])
        expect([scale, texts.filter((text) => mark.test(text)).length]).toEqual([scale, expected]);
      expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(100);
    }
  });

  it('use the first eight of every thirty-two order keys', () => {
    for (const [key] of all('orders')) expect((Number(key) - 1) % 32).toBeLessThan(8);
  });

  it('number phones by country, and price parts by the formula', () => {
    for (const [, , , nation, phone] of all('customer')) expect(phone).toMatch(new RegExp(`^${Number(nation) + 10}-\\d{3}-\\d{3}-\\d{4}$`));
    const price = (part: number) => (90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000)) / 100;
    for (const part of all('part')) expect(Number(part[7])).toBe(price(Number(part[0])));
    for (const item of all('lineitem')) expect(Number(item[5])).toBeCloseTo(Number(item[4]) * price(Number(item[1])), 6);
  });

  it('ship items up to 121 days after the order, which is no later than 1998-08-02', () => {
    const days = (text: string) => Date.parse(text) / 86_400_000;
    const ordered = new Map(all('orders').map((order) => [order[0], days(order[4])]));
    expect(Math.max(...ordered.values())).toBeLessThanOrEqual(days('1998-08-02'));
    expect(Math.min(...ordered.values())).toBeGreaterThanOrEqual(days('1992-01-01'));
    for (const item of all('lineitem')) {
      const [ship, commit, receipt] = [10, 11, 12].map((column) => days(item[column]) - (ordered.get(item[0]) ?? 0));
      expect([ship >= 1 && ship <= 121, commit >= 30 && commit <= 90, receipt - ship >= 1 && receipt - ship <= 30]).toEqual([
        true,
        true,
        true,
      ]);
      expect(item[8] === 'N').toBe(days(item[12]) > days('1995-06-17'));
      expect(item[9]).toBe(days(item[10]) > days('1995-06-17') ? 'O' : 'F');
    }
  });

  it('speak of special requests in about one order of a hundred', () => {
    const comments = [...lines('orders', 0.01)].map((line) => line.split('|')[8]);
    const share = comments.filter((text) => /special.*requests/.test(text)).length / comments.length;
    expect(share).toBeGreaterThan(0.005);
    expect(share).toBeLessThan(0.02);
  });
});
