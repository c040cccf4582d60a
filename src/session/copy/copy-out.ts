/** COPY … TO: rows as lines of text or CSV. */
import type { CopyStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import { namesOf } from '../../executor/ddl/names.ts';
import { deparse } from '../../sql/deparse.ts';
import { parse } from '../../sql/parse.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Value } from '../../types/value.ts';
import { runQuery, type StatementScope } from '../query.ts';
import type { Field } from '../session.ts';
import { columnPositions } from './row-maker.ts';
import type { CopyFormat } from './copy-format.ts';
import { copyFormat, refuseFiles } from './copy-statement.ts';
import { escaped } from './text-escapes.ts';

/** Runs a COPY … TO STDOUT: `onStart` gets the number of columns, then `send` its text, batch by batch; the number of rows. */
export async function copyOut(
  scope: StatementScope,
  copy: CopyStmt,
  send: (text: string) => void | Promise<void>,
  onStart: (columns: number) => void = () => undefined,
): Promise<number> {
  refuseFiles(copy);
  const format = copyFormat(copy.options, false);
  const running = runQuery(scope, copiedQuery(scope, copy), [], []);
  const fields = running.fields ?? [];
  const line = lineWriter(format, fields);
  const textOf = (field: Field, value: Value): string | null =>
    value === null ? null : typeDefinition(field.type.oid).output(value, scope.context);
  let rows = 0;
  onStart(fields.length);
  try {
    if (format.header !== 'none') {
      const names = fields.map((field) => field.name);
      await send(line(names, true));
    }
    for (let batch = await running.next(); batch !== null; batch = await running.next()) {
      const lines = batch.map((row) =>
        line(
          fields.map((field, at) => textOf(field, row[at])),
          false,
        ),
      );
      await send(lines.join(''));
      rows += batch.length;
    }
    return rows;
  } finally {
    running.close();
  }
}

function copiedQuery(scope: StatementScope, copy: CopyStmt): ReturnType<typeof parse>[number] {
  if (copy.query !== undefined) return one(deparse(copy.query));
  const { schemaname: schema, relname: name = '' } = copy.relation ?? {};
  const relation = scope.block.editor.snapshot.findRelation(schema, name, scope.searchPath);
  if (relation === undefined)
    throw new SqlError('undefined_table', `relation "${schema === undefined ? '' : `${schema}.`}${name}" does not exist`);
  if (relation.kind === 'view')
    throw new SqlError('wrong_object_type', `cannot copy from view "${name}"`, { hint: 'Try the COPY (SELECT ...) TO variant.' });
  if (relation.kind === 'sequence') throw new SqlError('wrong_object_type', `cannot copy from sequence "${name}"`);
  const given = copy.attlist === undefined ? undefined : namesOf(copy.attlist);
  const names =
    relation.kind === 'table'
      ? columnPositions(relation, given).map((at) => relation.columns[at].name)
      : (given ?? relation.columns.map((column) => column.name));
  return one(`SELECT ${names.map(quoted).join(', ')} FROM ${quoted(relation.schemaName)}.${quoted(relation.name)}`);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function one(text: string): ReturnType<typeof parse>[number] {
  const [statement] = parse(text);
  if (statement === undefined) throw new SqlError('internal_error', 'an internal query is empty');
  return statement;
}

/** Writes cells as a line; those of a header are quoted only where they must be. */
function lineWriter(format: CopyFormat, fields: readonly Field[]): (cells: readonly (string | null)[], isHeader: boolean) => string {
  const cell =
    format.kind === 'csv'
      ? csvCell(format, fields)
      : (text: string | null) => (text === null ? (format.nullText ?? '') : escaped(text, format.delimiter));
  return (cells, isHeader) => `${cells.map((text, at) => cell(text, isHeader ? -1 : at)).join(format.delimiter)}\n`;
}

function csvCell(format: CopyFormat & { readonly kind: 'csv' }, fields: readonly Field[]): (text: string | null, at: number) => string {
  const { delimiter, quote, escape, nullText, forceQuote } = format;
  const forced = fields.map((field) => forceQuote === '*' || forceQuote.includes(field.name));
  return (text, at) => {
    if (text === null) return nullText;
    const needsQuotes =
      forced[at] === true || text === nullText || text === '\\.' || text.includes(delimiter) || text.includes(quote) || /[\r\n]/.test(text);
    if (!needsQuotes) return text;
    let out = quote;
    for (const character of text) out += character === quote || character === escape ? escape + character : character;
    return out + quote;
  };
}
