/** Schema and queries as the peers want them. */

/** DuckDB is faster at loading without its key indexes, and at analytics no slower: it gets the tables without. */
export function duckSchema(statement: string): string {
  return statement.replaceAll(/,\s*PRIMARY KEY \([^)]*\)/gi, '').replaceAll(/ PRIMARY KEY/gi, '');
}

/** SQLite keeps dates as text, and has neither EXTRACT nor SUBSTRING … FROM nor names for the columns of a derived table (q13). */
export function sqliteQuery(sql: string): string {
  return sql
    .replaceAll(/cast\(('[^']*')\s+as\s+date\)/gi, '$1')
    .replaceAll(/\bdate\s+('[^']*')/gi, '$1')
    .replaceAll(/extract\(\s*year\s+from\s+([\w.]+)\s*\)/gi, "CAST(strftime('%Y', $1) AS INTEGER)")
    .replaceAll(/substring\(\s*([\w.]+)\s+from\s+(\d+)\s+for\s+(\d+)\s*\)/gi, 'substr($1, $2, $3)')
    .replaceAll(/\)\s+as\s+(\w+)\s*\(c_custkey,\s*c_count\)/gi, ') AS $1')
    .replaceAll(/count\(o_orderkey\)(?!\s+as)/gi, 'count(o_orderkey) AS c_count');
}
