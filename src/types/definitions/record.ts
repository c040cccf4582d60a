import { SqlError } from '../../base/sql-error.ts';
import { loadRecord, storeRecord, writeSortKey, type TypeLookup } from '../nested-codec.ts';
import { oid, OID } from '../oid.ts';
import { SortKeyWriter } from '../sort-key.ts';
import type { TypeContext, TypeDefinition } from '../type.ts';
import type { SqlRecord } from '../value.ts';
import { compareNullable, hashPiece } from './arrays.ts';
import { define } from './define.ts';

/** record: fields of any types, found through `lookup`. */
export function recordDefinition(lookup: TypeLookup): TypeDefinition {
  return define<SqlRecord>({
    oid: OID.record,
    name: 'record',
    category: 'P',
    length: -1,
    arrayOid: 2287,
    physical: 'bytes',
    input: () => {
      throw new SqlError('feature_not_supported', 'input of anonymous composite types is not implemented');
    },
    output: (value, context) => printRecord(value, context, lookup),
    compare: (a, b) => compareRecords(a, b, lookup),
    hashKey: (value) => value.fields.map((field, index) => hashPiece(field, lookup(oid(value.types[index])))).join(''),
    store: (value) => storeRecord(value, lookup),
    load: (stored: Uint8Array) => loadRecord(stored, lookup),
    sortKey: (value) => recordSortKey(value, lookup),
  });
}

/** `(1,"a b",)`: nulls are nothing, texts are quoted when they must be. */
function printRecord(record: SqlRecord, context: TypeContext, lookup: TypeLookup): string {
  const fields = record.fields.map((field, index) => {
    if (field === null) return '';
    const text = lookup(oid(record.types[index])).output(field, context);
    return text === '' || /["\\(),\s]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
  });
  return `(${fields.join(',')})`;
}

function compareRecords(a: SqlRecord, b: SqlRecord, lookup: TypeLookup): number {
  const count = Math.min(a.fields.length, b.fields.length);
  for (let index = 0; index < count; index++) {
    const left = lookup(oid(a.types[index]));
    if (a.types[index] !== b.types[index]) {
      const right = lookup(oid(b.types[index]));
      throw new SqlError(
        'datatype_mismatch',
        `cannot compare dissimilar column types ${left.displayName} and ${right.displayName} at record column ${index + 1}`,
      );
    }
    const { compare } = left;
    if (compare === undefined)
      throw new SqlError('undefined_function', `could not identify a comparison function for type ${left.displayName}`);
    const order = compareNullable(a.fields[index], b.fields[index], compare);
    if (order !== 0) return order;
  }
  if (a.fields.length !== b.fields.length)
    throw new SqlError('datatype_mismatch', 'cannot compare record types with different numbers of columns');
  return 0;
}

function recordSortKey(record: SqlRecord, lookup: TypeLookup): Uint8Array {
  const writer = new SortKeyWriter();
  record.fields.forEach((field, index) => {
    writer.byte(field === null ? 2 : 1);
    if (field !== null) writeSortKey(writer, field, lookup(oid(record.types[index])));
  });
  return writer.finish();
}
