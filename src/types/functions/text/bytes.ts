import { concatBytes, hexOf, utf8 } from '../../../base/bytes.ts';
import { md5 } from '../../../base/md5.ts';
import { sha224, sha256 } from '../../../base/sha256.ts';
import { sha384, sha512 } from '../../../base/sha512.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';

const { text, bytea, int4, int8 } = OID;

/** Functions of byte strings: parts, single bytes and bits, digests. */
export function bytesFunctions(): SqlFunction[] {
  return [
    ...['substring', 'substr'].flatMap((name) => [
      scalar(name, [bytea, int4], bytea, (_, value: Uint8Array, from: number) => value.slice(Math.max(0, from - 1))),
      scalar(name, [bytea, int4, int4], bytea, (_, value: Uint8Array, from: number, length: number) => part(value, from, length)),
    ]),
    scalar('position', [bytea, bytea], int4, (_, value: Uint8Array, searched: Uint8Array) => indexOf(value, searched) + 1),
    scalar('overlay', [bytea, bytea, int4], bytea, (_, value: Uint8Array, put: Uint8Array, from: number) =>
      overlaid(value, put, from, put.length),
    ),
    scalar('overlay', [bytea, bytea, int4, int4], bytea, (_, value: Uint8Array, put: Uint8Array, from: number, length: number) =>
      overlaid(value, put, from, length),
    ),
    scalar('get_byte', [bytea, int4], int4, (_, value: Uint8Array, at: number) => value[inside(at, value.length)]),
    scalar('set_byte', [bytea, int4, int4], bytea, (_, value: Uint8Array, at: number, byte: number) => {
      const changed = value.slice();
      changed[inside(at, value.length)] = byte;
      return changed;
    }),
    scalar('get_bit', [bytea, int8], int4, (_, value: Uint8Array, at: number | bigint) => {
      const bit = inside(at, value.length * 8);
      return (value[bit >> 3] >> (bit & 7)) & 1;
    }),
    scalar('set_bit', [bytea, int8, int4], bytea, (_, value: Uint8Array, at: number | bigint, bit: number) => {
      const place = inside(at, value.length * 8);
      if (bit !== 0 && bit !== 1) throw new SqlError('invalid_parameter_value', 'new bit must be 0 or 1');
      const changed = value.slice();
      const mask = 1 << (place & 7);
      changed[place >> 3] = bit === 1 ? value[place >> 3] | mask : value[place >> 3] & ~mask;
      return changed;
    }),
    scalar('bit_count', [bytea], int8, (_, value: Uint8Array) => {
      let count = 0;
      for (const byte of value) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
      return count;
    }),
    scalar('md5', [text], text, (_, value: string) => hexOf(md5(utf8(value)))),
    scalar('md5', [bytea], text, (_, value: Uint8Array) => hexOf(md5(value))),
    scalar('sha224', [bytea], bytea, (_, value: Uint8Array) => sha224(value)),
    scalar('sha256', [bytea], bytea, (_, value: Uint8Array) => sha256(value)),
    scalar('sha384', [bytea], bytea, (_, value: Uint8Array) => sha384(value)),
    scalar('sha512', [bytea], bytea, (_, value: Uint8Array) => sha512(value)),
  ];
}

function part(value: Uint8Array, from: number, length: number): Uint8Array {
  if (length < 0) throw new SqlError('substring_error', 'negative substring length not allowed');
  return value.slice(Math.max(0, from - 1), Math.max(0, from - 1 + length));
}

function indexOf(value: Uint8Array, searched: Uint8Array): number {
  outer: for (let at = 0; at + searched.length <= value.length; at++) {
    for (let offset = 0; offset < searched.length; offset++) if (value[at + offset] !== searched[offset]) continue outer;
    return at;
  }
  return -1;
}

function overlaid(value: Uint8Array, put: Uint8Array, from: number, length: number): Uint8Array {
  if (from <= 0) throw new SqlError('substring_error', 'negative substring length not allowed');
  return concatBytes([value.slice(0, from - 1), put, value.slice(Math.max(0, from - 1 + length))]);
}

function inside(at: number | bigint, length: number): number {
  if (at >= 0 && at < length) return Number(at);
  throw new SqlError('array_subscript_error', `index ${at} out of valid range, 0..${length - 1}`);
}
