/** The clauses of a query, and what may stand in each: aggregates, window calls, set-returning functions. */

export interface Clause {
  /** As PostgreSQL's messages name it: "aggregate functions are not allowed in WHERE". */
  readonly words: string;
  readonly aggregates: boolean;
  readonly windows: boolean;
  readonly sets: boolean;
  readonly subqueries: boolean;
  readonly columns: boolean;
}

function clause(words: string, allowed: Partial<Omit<Clause, 'words'>> = {}): Clause {
  return { words, aggregates: false, windows: false, sets: false, subqueries: true, columns: true, ...allowed };
}

export const CLAUSE = {
  from: clause('FROM'),
  select: clause('SELECT', { aggregates: true, windows: true, sets: true }),
  where: clause('WHERE'),
  having: clause('HAVING', { aggregates: true }),
  filter: clause('FILTER'),
  joinOn: clause('JOIN conditions'),
  functionFrom: clause('functions in FROM', { sets: true }),
  groupBy: clause('GROUP BY', { sets: true }),
  orderBy: clause('ORDER BY', { aggregates: true, windows: true, sets: true }),
  distinctOn: clause('DISTINCT ON', { aggregates: true, windows: true, sets: true }),
  windowPartition: clause('window definitions', { aggregates: true }),
  windowFrame: clause('window frame', { aggregates: true }),
  limit: clause('LIMIT'),
  offset: clause('OFFSET'),
  values: clause('VALUES', { sets: true }),
  insert: clause('INSERT'),
  update: clause('UPDATE'),
  returning: clause('RETURNING'),
  default: clause('DEFAULT expressions', { subqueries: false, columns: false }),
  check: clause('check constraints', { subqueries: false }),
  generated: clause('column generation expressions', { subqueries: false }),
  index: clause('index expressions', { subqueries: false }),
  predicate: clause('index predicates', { subqueries: false }),
  conflict: clause('ON CONFLICT'),
  other: clause('EXECUTE parameters'),
} as const;
