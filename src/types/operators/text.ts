import { concatBytes } from '../../base/bytes.ts';
import type { EvaluationContext, ScalarFunction, SqlOperator } from '../function.ts';
import { OID } from '../oid.ts';
import { like, likeIgnoringCase, likeMatcher } from '../text/like.ts';
import { regexMatches } from '../text/regex.ts';
import type { SqlType } from '../type.ts';
import { typeDefinition } from '../types.ts';
import type { Value } from '../value.ts';
import { infix, type Body } from './define.ts';

const { bool, text, bpchar, name, bytea, anynonarray } = OID;

/** Concatenation, LIKE and regular expressions. */
export function textOperators(): SqlOperator[] {
  return [
    infix('||', text, text, text, 'textcat', (_, a: string, b: string) => a + b),
    infix('||', bytea, bytea, bytea, 'byteacat', (_, a: Uint8Array, b: Uint8Array) => concatBytes([a, b])),
    infix('||', text, anynonarray, text, 'textanycat', unspecialized, {
      specialize: ([, right]) => textThenAny(right),
      volatility: 'stable',
    }),
    infix('||', anynonarray, text, text, 'anytextcat', unspecialized, { specialize: ([left]) => anyThenText(left), volatility: 'stable' }),
    infix('^@', text, text, bool, 'starts_with', (_, a: string, b: string) => a.startsWith(b)),
    ...pair('~~', 'like', 'nlike', like),
    ...pair('~~*', 'iclike', 'icnlike', likeIgnoringCase),
    ...pair('~', 'regexeq', 'regexne', (value, pattern) => regexMatches(value, pattern)),
    ...pair('~*', 'icregexeq', 'icregexne', (value, pattern) => regexMatches(value, pattern, 'i')),
    infix('~~', bytea, bytea, bool, 'bytealike', (_, a: Uint8Array, b: Uint8Array) => likeBytes(a, b), { negator: '!~~' }),
    infix('!~~', bytea, bytea, bool, 'byteanlike', (_, a: Uint8Array, b: Uint8Array) => !likeBytes(a, b), { negator: '~~' }),
  ];
}

/** A pattern operator and its opposite, over text, name and bpchar. */
function pair(symbol: string, proc: string, opposite: string, matches: (value: string, pattern: string) => boolean): SqlOperator[] {
  return [['text', text] as const, ['name', name] as const, ['bpchar', bpchar] as const].flatMap(([stem, type]) => [
    infix(symbol, type, text, bool, stem + proc, (_, value: string, pattern: string) => matches(value, pattern), { negator: `!${symbol}` }),
    infix(`!${symbol}`, type, text, bool, stem + opposite, (_, value: string, pattern: string) => !matches(value, pattern), {
      negator: symbol,
    }),
  ]);
}

const unspecialized: Body = () => null;

function textThenAny(right: SqlType): ScalarFunction['evaluate'] {
  const print = printer(right);
  return (context, a, b) => (a as string) + print(b, context);
}

function anyThenText(left: SqlType): ScalarFunction['evaluate'] {
  const print = printer(left);
  return (context, a, b) => print(a, context) + (b as string);
}

function printer(type: SqlType): (value: Value, context: EvaluationContext) => string {
  if (type.oid === OID.bool) return (value) => (value === true ? 'true' : 'false');
  if (type.oid === bpchar) return (value) => (value as string).replace(/ +$/, '');
  const definition = typeDefinition(type.oid);
  return (value, context) => definition.output(value, context);
}

/** Bytes match as if each were a character. */
function likeBytes(value: Uint8Array, pattern: Uint8Array): boolean {
  return likeMatcher(latin1(pattern))(latin1(value));
}

function latin1(bytes: Uint8Array): string {
  let made = '';
  for (const byte of bytes) made += String.fromCharCode(byte);
  return made;
}
