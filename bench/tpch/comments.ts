/** Comments: pieces of a pool of sentences after the specification's grammar (clause 4.2.2.14), from one to a few words into the next. */
import { RowRandom } from './random.ts';
import { ADJECTIVES, ADVERBS, AUXILIARIES, NOUNS, PREPOSITIONS, TERMINATORS, VERBS } from './words.ts';

/** The specification's pool has 300 MB; distributions of words and phrases are the same in a small one. */
const POOL_LENGTH = 1 << 20;

let pool: string | undefined;

/** A text of `low` to `high` characters. */
export function comment(random: RowRandom, low: number, high: number): string {
  pool ??= sentences();
  const length = random.between(low, high);
  const start = random.between(0, POOL_LENGTH - length);
  return pool.slice(start, start + length);
}

/** An address or another string without meaning, of `low` to `high` characters (clause 4.2.2.7). */
export function noise(random: RowRandom, low: number, high: number): string {
  const letters = '0123456789abcdefghijklmnopqrstuvwxyz ,ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  let text = '';
  for (let left = random.between(low, high); left > 0; left--) text += letters[random.between(0, letters.length - 1)];
  return text;
}

function sentences(): string {
  const random = new RowRandom(100, 0);
  const parts: string[] = [];
  for (let length = 0; length <= POOL_LENGTH;) {
    const text = sentence(random);
    parts.push(text);
    length += text.length + 1;
  }
  return parts.join(' ');
}

/** How often each form is chosen, as in TPC's own generator. */
const choices = (...weights: readonly number[]): readonly number[] =>
  weights.flatMap((weight, form) => new Array<number>(weight).fill(form));
const SENTENCES = choices(3, 3, 3, 1, 1);
const NOUN_PHRASES = choices(10, 20, 10, 50);
const VERB_PHRASES = choices(30, 1, 40, 1);

function sentence(random: RowRandom): string {
  const end = random.pick(TERMINATORS);
  switch (random.pick(SENTENCES)) {
    case 0:
      return `${nouns(random)} ${verbs(random)}${end}`;
    case 1:
      return `${nouns(random)} ${verbs(random)} ${prepositions(random)}${end}`;
    case 2:
      return `${nouns(random)} ${verbs(random)} ${nouns(random)}${end}`;
    case 3:
      return `${nouns(random)} ${prepositions(random)} ${verbs(random)} ${nouns(random)}${end}`;
    default:
      return `${nouns(random)} ${prepositions(random)} ${verbs(random)} ${prepositions(random)}${end}`;
  }
}

function nouns(random: RowRandom): string {
  const noun = random.pick(NOUNS);
  switch (random.pick(NOUN_PHRASES)) {
    case 0:
      return noun;
    case 1:
      return `${random.pick(ADJECTIVES)} ${noun}`;
    case 2:
      return `${random.pick(ADJECTIVES)}, ${random.pick(ADJECTIVES)} ${noun}`;
    default:
      return `${random.pick(ADVERBS)} ${random.pick(ADJECTIVES)} ${noun}`;
  }
}

function verbs(random: RowRandom): string {
  const verb = random.pick(VERBS);
  switch (random.pick(VERB_PHRASES)) {
    case 0:
      return verb;
    case 1:
      return `${random.pick(AUXILIARIES)} ${verb}`;
    case 2:
      return `${verb} ${random.pick(ADVERBS)}`;
    default:
      return `${random.pick(AUXILIARIES)} ${verb} ${random.pick(ADVERBS)}`;
  }
}

function prepositions(random: RowRandom): string {
  return `${random.pick(PREPOSITIONS)} the ${nouns(random)}`;
}
