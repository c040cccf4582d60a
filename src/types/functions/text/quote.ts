import { SqlError } from '../../../base/sql-error.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { TypeDefinition } from '../../type.ts';
import { SqlArray, type Value } from '../../value.ts';
import { ARRAY, generic, scalar } from '../define.ts';
import { knownType } from '../known-type.ts';

const { text, bool, anyelement } = OID;

/** The keywords of PostgreSQL 15 that cannot stand as a name everywhere, and are quoted therefore. */
const QUOTED_KEYWORDS: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character ' +
    'check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role ' +
    'current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists ' +
    'extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int ' +
    'integer intersect interval into is isnull join lateral leading least left like limit localtime localtimestamp national natural ' +
    'nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position ' +
    'precision primary real references returning right row select session_user setof similar smallint some substring symmetric table ' +
    'tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where ' +
    'window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable'
  ).split(' '),
);

/** quote_ident, quote_literal, quote_nullable, parse_ident. */
export function quoteFunctions(): SqlFunction[] {
  return [
    scalar('quote_ident', [text], text, (_, value: string) => quoteIdentifier(value)),
    scalar('quote_literal', [text], text, (_, value: string) => quoteLiteral(value)),
    generic(
      'quote_literal',
      [anyelement],
      text,
      ([type]) => {
        const definition = knownType(type.oid);
        return (context: EvaluationContext, value: Exclude<Value, null>) => quoteLiteral(castText(definition, value, context));
      },
      { volatility: 'stable' },
    ),
    scalar('quote_nullable', [text], text, (_, value: string | null) => (value === null ? 'NULL' : quoteLiteral(value)), { strict: false }),
    generic(
      'quote_nullable',
      [anyelement],
      text,
      ([type]) => {
        const definition = knownType(type.oid);
        return (context: EvaluationContext, value: Value) => (value === null ? 'NULL' : quoteLiteral(castText(definition, value, context)));
      },
      { strict: false, volatility: 'stable' },
    ),
    scalar('parse_ident', [text, bool], ARRAY.text, (_, value: string, strict: boolean) => new SqlArray(identifierParts(value, strict)), {
      defaults: [true],
    }),
  ];
}

/** `name` as it may be written in SQL: as it is, or in double quotes where case, characters or keywords ask for them. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !QUOTED_KEYWORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `value` as a string literal; with backslashes, as an E'' literal. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? `E${quoted}` : quoted;
}

/** The parts of a possibly qualified and quoted name, unquoted ones in lower case. Trailing text is an error when `strict`. */
export function identifierParts(name: string, strict: boolean): string[] {
  const invalid = (detail?: string): never => {
    throw new SqlError('invalid_parameter_value', `string is not a valid identifier: "${name}"`, { detail });
  };
  const parts: string[] = [];
  let rest = name.replace(/^[ \t\n\r\f]+/, '');
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)("?)/.exec(rest);
    const plain = /^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/.exec(rest);
    if (quoted !== null) {
      if (quoted[2] === '') invalid('String has unclosed double quotes.');
      if (quoted[1] === '') invalid('Quoted identifier must not be empty.');
      parts.push(quoted[1].replaceAll('""', '"'));
      rest = rest.slice(quoted[0].length);
    } else if (plain !== null) {
      parts.push(plain[0].replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));
      rest = rest.slice(plain[0].length);
    } else if (rest.startsWith('.')) invalid('No valid identifier before ".".');
    else if (parts.length > 0) invalid('No valid identifier after ".".');
    else invalid();
    rest = rest.replace(/^[ \t\n\r\f]+/, '');
    if (!rest.startsWith('.')) break;
    rest = rest.slice(1).replace(/^[ \t\n\r\f]+/, '');
  }
  if (rest !== '' && strict) invalid();
  return parts;
}

/** A value cast to text: its output, but for booleans, which a cast spells out. */
function castText(definition: TypeDefinition, value: Exclude<Value, null>, context: EvaluationContext): string {
  return typeof value === 'boolean' ? String(value) : definition.output(value, context);
}
