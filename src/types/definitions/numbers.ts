import { compareFloat, parseFloat4, parseFloat8, textOfFloat4, textOfFloat8 } from '../float.ts';
import { compareInt8, parseInteger } from '../integer.ts';
import { compareNumeric, numericHashKey } from '../numeric/arithmetic.ts';
import { numericOfText } from '../numeric/parse.ts';
import { textOfNumeric } from '../numeric/print.ts';
import { OID } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import type { Numeric } from '../value.ts';
import { compareNumbers, define } from './define.ts';

/** smallint, integer, bigint, real, double precision, numeric. */
export const numberDefinitions: readonly TypeDefinition[] = [
  define<number>({
    oid: OID.int2,
    name: 'int2',
    displayName: 'smallint',
    category: 'N',
    length: 2,
    arrayOid: 1005,
    physical: 'int32',
    input: (text) => Number(parseInteger(text, 2)),
    output: String,
    compare: compareNumbers,
  }),
  define<number>({
    oid: OID.int4,
    name: 'int4',
    displayName: 'integer',
    category: 'N',
    length: 4,
    arrayOid: 1007,
    physical: 'int32',
    input: (text) => Number(parseInteger(text, 4)),
    output: String,
    compare: compareNumbers,
  }),
  define<number | bigint>({
    oid: OID.int8,
    name: 'int8',
    displayName: 'bigint',
    category: 'N',
    length: 8,
    arrayOid: 1016,
    physical: 'int64',
    input: (text) => parseInteger(text, 8),
    output: String,
    compare: compareInt8,
    hashKey: (value) => value,
  }),
  define<number>({
    oid: OID.float4,
    name: 'float4',
    displayName: 'real',
    category: 'N',
    length: 4,
    arrayOid: 1021,
    physical: 'float32',
    input: parseFloat4,
    output: (value, context) => textOfFloat4(value, context.extraFloatDigits),
    compare: compareFloat,
    hashKey: floatHashKey,
  }),
  define<number>({
    oid: OID.float8,
    name: 'float8',
    displayName: 'double precision',
    category: 'N',
    preferred: true,
    length: 8,
    arrayOid: 1022,
    physical: 'float64',
    input: parseFloat8,
    output: (value, context) => textOfFloat8(value, context.extraFloatDigits),
    compare: compareFloat,
    hashKey: floatHashKey,
  }),
  define<Numeric>({
    oid: OID.numeric,
    name: 'numeric',
    category: 'N',
    length: -1,
    arrayOid: 1231,
    physical: 'numeric',
    input: (text, _context, modifier) => numericOfText(text, modifier),
    output: textOfNumeric,
    compare: compareNumeric,
    hashKey: numericHashKey,
  }),
];

/** Map keys know 0 from -0 no more than `=` does, and NaN equals itself there too. */
function floatHashKey(value: number): number {
  return value;
}
