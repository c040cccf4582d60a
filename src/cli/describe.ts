/** The queries behind \dt and its like. */

const KINDS: Readonly<Record<string, readonly string[]>> = { d: ['r', 'v', 'S'], t: ['r'], v: ['v'], i: ['i'], s: ['S'] };

/** The query of a listing command with its pattern; undefined for commands that list nothing. */
export function describeQuery(command: string, argument: string): string | undefined {
  const name = command.replace(/[+S]$/, '');
  if (name === 'l') return 'SELECT datname AS "Name", pg_get_userbyid(datdba) AS "Owner" FROM pg_catalog.pg_database ORDER BY 1';
  if (name === 'dn')
    return `SELECT nspname AS "Name" FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`;
  const letter = /^d([tvis])$/.exec(name)?.[1];
  return letter === undefined ? undefined : listQuery(letter, argument);
}

/** Relations of the kinds `letter` stands for whose name fits `pattern` (psql's: * and ?, a schema before a dot). */
export function listQuery(letter: string, pattern = ''): string {
  const kinds = (KINDS[letter] ?? []).map((kind) => `'${kind}'`).join(', ');
  const { schema, name } = nameParts(pattern);
  const inSchema =
    schema === undefined
      ? `n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_toast'`
      : `n.nspname ~ ${regex(schema)}`;
  const named = name === '' ? '' : ` AND c.relname ~ ${regex(name)}`;
  return `SELECT n.nspname AS "Schema", c.relname AS "Name",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' END AS "Type",
  pg_catalog.pg_get_userbyid(c.relowner) AS "Owner"
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN (${kinds}) AND ${inSchema}${named}
ORDER BY 1, 2`;
}

/** Splits `schema.name`, folding to lower case what is not quoted. */
export function nameParts(text: string): { readonly schema: string | undefined; readonly name: string } {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^."\s]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare.toLowerCase(),
  );
  return { schema: parts.length > 1 ? parts[parts.length - 2] : undefined, name: parts[parts.length - 1] ?? '' };
}

/** A text literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function regex(pattern: string): string {
  const escaped = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return literal(`^(${escaped})$`);
}
