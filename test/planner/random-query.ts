/** Random SELECT statements over three small tables, with every form of subquery. */
import type { Draw } from '../storage/random.ts';

export const SCHEMA = `
  create table a (id int primary key, x int, y int, s text);
  create table b (id int primary key, a int, x int, k int not null);
  create table c (a int, b int, z int);
  create index c_a on c (a);
`;

const COLUMNS: Readonly<Record<string, readonly string[]>> = { a: ['id', 'x', 'y'], b: ['id', 'a', 'x', 'k'], c: ['a', 'b', 'z'] };

/** Statements that fill the tables: few values, many nulls, duplicates. */
export function randomRows(draw: Draw): string {
  const value = (): string => (draw.chance(0.2) ? 'null' : String(draw.below(5)));
  const rows = (count: number, row: (at: number) => string): string => Array.from({ length: count }, (_, at) => `(${row(at)})`).join(', ');
  return [
    `insert into a values ${rows(2 + draw.below(9), (at) => `${at}, ${value()}, ${value()}, '${draw.of(['p', 'q', 'r'])}'`)}`,
    `insert into b values ${rows(2 + draw.below(9), (at) => `${at}, ${value()}, ${value()}, ${draw.below(4)}`)}`,
    `insert into c values ${rows(1 + draw.below(12), () => `${value()}, ${value()}, ${value()}`)}`,
  ].join('; ');
}

/** A relation in a FROM and its integer columns. */
interface Source {
  readonly sql: string;
  readonly columns: readonly string[];
}

export class QueryMaker {
  readonly #draw: Draw;
  #aliases = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** A whole statement; its answer depends on nothing but the rows. */
  statement(): string {
    const draw = this.#draw;
    if (draw.chance(0.06)) return this.#besideOwnGroup();
    const left = this.#select([], 2);
    if (draw.chance(0.12))
      return `${left.sql} ${draw.of(['union', 'union all', 'intersect', 'except'])} ${this.#select([], 1, left.width).sql}`;
    return draw.chance(0.15) ? `${left.sql} order by ${positions(left.width)} limit ${1 + draw.below(4)}` : left.sql;
  }

  /** Rows compared with an aggregate over rows of the same tables: those beside it under some key, or nearly those. */
  #besideOwnGroup(): string {
    const draw = this.#draw;
    const shared = draw.of(['', ` and b.x > ${draw.below(4)}`, ' and b.x is not null']);
    const inner = draw.chance(0.8) ? shared : ` and b.k < ${draw.below(4)}`;
    const [outerFrom, outerWhere, key] = draw.of([
      ['a, b', 'a.id = b.a', 'b.a = a.id'],
      ['a, b', 'a.id = b.k', 'a.id = b.k'],
      ['a, b', 'a.x = b.k', 'b.k = a.x'],
      ['b', 'b.k >= 0', 'b.k = o.k'],
      ['b', 'true', 'b.a = o.a'],
    ]);
    const alias = outerFrom === 'b' ? 'b o' : 'a, b o';
    const outer = (sql: string): string => sql.replaceAll(/\bb\./g, 'o.');
    const more = draw.of(['', ' and a.x > 1', " and a.s = 'p'", ' and o.k > 1', ' and o.id <> 3']);
    const extra = outerFrom === 'b' ? more.replaceAll('a.x', 'o.x').replace(" and a.s = 'p'", '') : more;
    const correlated = key.replaceAll(/\bb\./g, 'b.');
    const value = `(select ${this.#aggregate(['b.id', 'b.x', 'b.k'])} from b where ${correlated}${inner})`;
    const test = draw.chance(0.8) ? `o.x ${this.#comparison()} ${value}` : `${value} ${this.#comparison()} ${draw.below(6)}`;
    const list = draw.chance(0.3) ? `count(*), sum(o.id)` : `o.id, o.x${draw.chance(0.3) ? `, ${value}` : ''}`;
    return `select ${list} from ${alias} where ${outer(outerWhere)}${outer(shared)}${extra} and ${test}`;
  }

  /** SELECT … of `width` columns; `outer` are columns of enclosing queries, `depth` how many more levels may be nested. */
  #select(outer: readonly string[], depth: number, width = 1 + this.#draw.below(3)): { readonly sql: string; readonly width: number } {
    const draw = this.#draw;
    const from = this.#from(outer, depth);
    const where = this.#where([...from.columns], outer, depth);
    const list = (count: number, item: () => string): string => Array.from({ length: count }, item).join(', ');
    if (draw.chance(0.3)) {
      const keys = Array.from({ length: 1 + draw.below(2) }, () => draw.of(from.columns));
      const having = draw.chance(0.3) ? ` having ${this.#aggregate(from.columns)} ${this.#comparison()} ${draw.below(6)}` : '';
      const items = list(width, () => (draw.chance(0.5) ? draw.of(keys) : this.#aggregate(from.columns)));
      return { sql: `select ${items} from ${from.sql}${where} group by ${keys.join(', ')}${having}`, width };
    }
    const distinct = draw.chance(0.15) ? 'distinct ' : '';
    return { sql: `select ${distinct}${list(width, () => this.#value(from.columns, outer, depth))} from ${from.sql}${where}`, width };
  }

  #from(outer: readonly string[], depth: number): Source {
    const draw = this.#draw;
    let { sql, columns } = this.#relation(depth);
    for (let joins = draw.of([0, 0, 1, 1, 2, 3]); joins > 0; joins--) {
      const isLateral = depth > 0 && draw.chance(0.15);
      const right = isLateral ? this.#lateral([...columns, ...outer], depth - 1) : this.#relation(depth);
      const kind = draw.of(
        isLateral ? ['join', 'left join'] : ['join', 'join', 'left join', 'left join', 'right join', 'full join', 'cross join'],
      );
      const both = [...columns, ...right.columns];
      const on = kind === 'cross join' ? '' : ` on ${this.#joinCondition(columns, right.columns, kind === 'full join')}`;
      sql = `${sql} ${kind} ${right.sql}${on}`;
      columns = both;
    }
    return { sql, columns };
  }

  #joinCondition(left: readonly string[], right: readonly string[], simple: boolean): string {
    const draw = this.#draw;
    const equality = `${draw.of(left)} = ${draw.of(right)}`;
    if (simple || draw.chance(0.6)) return equality;
    return draw.chance(0.7) ? `${equality} and ${this.#simple([...left, ...right])}` : this.#simple([...left, ...right]);
  }

  #relation(depth: number): Source {
    const draw = this.#draw;
    const alias = this.#alias();
    if (depth > 0 && draw.chance(0.2)) {
      const { sql, width } = this.#select([], depth - 1);
      const columns = Array.from({ length: width }, (_, at) => `c${at}`);
      return { sql: `(${sql}) as ${alias}(${columns.join(', ')})`, columns: columns.map((name) => `${alias}.${name}`) };
    }
    const table = draw.of(Object.keys(COLUMNS));
    return { sql: `${table} ${alias}`, columns: COLUMNS[table].map((name) => `${alias}.${name}`) };
  }

  #lateral(outer: readonly string[], depth: number): Source {
    const draw = this.#draw;
    const alias = this.#alias();
    const { sql, width } = this.#select(outer, depth);
    const limit = draw.chance(0.4) ? ` order by ${positions(width)} limit ${1 + draw.below(2)}` : '';
    const columns = Array.from({ length: width }, (_, at) => `c${at}`);
    return { sql: `lateral (${sql}${limit}) as ${alias}(${columns.join(', ')})`, columns: columns.map((name) => `${alias}.${name}`) };
  }

  #where(columns: readonly string[], outer: readonly string[], depth: number): string {
    const conjuncts = Array.from({ length: this.#draw.of([0, 1, 1, 2, 3]) }, () => this.#condition(columns, outer, depth));
    if (outer.length > 0 && this.#draw.chance(0.8)) conjuncts.push(`${this.#draw.of(columns)} = ${this.#draw.of(outer)}`);
    return conjuncts.length === 0 ? '' : ` where ${conjuncts.join(' and ')}`;
  }

  #condition(columns: readonly string[], outer: readonly string[], depth: number): string {
    const draw = this.#draw;
    const roll = draw.next();
    if (roll < 0.08) return `(${this.#condition(columns, outer, depth)} or ${this.#condition(columns, outer, depth)})`;
    if (roll < 0.13) return `not (${this.#condition(columns, outer, depth)})`;
    if (depth > 0 && roll < 0.5) return this.#subquery(columns, outer, depth - 1);
    return this.#simple(draw.chance(0.2) ? [...columns, ...outer] : columns);
  }

  #simple(columns: readonly string[]): string {
    const draw = this.#draw;
    const column = draw.of(columns);
    switch (draw.below(5)) {
      case 0:
        return `${column} is ${draw.of(['', 'not '])}null`;
      case 1:
        return `${column} in (${draw.below(5)}, ${draw.below(5)})`;
      case 2:
        return `${column} ${this.#comparison()} ${draw.of(columns)}`;
      case 3:
        return `coalesce(${column}, ${draw.below(5)}) ${this.#comparison()} ${draw.below(5)}`;
      default:
        return `${column} ${this.#comparison()} ${draw.below(5)}`;
    }
  }

  #subquery(columns: readonly string[], outer: readonly string[], depth: number): string {
    const draw = this.#draw;
    const around = draw.chance(0.8) ? [...columns, ...outer] : [];
    const column = draw.of(columns);
    switch (draw.below(7)) {
      case 0:
        return `exists (${this.#select(around, depth).sql})`;
      case 1:
        return `not exists (${this.#select(around, depth).sql})`;
      case 2:
        return `${column} in (${this.#select(around, depth, 1).sql})`;
      case 3:
        return `${column} not in (${this.#select(around, depth, 1).sql})`;
      case 4:
        return `${column} ${this.#comparison()} ${draw.of(['any', 'all'])} (${this.#select(around, depth, 1).sql})`;
      case 5:
        return `(${column}, ${draw.of(columns)}) ${draw.of(['in', 'not in'])} (${this.#select(around, depth, 2).sql})`;
      default:
        return `${column} ${this.#comparison()} ${this.#scalar(around, depth)}`;
    }
  }

  /** A subquery of one row: an aggregate without groups, or the first of an order that leaves no choice. */
  #scalar(outer: readonly string[], depth: number): string {
    const draw = this.#draw;
    if (draw.chance(0.3)) return `(${this.#select(outer, depth, 1).sql} order by 1 limit 1)`;
    const from = this.#from(outer, depth);
    return `(select ${this.#aggregate(from.columns)} from ${from.sql}${this.#where(from.columns, outer, depth)})`;
  }

  #value(columns: readonly string[], outer: readonly string[], depth: number): string {
    const draw = this.#draw;
    if (depth > 0 && draw.chance(0.12)) return this.#scalar([...columns, ...outer], depth - 1);
    if (depth > 0 && draw.chance(0.05))
      return `case when exists (${this.#select([...columns, ...outer], depth - 1).sql}) then 1 else 0 end`;
    return draw.chance(0.15) ? `${draw.of(columns)} + ${draw.of(columns)}` : draw.of(columns);
  }

  #aggregate(columns: readonly string[]): string {
    const column = this.#draw.of(columns);
    return this.#draw.of([
      'count(*)',
      `count(${column})`,
      `sum(${column})`,
      `min(${column})`,
      `max(${column})`,
      `count(distinct ${column})`,
    ]);
  }

  #comparison(): string {
    return this.#draw.of(['=', '<>', '<', '<=', '>', '>=']);
  }

  #alias(): string {
    return `t${++this.#aliases}`;
  }
}

function positions(width: number): string {
  return Array.from({ length: width }, (_, at) => at + 1).join(', ');
}
