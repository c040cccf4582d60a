/** Letting a client in: trust, cleartext, or SCRAM-SHA-256. */
import { utf8 } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import type { BackendWriter } from './backend-writer.ts';
import { textOfClient, type BodyReader } from './body-reader.ts';
import { mockVerifier, ScramExchange, scramVerifier, sameBytes, type ScramVerifier } from './scram.ts';

/** How passwords are asked for, and what is known of a user's; undefined for a user nobody knows. */
export interface PasswordLookup {
  readonly method: 'scram-sha-256' | 'cleartext';
  verifier(user: string): ScramVerifier | undefined | Promise<ScramVerifier | undefined>;
  /** Random, and the same for the life of the process: unknown users get made-up salts from it. */
  readonly mockSecret: Uint8Array;
}

const MECHANISM = 'SCRAM-SHA-256';
const MOCK_SECRET_BYTES = 32;

/** One client's authentication, from the question to the answer. */
export class Authentication {
  readonly #user: string;
  readonly #runtime: Runtime;
  readonly #method: PasswordLookup['method'] | undefined;
  readonly #verifier: ScramVerifier;
  readonly #known: boolean;
  readonly #exchange: ScramExchange;
  #stage: 'first' | 'final' = 'first';

  private constructor(runtime: Runtime, user: string, lookup: PasswordLookup | undefined, verifier: ScramVerifier | undefined) {
    this.#runtime = runtime;
    this.#user = user;
    this.#method = lookup?.method;
    this.#known = verifier !== undefined;
    this.#verifier = verifier ?? mockVerifier(runtime, user, lookup?.mockSecret ?? runtime.random.bytes(MOCK_SECRET_BYTES));
    this.#exchange = new ScramExchange(runtime, user, this.#verifier, this.#known);
  }

  /** `lookup` absent: nothing will be asked. */
  static async begin(runtime: Runtime, user: string, lookup: PasswordLookup | undefined): Promise<Authentication> {
    return new Authentication(runtime, user, lookup, await lookup?.verifier(user));
  }

  /** Asks for what is needed; false when nothing is. */
  challenge(writer: BackendWriter): boolean {
    if (this.#method === undefined) return false;
    if (this.#method === 'cleartext') writer.authenticationCleartext();
    else writer.authenticationSasl(10, utf8(`${MECHANISM}\0\0`));
    return true;
  }

  /** Takes the client's answer; true when it is in. Throws 28P01 when it is not. */
  async respond(body: BodyReader, writer: BackendWriter): Promise<boolean> {
    if (this.#method === 'cleartext') {
      const password = body.cstring();
      body.end();
      await this.#checkCleartext(password);
      return true;
    }
    if (this.#stage === 'first') {
      if (body.cstring() !== MECHANISM)
        throw new SqlError('protocol_violation', 'client selected an invalid SASL authentication mechanism');
      const first = body.bytes(body.int32());
      body.end();
      writer.authenticationSasl(11, utf8(this.#exchange.first(textOfClient(first))));
      this.#stage = 'final';
      return false;
    }
    writer.authenticationSasl(12, utf8(this.#exchange.final(textOfClient(body.rest()))));
    return true;
  }

  /** An unknown user's password is derived like any other, so that time tells nothing. */
  async #checkCleartext(password: string): Promise<void> {
    const given = await scramVerifier(this.#runtime, password, this.#verifier.salt, this.#verifier.iterations);
    if (!sameBytes(given.storedKey, this.#verifier.storedKey) || !this.#known) {
      throw new SqlError('invalid_password', `password authentication failed for user "${this.#user}"`);
    }
  }
}
