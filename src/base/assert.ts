/** A broken claim about our own code. The session that meets one is discarded, never repaired. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(claim: string, facts: Readonly<Record<string, unknown>>) {
    super(`${claim} does not hold: ${describe(facts)}`);
    this.facts = facts;
  }
}

/** States a positive claim; throws `AssertionError` with the facts when it does not hold. */
export function assert(claim: boolean, words: string, facts: Readonly<Record<string, unknown>> = {}): asserts claim {
  if (!claim) throw new AssertionError(words, facts);
}

/** Ends a switch over a union: a compile error when a case is missing, an assertion when the type lied. */
export function unreachable(value: never): never {
  throw new AssertionError('every case is handled', { value });
}

/** The value itself when it is present; an assertion naming `words` when it is null or undefined. */
export function present<T>(value: T | null | undefined, words: string): T {
  if (value === null || value === undefined) throw new AssertionError(words, {});
  return value;
}

function describe(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${typeof value === 'object' && value !== null ? JSON.stringify(value, bigintAsText) : String(value)}`)
    .join(' ');
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
