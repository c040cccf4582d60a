import { SqlError } from '../../base/sql-error.ts';
import { OID, type Oid } from '../oid.ts';
import { compareBlankPadded, compareText, cutToBytes, firstCharacters, characterCount, trimBlankEnd } from '../text/compare.ts';
import type { TypeDefinition } from '../type.ts';
import { define, type TypeSpecification } from './define.ts';

/** Bytes that a name keeps. */
export const NAME_BYTES_MAX = 63;

/** text and its kin: varchar, character, name, "char", unknown, cstring, pg_node_tree. */
export const stringDefinitions: readonly TypeDefinition[] = [
  textual(OID.text, 'text', { category: 'S', preferred: true, arrayOid: 1009 }),
  textual(OID.varchar, 'varchar', {
    displayName: 'character varying',
    category: 'S',
    arrayOid: 1015,
    input: (text, _context, modifier) => fitVarchar(text, modifier, false),
  }),
  textual(OID.bpchar, 'bpchar', {
    displayName: 'character',
    category: 'S',
    arrayOid: 1014,
    input: (text, _context, modifier) => fitCharacter(text, modifier, false),
    compare: compareBlankPadded,
    hashKey: trimBlankEnd,
  }),
  textual(OID.name, 'name', { category: 'S', arrayOid: 1003, elementOid: OID.char, length: 64, input: toName }),
  textual(OID.char, 'char', { displayName: '"char"', category: 'Z', arrayOid: 1002, length: 1, input: toSingleCharacter }),
  textual(OID.unknown, 'unknown', { category: 'X', arrayOid: 0, length: -2 }),
  textual(OID.cstring, 'cstring', { category: 'P', arrayOid: 1263, length: -2 }),
  textual(OID.pg_node_tree, 'pg_node_tree', { category: 'Z', arrayOid: 0 }),
];

/** The value of varchar(n): what is longer is an error (22001) unless only blanks are lost, or is cut when `explicit`. */
export function fitVarchar(text: string, modifier: number, explicit: boolean): string {
  const length = modifier - 4;
  if (modifier < 4 || text.length <= length || characterCount(text) <= length) return text;
  return cut(text, length, explicit, 'character varying');
}

/** The value of character(n): cut as varchar's, and padded with blanks. */
export function fitCharacter(text: string, modifier: number, explicit: boolean): string {
  const length = modifier - 4;
  if (modifier < 4) return text;
  const characters = characterCount(text);
  if (characters > length) return cut(text, length, explicit, 'character');
  return characters === length ? text : text + ' '.repeat(length - characters);
}

/** The value of name: cut to 63 bytes. */
export function toName(text: string): string {
  return cutToBytes(text, NAME_BYTES_MAX);
}

/** The value of "char": the first character, or a byte written as \ooo. */
export function toSingleCharacter(text: string): string {
  const octal = /^\\([0-3][0-7][0-7])$/.exec(text);
  if (octal !== null) return Number.parseInt(octal[1], 8) === 0 ? '' : String.fromCharCode(Number.parseInt(octal[1], 8));
  return firstCharacters(text, 1);
}

function cut(text: string, length: number, explicit: boolean, typeName: string): string {
  const kept = firstCharacters(text, length);
  if (!explicit && /[^ ]/.test(text.slice(kept.length)))
    throw new SqlError('string_data_right_truncation', `value too long for type ${typeName}(${length})`);
  return kept;
}

type Particulars = Pick<TypeSpecification<string>, 'category' | 'arrayOid'> & Partial<TypeSpecification<string>>;

function textual(oid: Oid, name: string, particulars: Particulars): TypeDefinition {
  return define<string>({
    oid,
    name,
    length: -1,
    physical: 'text',
    input: (text) => text,
    output: (value) => value,
    compare: compareText,
    ...particulars,
  });
}
