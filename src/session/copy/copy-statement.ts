/** COPY's syntax tree, read. */
import type { CopyStmt, DefElem, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import { namesOf } from '../../executor/ddl/names.ts';
import { parse, type ParsedStatement } from '../../sql/parse.ts';
import { CSV_FORMAT, TEXT_FORMAT, type CopyFormat, type CsvFormat, type Header } from './copy-format.ts';
import type { CopyFrom } from './copy-into.ts';

/** The statement, when it is COPY. */
export function copyStatement(statement: ParsedStatement | undefined): CopyStmt | undefined {
  return statement !== undefined && 'CopyStmt' in statement.node ? statement.node.CopyStmt : undefined;
}

/** Which way `text` copies, when it is one COPY statement to or from the client. */
export function copyDirection(text: string): 'in' | 'out' | undefined {
  if (!/^\s*(?:--[^\n]*\n\s*|\/\*.*?\*\/\s*)*copy\b/is.test(text)) return undefined;
  const statements = parse(text);
  const copy = statements.length === 1 ? copyStatement(statements[0]) : undefined;
  if (copy === undefined || copy.filename !== undefined || copy.is_program === true) return undefined;
  return copy.is_from === true ? 'in' : 'out';
}

/** What COPY … FROM STDIN loads. Server files and programs are 0A000: there is no server. */
export function copyFrom(copy: CopyStmt): CopyFrom {
  refuseFiles(copy);
  if (copy.whereClause !== undefined) throw new SqlError('feature_not_supported', 'COPY FROM … WHERE is not supported');
  return {
    schema: copy.relation?.schemaname,
    table: copy.relation?.relname ?? '',
    columns: copy.attlist === undefined ? undefined : namesOf(copy.attlist),
    format: copyFormat(copy.options, copy.is_from === true),
  };
}

export function refuseFiles(copy: CopyStmt): void {
  if (copy.is_program === true) throw new SqlError('feature_not_supported', 'COPY cannot run programs');
  if (copy.filename !== undefined) {
    throw new SqlError('feature_not_supported', 'COPY cannot read or write files of a server', {
      hint: 'Use COPY with STDIN or STDOUT, or "velocidb import".',
    });
  }
}

/** The options of COPY as a format. SQLSTATE 42601 for a repeated or unknown one, 22023 and 0A000 for values that make no sense. */
export function copyFormat(nodes: readonly Node[] | undefined, isFrom: boolean): CopyFormat {
  const options = new Map<string, DefElem>();
  for (const node of nodes ?? []) {
    if (!('DefElem' in node)) continue;
    const name = node.DefElem.defname ?? '';
    if (options.has(name)) throw new SqlError('syntax_error', 'conflicting or redundant options');
    options.set(name, node.DefElem);
  }
  const kind = textOption(options, 'format') ?? 'text';
  if (kind === 'binary') throw new SqlError('feature_not_supported', 'COPY in binary format is not supported');
  if (kind !== 'text' && kind !== 'csv') throw new SqlError('invalid_parameter_value', `COPY format "${kind}" not recognized`);
  for (const name of options.keys()) {
    if (!KNOWN.has(name)) throw new SqlError('syntax_error', `option "${name}" not recognized`);
    if (kind === 'text' && CSV_ONLY.has(name))
      throw new SqlError('feature_not_supported', `COPY ${name.replace('_', ' ')} available only in CSV mode`);
  }
  const defaults = kind === 'csv' ? CSV_FORMAT : TEXT_FORMAT;
  const delimiter = oneCharacter(textOption(options, 'delimiter') ?? defaults.delimiter, 'delimiter');
  const nullText = textOption(options, 'null') ?? defaults.nullText;
  const header = headerOption(options.get('header'), isFrom);
  if (/[\r\n]/.test(nullText))
    throw new SqlError('invalid_parameter_value', 'COPY null representation cannot use newline or carriage return');
  if (nullText.includes(delimiter)) throw new SqlError('feature_not_supported', 'COPY delimiter must not appear in the NULL specification');
  const encoding = textOption(options, 'encoding');
  if (encoding !== undefined && !/^(?:utf-?8|sql_ascii)$/i.test(encoding))
    throw new SqlError('feature_not_supported', `encoding "${encoding}" is not supported`);
  if (kind === 'text') {
    if (/[\\.a-z0-9]/.test(delimiter)) throw new SqlError('invalid_parameter_value', `COPY delimiter cannot be "${delimiter}"`);
    return { kind, delimiter, nullText, header };
  }
  return csvFormat(options, { ...CSV_FORMAT, delimiter, nullText, header });
}

const KNOWN: ReadonlySet<string> = new Set([
  'format',
  'freeze',
  'delimiter',
  'null',
  'header',
  'quote',
  'escape',
  'force_quote',
  'force_not_null',
  'force_null',
  'encoding',
]);
const CSV_ONLY: ReadonlySet<string> = new Set(['quote', 'escape', 'force_quote', 'force_not_null', 'force_null']);

function csvFormat(options: ReadonlyMap<string, DefElem>, base: CsvFormat): CsvFormat {
  const quote = oneCharacter(textOption(options, 'quote') ?? base.quote, 'quote');
  const escape = oneCharacter(textOption(options, 'escape') ?? quote, 'escape');
  if (quote === base.delimiter) throw new SqlError('invalid_parameter_value', 'COPY delimiter and quote must be different');
  if (base.nullText.includes(quote))
    throw new SqlError('feature_not_supported', 'CSV quote character must not appear in the NULL specification');
  const forceQuote = options.get('force_quote')?.arg;
  return {
    ...base,
    quote,
    escape,
    forceNull: listOption(options.get('force_null')),
    forceNotNull: listOption(options.get('force_not_null')),
    forceQuote: forceQuote !== undefined && 'A_Star' in forceQuote ? '*' : listOption(options.get('force_quote')),
  };
}

function textOption(options: ReadonlyMap<string, DefElem>, name: string): string | undefined {
  const arg = options.get(name)?.arg;
  return arg === undefined ? undefined : 'String' in arg ? (arg.String.sval ?? '') : undefined;
}

function listOption(option: DefElem | undefined): string[] {
  const arg = option?.arg;
  return arg !== undefined && 'List' in arg ? namesOf(arg.List.items) : [];
}

function headerOption(option: DefElem | undefined, isFrom: boolean): Header {
  if (option === undefined) return 'none';
  const { arg } = option;
  if (arg === undefined) return 'skip';
  const text =
    'String' in arg
      ? (arg.String.sval ?? '')
      : 'Boolean' in arg
        ? String(arg.Boolean.boolval ?? false)
        : 'Integer' in arg
          ? String(arg.Integer.ival ?? 0)
          : '';
  if (/^(?:true|on|1)$/i.test(text)) return 'skip';
  if (/^(?:false|off|0)$/i.test(text)) return 'none';
  if (/^match$/i.test(text)) {
    if (!isFrom) throw new SqlError('invalid_parameter_value', 'cannot use "match" with HEADER in COPY TO');
    return 'match';
  }
  throw new SqlError('syntax_error', 'header requires a Boolean value or "match"');
}

function oneCharacter(text: string, what: string): string {
  if (text.length === 1 && text.charCodeAt(0) < 0x80 && !/[\r\n]/.test(text)) return text;
  if (text.length === 1 && /[\r\n]/.test(text))
    throw new SqlError('invalid_parameter_value', `COPY ${what} cannot be newline or carriage return`);
  throw new SqlError('feature_not_supported', `COPY ${what} must be a single one-byte character`);
}
