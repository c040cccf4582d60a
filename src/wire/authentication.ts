/** Letting a client in: trust, cleartext, or SCRAM-SHA-256. */
import { utf8 } from '../base/bytes.ts';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import type { BackendWriter } from './backend-writer.ts';
import { textOfClient, type BodyReader } from './body-reader.ts';
import { ScramExchange, scramVerifier, sameBytes, type ScramVerifier } from './scram.ts';

/** How passwords are asked for, and what is known of a user's; undefined for a user nobody knows. */
export interface PasswordLookup {
  readonly method: 'scram-sha-256' | 'cleartext';
  verifier(user: string): ScramVerifier | undefined | Promise<ScramVerifier | undefined>;
}

const MECHANISM = 'SCRAM-SHA-256';

export class Authentication {
  readonly user: string;
  readonly database: string;
  readonly #runtime: Runtime;
  readonly #method: PasswordLookup['method'] | undefined;
  readonly #verifier: ScramVerifier | undefined;
  readonly #exchange: ScramExchange;
  #stage: 'first' | 'final' = 'first';

  private constructor(runtime: Runtime, user: string, database: string, method: PasswordLookup['method'] | undefined, verifier: ScramVerifier | undefined) {
    this.#runtime = runtime;
    this.user = user;
    this.database = database;
    this.#method = method;
    this.#verifier = verifier;
    this.#exchange = new ScramExchange(runtime, user, verifier);
  }

  static async begin(runtime: Runtime, user: string, database: string, lookup: PasswordLookup | undefined): Promise<Authentication> {
    return new Authentication(runtime, user, database, lookup?.method, await lookup?.verifier(user));
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
      await this.#checkCleartext(body.cstring());
      return true;
    }
    if (this.#stage === 'first') {
      if (body.cstring() !== MECHANISM) throw new SqlError('protocol_violation', 'client selected an invalid SASL authentication mechanism');
      const first = body.bytes(body.int32());
      writer.authenticationSasl(11, utf8(this.#exchange.first(textOfClient(first))));
      this.#stage = 'final';
      return false;
    }
    writer.authenticationSasl(12, utf8(this.#exchange.final(textOfClient(body.rest()))));
    return true;
  }

  async #checkCleartext(password: string): Promise<void> {
    const known = this.#verifier ?? (await scramVerifier(this.#runtime, ''));
    const given = await scramVerifier(this.#runtime, password, known.salt, known.iterations);
    if (this.#verifier === undefined || !sameBytes(given.storedKey, known.storedKey)) {
      throw new SqlError('invalid_password', `password authentication failed for user "${this.user}"`);
    }
  }
}
