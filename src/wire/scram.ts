/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side, without channel binding.
 *
 *     client-first   n,,n=user,r=<client nonce>
 *     server-first   r=<both nonces>,s=<salt>,i=<iterations>
 *     client-final   c=biws,r=<both nonces>,p=<proof>
 *     server-final   v=<signature>
 *
 * An unknown user gets a made-up verifier, so that the conversation takes the same course and time.
 */
import { utf8 } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { saslPrep } from './sasl-prep.ts';
import { base64Of, bytesOfBase64 } from './base64.ts';

/** What is kept of a password. */
export interface ScramVerifier {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export const SCRAM_ITERATIONS = 4096;
const NONCE_BYTES = 18;
const SALT_BYTES = 16;

/** Derives the verifier of a password, with a fresh salt unless one is given. */
export async function scramVerifier(
  runtime: Runtime,
  password: string,
  salt = runtime.random.bytes(SALT_BYTES),
  iterations = SCRAM_ITERATIONS,
): Promise<ScramVerifier> {
  const { crypto } = runtime;
  const salted = await crypto.pbkdf2Sha256(utf8(saslPrep(password)), salt, iterations, 32);
  return {
    salt,
    iterations,
    storedKey: crypto.sha256(crypto.hmacSha256(salted, utf8('Client Key'))),
    serverKey: crypto.hmacSha256(salted, utf8('Server Key')),
  };
}

/** One exchange. `first` and `final` throw 08P01 for malformed messages, 28P01 for a wrong password. */
export class ScramExchange {
  readonly #runtime: Runtime;
  readonly #user: string;
  readonly #verifier: ScramVerifier;
  readonly #known: boolean;
  #clientFirstBare = '';
  #gs2Header = '';
  #serverFirst = '';
  #nonce = '';

  /** `known`: whether anybody's password is behind the verifier; without it every proof is wrong. */
  constructor(runtime: Runtime, user: string, verifier: ScramVerifier, known: boolean) {
    this.#runtime = runtime;
    this.#user = user;
    this.#verifier = verifier;
    this.#known = known;
  }

  /** Answers server-first. `nonce` is for test vectors. */
  first(message: string, nonce = base64Of(this.#runtime.random.bytes(NONCE_BYTES))): string {
    const match = /^(([npy])(?:=([^,]*))?,([^,]*),)(.*)$/s.exec(message);
    if (match === null) throw malformed();
    if (match[2] === 'p') throw new SqlError('protocol_violation', 'client selected channel binding, which the server did not offer');
    this.#gs2Header = match[1];
    this.#clientFirstBare = match[5];
    if (match[4] !== '') throw new SqlError('feature_not_supported', 'client uses authorization identity, but it is not supported');
    if (/^m=|,m=/.test(match[5])) throw new SqlError('feature_not_supported', 'client requires an unsupported SCRAM extension');
    const fields = /^n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?$/.exec(this.#clientFirstBare);
    if (fields === null) throw malformed();
    this.#nonce = fields[1] + nonce;
    this.#serverFirst = `r=${this.#nonce},s=${base64Of(this.#verifier.salt)},i=${this.#verifier.iterations}`;
    return this.#serverFirst;
  }

  /** Checks the proof and answers server-final. */
  final(message: string): string {
    const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^p][^,]*)*),p=([A-Za-z0-9+/=]+)$/.exec(message);
    if (match === null) throw malformed();
    const [, withoutProof, binding, nonce, proofText] = match;
    if (nonce !== this.#nonce || binding !== base64Of(utf8(this.#gs2Header))) throw malformed();
    const proof = bytesOfBase64(proofText);
    const { crypto } = this.#runtime;
    const signed = utf8(`${this.#clientFirstBare},${this.#serverFirst},${withoutProof}`);
    const signature = crypto.hmacSha256(this.#verifier.storedKey, signed);
    const clientKey = signature.map((byte, at) => byte ^ (proof[at] ?? 0));
    const matches = sameBytes(crypto.sha256(clientKey), this.#verifier.storedKey);
    if (proof.length !== signature.length || !matches || !this.#known) {
      throw new SqlError('invalid_password', `password authentication failed for user "${this.#user}"`);
    }
    return `v=${base64Of(crypto.hmacSha256(this.#verifier.serverKey, signed))}`;
  }
}

/** A verifier for a user nobody knows. `secret` makes its salt the same each time one asks, and nobody's guess. */
export function mockVerifier(runtime: Runtime, user: string, secret: Uint8Array): ScramVerifier {
  const salt = runtime.crypto.hmacSha256(secret, utf8(user)).subarray(0, SALT_BYTES);
  return { salt, iterations: SCRAM_ITERATIONS, storedKey: runtime.random.bytes(32), serverKey: runtime.random.bytes(32) };
}

/** Equality in a time that does not depend on where the difference is. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a[at] ^ (b[at] ?? 0);
  return difference === 0;
}

function malformed(): SqlError {
  return new SqlError('protocol_violation', 'malformed SCRAM message');
}
