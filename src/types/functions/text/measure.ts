import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { overloads, scalar } from '../define.ts';
import { characterCount, utf8Length } from './characters.ts';

const { text, bpchar, bytea, int4 } = OID;

/** Lengths of strings in characters, bytes and bits. A char(n) counts without its padding, its bytes with it. */
export function measureFunctions(): SqlFunction[] {
  const names = ['length', 'char_length', 'character_length'];
  return [
    ...names.map((name) => scalar(name, [text], int4, (_, value: string) => characterCount(value))),
    ...names.map((name) => scalar(name, [bpchar], int4, (_, value: string) => characterCount(value.replace(/ +$/, '')))),
    scalar('textlen', [text], int4, (_, value: string) => characterCount(value)),
    scalar('length', [bytea], int4, (_, value: Uint8Array) => value.length),
    scalar('bit_length', [bytea], int4, (_, value: Uint8Array) => value.length * 8),
    scalar('octet_length', [bytea], int4, (_, value: Uint8Array) => value.length),
    scalar('bit_length', [text], int4, (_, value: string) => utf8Length(value) * 8),
    ...overloads(
      'octet_length',
      [
        [[text], int4],
        [[bpchar], int4],
      ],
      (_, value: string) => utf8Length(value),
    ),
  ];
}
