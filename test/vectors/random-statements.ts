/** Statements that exercise the vector operators, drawn at random over two tables (`a`, `b`) of the same shape. */
import type { Draw } from '../storage/random.ts';

export const CREATE = (name: string) => `
  create table ${name} (
    id int primary key, small int, wide bigint, money numeric(12,2), ratio double precision, truth boolean,
    name text, code char(6), day date, moment timestamp
  )`;

const NAMES = ['ant', 'bee', 'cat', 'a longer name than twelve bytes', 'ünïcode ☃', '', 'x', 'antelope', 'catalogue', '%_\\'];

/** One row as literals. */
export function row(draw: Draw, id: number): string {
  const orNull = (value: string): string => (draw.chance(0.12) ? 'null' : value);
  const wide = draw.chance(0.2) ? `${draw.below(2 ** 31)}${draw.below(10 ** 9)}` : String(draw.below(50) - 25);
  return `(${[
    id,
    orNull(String(draw.below(20) - 10)),
    orNull(wide),
    orNull((draw.below(2_000_000) / 100 - 10_000).toFixed(2)),
    orNull(draw.of(['0', '1.5', '-2.25', "'NaN'", "'Infinity'", String(draw.below(1000) / 8)])),
    orNull(draw.of(['true', 'false'])),
    orNull(`'${draw.of(NAMES)}'`),
    orNull(`'${draw.of(['aa', 'bb', 'cc ', 'ddd', 'eeeeee'])}'`),
    orNull(`date '1992-01-01' + ${draw.below(2500)}`),
    orNull(`timestamp '2001-01-01' + interval '${draw.below(100)} hours'`),
  ].join(', ')})`;
}

function number(draw: Draw, table: string): string {
  return `${table}.${draw.of(['id', 'small', 'wide', 'money', 'ratio'])}`;
}

function text(draw: Draw, table: string): string {
  return draw.of([`${table}.name`, `${table}.code::text`, `substring(${table}.name from 2 for 3)`]);
}

/** A condition over one table. */
export function condition(draw: Draw, table: string, depth = 0): string {
  const inner = () => condition(draw, table, depth + 1);
  const compared = () => draw.of(['=', '<>', '<', '<=', '>', '>=']);
  const choices: (() => string)[] = [
    () => `${table}.small ${compared()} ${draw.below(20) - 10}`,
    () => `${table}.wide ${compared()} ${draw.of(['0', '-3', '7', '3000000000', '99999999999999'])}`,
    () => `${table}.money ${compared()} ${draw.of(['0', '12.5', '-100.25', '3.001', '-3.001', '1e30', '-1e30', "'NaN'::numeric"])}`,
    () => `${table}.small ${compared()} ${draw.of(['2.5', '-0.5', '3.0'])}`,
    () => `${table}.money * 1.5 ${compared()} ${table}.money + 0.125`,
    () => `${table}.money ${compared()} ${table}.money * ${draw.of(['1.000000000000', '0.999999999999', '-1.000000000001'])}`,
    () => `${table}.small * 1.000000000000 * ${table}.small ${compared()} ${table}.money`,
    () => `${table}.${draw.of(['money', 'small', 'wide'])} ${compared()} ${settled(draw)}`,
    () => `exists (select 1 from b where b.small = ${draw.below(30) - 10})`,
    () => `${table}.ratio ${compared()} ${draw.of(['1.5', '0', "'NaN'", '64'])}`,
    () => `${table}.money between -2000 and ${draw.below(9000)}`,
    () => `${table}.small > -5 and ${table}.small < 6`,
    () => `${table}.day ${compared()} date '1994-06-01'`,
    () => `${table}.day < date '1995-01-01' + interval '1 month'`,
    () => `${table}.moment ${compared()} timestamp '2001-01-03'`,
    () => `extract(year from ${table}.day) ${compared()} 1995`,
    () => `${table}.name ${compared()} '${draw.of(['bee', 'cat', ''])}'`,
    () => `${table}.code ${compared()} '${draw.of(['bb', 'cc', 'ddd   '])}'`,
    () => `${table}.name like '${draw.of(['%a%', 'a%', '%e', '_a_', '%a%g%', 'ü%', '\\%%'])}'`,
    () => `${table}.name not like '%t%'`,
    () => `${table}.small in (1, 2, 5, -7)`,
    () => `${table}.name in ('ant', 'x', 'nothing')`,
    () => `${table}.wide not in (1, 3000000000)`,
    () => `${table}.truth`,
    () => `not ${table}.truth`,
    () => `${table}.name is ${draw.of(['null', 'not null'])}`,
    () => `${table}.small + 3 > ${table}.id % 7`,
    () => `${table}.small * ${table}.small < ${table}.wide`,
    () => `${table}.money * 2 - 1 > ${table}.money`,
    () => `coalesce(${table}.small, 0) = 0`,
    () => `case when ${table}.small > 0 then 10 / ${table}.small > 2 else ${table}.truth end`,
    () => `upper(${table}.name) = 'ANT'`,
    () => `length(${table}.name) > 3`,
  ];
  if (depth < 3) {
    choices.push(
      () => `(${inner()} and ${inner()})`,
      () => `(${inner()} or ${inner()})`,
      () => `not (${inner()})`,
      () => `(${inner()}) is not true`,
    );
  }
  return draw.of(choices)();
}

/** A subquery with one value for all rows, or an error. */
function settled(draw: Draw): string {
  return draw.of([
    '(select avg(b.money) from b)',
    '(select max(b.small) * 0.7 from b where b.id < 300)',
    '(select min(b.money) - 0.001 from b)',
    '(select b.small from b where b.id < 0)',
    '(select sum(b.id) / 1000.0 from b where b.id > (select avg(c.id) from b c))',
    '(select b.id from b where b.id < 2)',
    '(select 1 / (b.small - b.small) from b where b.id = 3)',
  ]);
}

function aggregate(draw: Draw, table: string): string {
  const filter = draw.chance(0.15) ? ` filter (where ${condition(draw, table, 2)})` : '';
  const integers = draw.of(['id', 'small', 'wide']);
  return draw.of([
    `count(*)${filter}`,
    `count(${number(draw, table)})${filter}`,
    `sum(${table}.${integers})${filter}`,
    `avg(${table}.${draw.of(['small', 'wide', 'money'])})${filter}`,
    `sum(${table}.money * (1 - ${table}.money))${filter}`,
    `min(${number(draw, table)})${filter}`,
    `max(${draw.of([text(draw, table), `${table}.day`, `${table}.code`, `${table}.moment`])})${filter}`,
    `min(${text(draw, table)})${filter}`,
    `count(distinct ${draw.of([`${table}.small`, `${table}.name`, `${table}.day`, `${table}.wide`, `${table}.id`, `${table}.money`])})${filter}`,
    `${draw.of(['sum', 'avg', 'min'])}(distinct ${table}.${draw.of(['small', 'id', 'wide'])})`,
    `bool_and(${table}.truth)`,
    `bool_or(${table}.truth)${filter}`,
    `sum(case when ${condition(draw, table, 2)} then ${table}.money else 0 end)`,
  ]);
}

function key(draw: Draw, table: string): string {
  return draw.of([
    `${table}.small`,
    `${table}.name`,
    `${table}.code`,
    `${table}.truth`,
    `${table}.day`,
    `${table}.wide`,
    `${table}.money`,
    `extract(year from ${table}.day)`,
    `${table}.small % 3`,
    text(draw, table),
    `${table}.ratio`,
    `${table}.id - ${table}.id % 2`,
    `${table}.id * ${draw.of([1, 1000])}`,
  ]);
}

function list(count: number, make: () => string): string {
  return Array.from({ length: count }, make).join(', ');
}

/** ORDER BY a few keys and, last, the primary key: one order only. */
function ordered(draw: Draw): string {
  const one = (): string =>
    `${draw.of([number(draw, 'a'), text(draw, 'a'), 'a.code', 'a.day', 'a.truth', 'a.moment', '-a.small'])}${draw.of(['', ' desc'])}${draw.of(['', '', ' nulls first', ' nulls last'])}`;
  return `order by ${list(1 + draw.below(2), one)}, a.id`;
}

/** A query whose rows are compared in order when it has an ORDER BY, else as a bag. */
export function statement(draw: Draw): string {
  const where = (table: string) => (draw.chance(0.7) ? ` where ${condition(draw, table)}` : '');
  switch (draw.below(10)) {
    case 0:
      return `select ${list(1 + draw.below(3), () => draw.of([number(draw, 'a'), text(draw, 'a'), 'a.code', 'a.day', 'a.truth', 'a.small * 2 + a.id']))} from a${where('a')}`;
    case 1:
      return `select ${list(1 + draw.below(4), () => aggregate(draw, 'a'))} from a${where('a')}`;
    case 2:
    case 3: {
      const keys = Array.from({ length: 1 + draw.below(2) }, () => key(draw, 'a'));
      return `select ${keys.join(', ')}, ${list(1 + draw.below(3), () => aggregate(draw, 'a'))} from a${where('a')} group by ${keys.map((_, at) => at + 1).join(', ')}`;
    }
    case 4: {
      const on = draw.of([
        'a.small = b.small',
        'a.id = b.wide',
        'a.id = b.id',
        'a.wide = b.id',
        'a.name = b.name',
        'a.code = b.code',
        'a.day = b.day and a.truth = b.truth',
        'a.money = b.money',
      ]);
      const extra = draw.chance(0.3) ? ` and ${draw.of(['a.id < b.id', 'a.wide <> b.small', 'a.name <= b.name'])}` : '';
      const join = draw.of(['join', 'left join', 'right join', 'full join']);
      return `select count(*), sum(a.id), sum(b.id), min(a.name), max(b.code), count(distinct a.small) from a ${join} b on ${on}${extra}${where(draw.of(['a', 'b']))}`;
    }
    case 7: {
      const limit = draw.of(['', ' limit 5', ' limit 10 offset 3', ' limit 700', ' limit 0']);
      const alone = draw.of([number(draw, 'a'), text(draw, 'a'), 'a.day', '-a.id']);
      if (draw.chance(0.3))
        return `select ${alone} from a${where('a')} order by 1${draw.of(['', ' desc', ' nulls first', ' desc nulls last'])}${limit}`;
      return `select a.id, ${text(draw, 'a')}, a.money from a${where('a')} ${ordered(draw)}${limit}`;
    }
    case 9: {
      const value = draw.of([
        'sum(b.money)',
        'min(b.money * 1.5)',
        'sum(b.money * (1 - b.money))',
        'max(b.small * 2.50)',
        'sum(b.wide)',
        'avg(b.money)',
      ]);
      const nothing = draw.of(['', ' + case when count(*) > 40 then 0.12345 else 0 end']);
      const kept = `with kept as materialized (select b.small as k, ${value}${nothing} as v from b${where('b')} group by 1)`;
      return draw.of([
        `${kept} select a.id, kept.v, a.money from a join kept on kept.k = a.small where a.money ${draw.of(['<', '>', '='])} kept.v`,
        `${kept} select a.small, sum(kept.v), max(kept.v), count(*) from a left join kept on kept.k = a.small${where('a')} group by 1`,
        `${kept} select kept.v, count(*) from kept join a on a.small = kept.k group by 1 order by 1, 2`,
      ]);
    }
    case 8:
      return `select distinct ${list(1 + draw.below(2), () => key(draw, 'a'))} from a${where('a')}`;
    case 5: {
      const test = draw.of(['exists', 'not exists']);
      return `select a.id, a.name from a where ${test} (select 1 from b where b.small = a.small and ${condition(draw, 'b', 2)}${draw.chance(0.4) ? ' and b.id > a.id' : ''}) and ${condition(draw, 'a', 2)}`;
    }
    default:
      return `select a.name, b.small, count(*), sum(b.money) from a join b on a.wide = b.small where ${condition(draw, 'a', 2)} group by a.name, b.small`;
  }
}
