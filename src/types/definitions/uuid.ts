import { bytesOfHex, hexOf } from '../../base/bytes.ts';
import { SqlError } from '../../base/sql-error.ts';
import { OID } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import { define } from './define.ts';

/** uuid. */
export const uuidDefinition: TypeDefinition = define<string>({
  oid: OID.uuid,
  name: 'uuid',
  category: 'U',
  length: 16,
  arrayOid: 2951,
  physical: 'bytes',
  input: parseUuid,
  output: (value) => value,
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  store: (value) => bytesOfUuid(value),
  load: uuidOfBytes,
});

/** A uuid in lower case with hyphens; braces and hyphens after any four digits are accepted. SQLSTATE 22P02 otherwise. */
function parseUuid(text: string): string {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  if (!/^(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}$/.test(inner))
    throw new SqlError('invalid_text_representation', `invalid input syntax for type uuid: "${text}"`);
  return hyphenated(inner.replaceAll('-', '').toLowerCase());
}

/** The text of 16 bytes. */
function uuidOfBytes(bytes: Uint8Array): string {
  return hyphenated(hexOf(bytes));
}

function bytesOfUuid(value: string): Uint8Array {
  return bytesOfHex(value.replaceAll('-', '')) ?? new Uint8Array(16);
}

function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
