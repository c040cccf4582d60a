/** LIKE and regular expressions: a fixed beginning is a range, the rest is tried on the values that statistics name, or guessed. */
import type { Expression } from '../../binder/expression.ts';
import { fractionBelow } from './distribution.ts';
import { factsOf, type ColumnFacts, type Facts } from './facts.ts';
import { knownValue, sampleEvaluator, sampleOf } from './sample-evaluator.ts';
import { refsOf } from '../expression-tools.ts';

const UNKNOWN_PATTERN = 0.05;
/** What each further character that has to be there, and each %, does to the guess (PostgreSQL's). */
const FIXED_CHARACTER = 0.2;
const ANY_CHARACTER = 0.9;
const ANY_TEXT = 5;

const OPERATORS: readonly string[] = ['~~', '!~~', '~~*', '!~~*', '~', '!~', '~*', '!~*'];

export function isPattern(call: Expression & { readonly kind: 'call' }): boolean {
  return call.operator !== undefined && call.args.length === 2 && OPERATORS.includes(call.operator);
}

export function patternSelectivity(call: Expression & { readonly kind: 'call' }, facts: Facts): number {
  const [text, pattern] = call.args;
  const operator = call.operator ?? '';
  const negated = operator.startsWith('!');
  const known = factsOf(text, facts);
  const tried = bySample(call, facts);
  const nulls = known?.nullFraction ?? 0;
  const value = knownValue(pattern, facts);
  const isLike = operator === '~~' || operator === '!~~';
  const guessed = typeof value !== 'string' ? UNKNOWN_PATTERN : isLike ? likeGuess(value, known) : UNKNOWN_PATTERN;
  const seen = tried === undefined ? undefined : negated ? 1 - nulls - tried.fraction : tried.fraction;
  // What the few values do not show may still be there; where they show it, they are to be believed.
  const part = seen === undefined || tried === undefined ? guessed : seen > tried.least / 2 ? seen : Math.min(guessed, tried.least);
  return negated ? 1 - nulls - part : part;
}

/** The part of the sampled values that pass, and what one of them stands for. */
function bySample(call: Expression, facts: Facts): { readonly fraction: number; readonly least: number } | undefined {
  const refs = refsOf(call);
  const [ref] = refs;
  const known = refs.size === 1 ? facts.get(ref) : undefined;
  const samples = known === undefined ? [] : sampleOf(known);
  const evaluate = samples.length === 0 ? undefined : sampleEvaluator(call, ref, facts);
  if (evaluate === undefined) return undefined;
  let fraction = 0;
  for (const sample of samples) {
    const answer = evaluate(sample.value);
    if (answer === undefined) return undefined;
    if (answer === true) fraction += sample.fraction;
  }
  return { fraction, least: 1 / samples.length };
}

function likeGuess(pattern: string, known: ColumnFacts | undefined): number {
  const { prefix, rest } = partsOf(pattern);
  let part = 1;
  if (prefix !== '') part = (known === undefined ? undefined : prefixFraction(prefix, known)) ?? FIXED_CHARACTER ** prefix.length;
  let others = 1;
  for (let at = 0; at < rest.length; at++) {
    const character = rest[at];
    if (character === '%') others *= at === 0 ? 1 : ANY_TEXT;
    else others *= character === '_' ? ANY_CHARACTER : FIXED_CHARACTER;
  }
  return Math.max(1e-6, part * Math.min(1, others));
}

/** What a pattern begins with, and what follows from the first wildcard on. */
function partsOf(pattern: string): { readonly prefix: string; readonly rest: string } {
  let prefix = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '%' || character === '_') return { prefix, rest: pattern.slice(at) };
    if (character === '\\') at++;
    prefix += pattern[at] ?? '';
  }
  return { prefix, rest: '' };
}

function prefixFraction(prefix: string, known: ColumnFacts): number | undefined {
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const low = fractionBelow(known, { kind: 'value', value: prefix, type: known.type }, false);
  const high = fractionBelow(known, { kind: 'value', value: end, type: known.type }, false);
  return low === undefined || high === undefined ? undefined : Math.max(1e-5, high - low);
}
