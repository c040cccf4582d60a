import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { multiplyNumeric } from '../../numeric/arithmetic.ts';
import { intOfNumeric, numericOfInt } from '../../numeric/convert.ts';
import { parseNumeric } from '../../numeric/parse.ts';
import { textOfNumeric } from '../../numeric/print.ts';
import { truncateNumeric } from '../../numeric/rounding.ts';
import { OID } from '../../oid.ts';
import type { Numeric } from '../../value.ts';
import { scalar } from '../define.ts';

const { int8, numeric, text } = OID;

/** Each unit's name and the size below which it is shown; all but bytes are kept doubled until they are shown, then rounded. */
const UNITS: readonly (readonly [name: string, limit: bigint])[] = [
  ['bytes', 10240n],
  ['kB', 20479n],
  ['MB', 20479n],
  ['GB', 20479n],
  ['TB', 20479n],
  ['PB', 20479n],
];

/** pg_size_pretty and pg_size_bytes. */
export function sizeFunctions(): SqlFunction[] {
  return [
    scalar('pg_size_pretty', [int8], text, (_, bytes: number | bigint) => pretty(BigInt(bytes), String(bytes))),
    scalar('pg_size_pretty', [numeric], text, (_, bytes: Numeric) =>
      pretty(BigInt(truncateNumeric(bytes, 0).coefficient), textOfNumeric(bytes)),
    ),
    scalar('pg_size_bytes', [text], int8, (_, size: string) => bytesOf(size)),
  ];
}

function pretty(bytes: bigint, exact: string): string {
  let size = bytes;
  for (const [at, [name, limit]] of UNITS.entries()) {
    const magnitude = size < 0n ? -size : size;
    if (at === 0 && magnitude < limit) return `${exact} bytes`;
    if (at > 0 && (at === UNITS.length - 1 || magnitude < limit)) return `${(size + (size < 0n ? -1n : 1n)) / 2n} ${name}`;
    size /= at === 0 ? 512n : 1024n;
  }
  return `${exact} bytes`;
}

const SIZE = /^[ \t\n\r\f\v]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\r\f\v]*(.*?)[ \t\n\r\f\v]*$/s;

function bytesOf(size: string): number | bigint {
  const match = SIZE.exec(size);
  const amount = match === null ? undefined : parseNumeric(match[1]);
  if (match === null || amount === undefined) throw new SqlError('invalid_parameter_value', `invalid size: "${size}"`);
  const unit = match[2] === '' ? 0 : UNITS.findIndex(([name]) => name.toLowerCase() === match[2].toLowerCase());
  const power = match[2].toLowerCase() === 'b' ? 0 : unit;
  if (power < 0) {
    throw new SqlError('invalid_parameter_value', `invalid size: "${size}"`, {
      detail: `Invalid size unit: "${match[2]}".`,
      hint: 'Valid units are "bytes", "B", "kB", "MB", "GB", "TB", and "PB".',
    });
  }
  return intOfNumeric(multiplyNumeric(amount, numericOfInt(1024n ** BigInt(power))));
}
