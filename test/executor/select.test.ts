import { beforeAll, describe, expect, test } from 'vitest';
import { TestDatabase } from './database.ts';

const SCHEMA = `
  create table customer (id int primary key, name text, city text);
  create table orders (id int primary key, customer int, total int, note text);
  create table item (orders int, line int, qty int, primary key (orders, line));
  create index orders_customer on orders (customer);
`;

const DATA = `
  insert into customer values (1, 'ann', 'ulm'), (2, 'bob', 'bonn'), (3, 'cid', null), (4, 'dan', 'ulm');
  insert into orders values (10, 1, 5, 'a'), (11, 1, 7, null), (12, 2, 9, 'b'), (13, null, 1, 'c');
  insert into item values (10, 1, 3), (10, 2, 4), (11, 1, 5), (12, 1, 6), (99, 1, 7);
`;

describe.each([false, true])('rows arriving late: %s', (delayed) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = new TestDatabase(SCHEMA, delayed);
    await database.script(DATA);
  });

  test.each([
    ['a projection computes', 'select id + 1, upper(name) from customer where id < 3', ['2|ANN', '3|BOB']],
    ['a point is found by key', 'select name from customer where id = 2', ['bob']],
    ['a list of points keeps key order', 'select id from customer where id in (3, 1)', ['1', '3']],
    ['a range is cut by key', 'select id from customer where id > 1 and id <= 3', ['2', '3']],
    ['an index finds rows', 'select id from orders where customer = 1', ['10', '11']],
    ['a join matches', 'select name, total from customer c join orders o on o.customer = c.id order by total', ['ann|5', 'ann|7', 'bob|9']],
    [
      'a left join pads',
      'select name, total from customer c left join orders o on o.customer = c.id order by name, total',
      ['ann|5', 'ann|7', 'bob|9', 'cid|NULL', 'dan|NULL'],
    ],
    [
      'a full join pads both',
      'select name, o.id from customer c full join orders o on o.customer = c.id order by name, o.id',
      ['ann|10', 'ann|11', 'bob|12', 'cid|NULL', 'dan|NULL', 'NULL|13'],
    ],
    [
      'a join without equality tries pairs',
      'select c.id, o.id from customer c join orders o on o.total < c.id order by 1, 2',
      ['2|13', '3|13', '4|13'],
    ],
    ['groups are counted', 'select city, count(*), sum(id) from customer group by city order by city', ['bonn|1|2', 'ulm|2|5', 'NULL|1|3']],
    ['no rows make one group', 'select count(*), max(id) from customer where id > 100', ['0|NULL']],
    ['having filters groups', 'select city from customer group by city having count(*) > 1', ['ulm']],
    [
      'rollup adds totals',
      'select city, count(*) from customer group by rollup (city) order by 1 nulls last, 2',
      ['bonn|1', 'ulm|2', 'NULL|1', 'NULL|4'],
    ],
    [
      'exists is a semi join',
      'select name from customer c where exists (select 1 from orders o where o.customer = c.id) order by 1',
      ['ann', 'bob'],
    ],
    [
      'not exists is an anti join',
      'select name from customer c where not exists (select 1 from orders o where o.customer = c.id) order by 1',
      ['cid', 'dan'],
    ],
    ['in is a semi join', 'select name from customer where id in (select customer from orders) order by 1', ['ann', 'bob']],
    ['not in a set with null is never true', 'select name from customer where id not in (select customer from orders)', []],
    [
      'a correlated aggregate is looked up',
      'select name, (select sum(total) from orders o where o.customer = c.id) from customer c order by 1',
      ['ann|12', 'bob|9', 'cid|NULL', 'dan|NULL'],
    ],
    [
      'a correlated count of nothing is zero',
      'select name, (select count(*) from orders o where o.customer = c.id) from customer c order by 1',
      ['ann|2', 'bob|1', 'cid|0', 'dan|0'],
    ],
    ['a scalar subquery in a condition', 'select id from orders where total > (select avg(total) from orders) order by 1', ['11', '12']],
    [
      'a lateral join sees its left',
      'select c.id, x.total from customer c, lateral (select total from orders o where o.customer = c.id order by total desc limit 1) x order by 1',
      ['1|7', '2|9'],
    ],
    ['union drops duplicates', 'select city from customer union select city from customer order by 1', ['bonn', 'ulm', 'NULL']],
    [
      'except all keeps counts',
      'select city from customer except all select city from customer where id = 1 order by 1',
      ['bonn', 'ulm', 'NULL'],
    ],
    ['intersect', 'select id from customer intersect select customer from orders order by 1', ['1', '2']],
    ['distinct', 'select distinct city from customer order by city', ['bonn', 'ulm', 'NULL']],
    [
      'distinct on keeps the first',
      'select distinct on (customer) customer, id from orders order by customer, id desc',
      ['1|11', '2|12', 'NULL|13'],
    ],
    ['limit and offset', 'select id from customer order by id desc limit 2 offset 1', ['3', '2']],
    ['with ties', 'select city from customer order by city fetch first 2 rows with ties', ['bonn', 'ulm', 'ulm']],
    [
      'a common table is shared',
      'with x as (select id from customer) select a.id from x a join x b on a.id = b.id + 1 order by 1',
      ['2', '3', '4'],
    ],
    [
      'a recursion counts',
      'with recursive n(i) as (values (1) union all select i + 1 from n where i < 4) select * from n',
      ['1', '2', '3', '4'],
    ],
    [
      'window ranks',
      'select id, row_number() over (partition by city order by id desc) from customer order by id',
      ['1|2', '2|1', '3|1', '4|1'],
    ],
    ['window sums run', 'select id, sum(total) over (order by id) from orders order by id', ['10|5', '11|12', '12|21', '13|22']],
    [
      'window frames move',
      'select id, sum(total) over (order by id rows between 1 preceding and 1 following) from orders order by id',
      ['10|12', '11|21', '12|17', '13|10'],
    ],
    ['a series generates', 'select * from generate_series(1, 3)', ['1', '2', '3']],
    ['a set in the select list', 'select id, generate_series(1, id) from customer where id <= 2', ['1|1', '2|1', '2|2']],
    ['case is lazy', 'select case when id = 1 then 0 else 10 / (id - 1) end from customer order by id', ['0', '10', '5', '3']],
    ['string_agg is ordered', "select string_agg(name, ',' order by name desc) from customer", ['dan,cid,bob,ann']],
    ['count distinct', 'select count(distinct city) from customer', ['2']],
    ['filter', 'select count(*) filter (where id > 2) from customer', ['2']],
    ['grouping', 'select grouping(city), count(*) from customer group by rollup (city) order by 1, 2', ['0|1', '0|1', '0|2', '1|4']],
    ['quantified array', 'select id from customer where id = any (array[2, 4]) order by 1', ['2', '4']],
    [
      'subquery in or',
      'select id from customer c where id = 4 or exists (select 1 from orders o where o.customer = c.id) order by 1',
      ['1', '2', '4'],
    ],
    [
      'three tables',
      'select c.name, sum(i.qty) from customer c join orders o on o.customer = c.id join item i on i.orders = o.id group by c.name order by 1',
      ['ann|12', 'bob|6'],
    ],
    ['a common table in another', 'with t as (select 1 as i), u as (select * from t) select * from u', ['1']],
    [
      'a subquery that groups by an outer column',
      'select id from customer c where id in (select count(o.id) from orders o group by c.id)',
      ['4'],
    ],
    [
      'a frame offset from a subquery',
      'select id, count(*) over (order by id rows (select 1) preceding) from customer order by id',
      ['1|1', '2|2', '3|2', '4|2'],
    ],
    ['reverse order by key', 'select id from customer order by id desc', ['4', '3', '2', '1']],
  ])('%s', async (_name, sql, rows) => {
    expect(await database.run(sql)).toEqual(rows);
  });
});
