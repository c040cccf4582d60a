/**
 * One client's conversation.
 *
 *     startup ── authentication ── ready ⇄ (simple query | extended messages … Sync)
 *                                    │
 *     after an error in the extended protocol everything is skipped until Sync
 *
 * Messages are handled one at a time, in order; bytes that arrive meanwhile wait. Output leaves in one piece at each point where the
 * client waits, or when it grows past FLUSH_BYTES.
 */
import { SqlError } from '../base/sql-error.ts';
import type { Runtime } from '../base/runtime.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { Authentication, type PasswordLookup } from './authentication.ts';
import { BackendWriter, FLUSH_BYTES } from './backend-writer.ts';
import { BodyReader, textOfClient } from './body-reader.ts';
import type { CancelKeys } from './cancel-keys.ts';
import { ExtendedProtocol } from './extended-protocol.ts';
import { MessageReader, type FrontendMessage } from './frontend-messages.ts';
import { sendRows } from './rows.ts';
import { parseStartup } from './startup.ts';

export interface WireOptions {
  readonly runtime: Runtime;
  readonly session: (options: SessionOptions) => Promise<Session>;
  readonly cancelKeys: CancelKeys;
  /** Absent: everybody is let in. */
  readonly password?: PasswordLookup | undefined;
  /** Sends bytes; a promise while the peer is slow to take them. */
  readonly send: (bytes: Uint8Array) => void | Promise<void>;
  /** Ends the conversation after what was sent. */
  readonly close: () => void;
}

const TYPE = { bind: 66, close: 67, describe: 68, execute: 69, flush: 72, parse: 80, password: 112, query: 81, sync: 83, terminate: 88, copyData: 100, copyDone: 99, copyFail: 102 };

export class WireConnection {
  readonly #options: WireOptions;
  readonly #reader = new MessageReader();
  readonly #writer = new BackendWriter();
  #authentication: Authentication | undefined;
  #startupSettings: Record<string, string> = {};
  #session: Session | undefined;
  #extended: ExtendedProtocol | undefined;
  #release: (() => void) | undefined;
  #working = false;
  #ended = false;
  #skipping = false;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Takes bytes from the peer. Resolves when everything that could be handled with them was. */
  async push(bytes: Uint8Array): Promise<void> {
    if (this.#ended) return;
    this.#reader.push(bytes);
    if (this.#working) return;
    this.#working = true;
    try {
      for (;;) {
        const message = this.#reader.next();
        if (message === undefined || this.#ended) break;
        await this.#handle(message);
      }
      await this.#flush();
    } catch (error) {
      await this.#fatal(error);
    } finally {
      this.#working = false;
    }
  }

  /** Whether a statement is running now. */
  get busy(): boolean {
    return this.#working;
  }

  /** The peer went away, or the server stops: rolls back and forgets. */
  async end(reason?: SqlError): Promise<void> {
    if (this.#ended) return;
    if (reason !== undefined && this.#session !== undefined && !this.#working) {
      this.#writer.error(reason, 'FATAL');
      await this.#flush();
    }
    this.#ended = true;
    this.#release?.();
    await this.#session?.close();
    this.#options.close();
  }

  async #handle(message: FrontendMessage): Promise<void> {
    if (this.#reader.startup) return this.#startup(message.body);
    if (this.#session === undefined) return this.#authenticate(message);
    if (message.type === TYPE.terminate) return this.end();
    if (this.#skipping && message.type !== TYPE.sync) return;
    switch (message.type) {
      case TYPE.query:
        return this.#simple(this.#session, message.body);
      case TYPE.sync:
        return this.#sync(this.#session);
      case TYPE.flush:
        return this.#flush();
      case TYPE.copyData:
      case TYPE.copyDone:
      case TYPE.copyFail:
        return; // left over from a COPY that failed
      default:
        return this.#extendedMessage(message);
    }
  }

  async #startup(body: Uint8Array): Promise<void> {
    const packet = parseStartup(body);
    switch (packet.kind) {
      case 'encryption':
        if (this.#reader.buffered > 0) throw new SqlError('protocol_violation', 'received unencrypted data after SSL request');
        this.#writer.raw('N');
        return this.#flush();
      case 'cancel':
        this.#options.cancelKeys.cancel(packet.process, packet.secret);
        return this.end();
      case 'startup':
        break;
    }
    this.#reader.startup = false;
    if (packet.minor > 0 || packet.unknownOptions.length > 0) this.#writer.negotiateProtocolVersion(0, packet.unknownOptions);
    this.#startupSettings = packet.settings;
    this.#authentication = await Authentication.begin(this.#options.runtime, packet.user, packet.database, this.#options.password);
    const challenge = this.#authentication.challenge(this.#writer);
    return challenge ? this.#flush() : this.#admit();
  }

  async #authenticate(message: FrontendMessage): Promise<void> {
    if (message.type !== TYPE.password || this.#authentication === undefined) throw new SqlError('protocol_violation', 'expected a password response');
    const done = await this.#authentication.respond(new BodyReader(message.body), this.#writer);
    return done ? this.#admit() : this.#flush();
  }

  async #admit(): Promise<void> {
    const identity = this.#authentication;
    if (identity === undefined) return;
    this.#writer.authenticationOk();
    this.#reader.authenticated = true;
    const session = await this.#options.session({
      user: identity.user,
      database: identity.database,
      settings: this.#startupSettings,
      onNotice: (notice) => this.#writer.notice(notice),
      onParameter: (name, value) => this.#writer.parameterStatus(name, value),
    });
    this.#session = session;
    this.#extended = new ExtendedProtocol(session, this.#writer, () => this.#relieve());
    for (const [name, value] of session.reportedSettings()) this.#writer.parameterStatus(name, value);
    const key = this.#options.cancelKeys.register(session);
    this.#release = key.release;
    this.#writer.backendKeyData(key.process, key.secret);
    this.#writer.readyForQuery('idle');
    return this.#flush();
  }

  async #simple(session: Session, body: Uint8Array): Promise<void> {
    try {
      const text = textOfClient(body.subarray(0, Math.max(0, body.length - 1)));
      this.#extended?.forgetUnnamed();
      let any = false;
      for await (const result of session.run(text)) {
        any = true;
        if (result.fields !== undefined) {
          this.#writer.rowDescription(result.fields, []);
          await sendRows(session, this.#writer, result.fields, [], result.rows, () => this.#relieve());
        }
        this.#writer.commandComplete(result.tag);
      }
      if (!any) this.#writer.empty('I');
    } catch (error) {
      this.#writer.error(error, 'ERROR');
    }
    this.#writer.readyForQuery(session.status);
    await this.#flush();
  }

  async #sync(session: Session): Promise<void> {
    this.#skipping = false;
    try {
      this.#extended?.endOfPipeline();
      await session.sync();
    } catch (error) {
      this.#writer.error(error, 'ERROR');
    }
    this.#writer.readyForQuery(session.status);
    await this.#flush();
  }

  async #extendedMessage(message: FrontendMessage): Promise<void> {
    const extended = this.#extended;
    if (extended === undefined) return;
    try {
      const body = new BodyReader(message.body);
      switch (message.type) {
        case TYPE.parse:
          await extended.parse(body);
          break;
        case TYPE.bind:
          await extended.bind(body);
          break;
        case TYPE.describe:
          extended.describe(body);
          break;
        case TYPE.execute:
          await extended.execute(body);
          break;
        case TYPE.close:
          await extended.close(body);
          break;
        default:
          throw new SqlError('protocol_violation', `invalid frontend message type ${message.type}`);
      }
    } catch (error) {
      this.#skipping = true;
      this.#writer.error(error, 'ERROR');
    }
  }

  async #relieve(): Promise<void> {
    if (this.#writer.length >= FLUSH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#writer.length > 0) await this.#options.send(this.#writer.take());
  }

  async #fatal(error: unknown): Promise<void> {
    this.#writer.error(error, 'FATAL');
    await this.#flush();
    await this.end();
  }
}
