/**
 * One client's conversation.
 *
 *     startup ── authentication ── ready ⇄ (simple query | extended messages … Sync)
 *                                    │
 *     after an error in the extended protocol everything is skipped until Sync
 *
 * Messages are handled one at a time, in order; bytes that arrive meanwhile wait. Output leaves in one piece at each point where the
 * client waits, or when it grows past FLUSH_BYTES.
 *
 * Invariants
 *   W1  Before authentication has succeeded no session exists and no message but startup packets and passwords is looked at.
 *   W2  An Execute is not begun before the message behind it is known: only that tells a lone statement, which may run again by itself
 *       on 40001, from a pipeline, whose statements are one transaction until Sync. No client can wait for an answer in between, since
 *       the server need not send any before Sync or Flush.
 *   W3  A failure of ours ends the conversation: its session is discarded, and its words go to `onInternalError` alone.
 */
import { SqlError } from '../base/sql-error.ts';
import type { Runtime } from '../base/runtime.ts';
import { copyDirection } from '../session/copy/copy-statement.ts';
import { clientError } from '../session/client-error.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { Authentication, type PasswordLookup } from './authentication.ts';
import { BackendWriter, FLUSH_BYTES } from './backend-writer.ts';
import { BodyReader } from './body-reader.ts';
import type { CancelKeys } from './cancel-keys.ts';
import { copy, type CopyChannel } from './copy.ts';
import { ExtendedProtocol } from './extended-protocol.ts';
import { FRONTEND, isFrontendType, MessageReader, type FrontendMessage } from './frontend-messages.ts';
import { isWanted } from './notices.ts';
import { sendRows } from './rows.ts';
import { parseStartup, PROTOCOL_MINOR_MAX, type StartupPacket } from './startup.ts';

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
  /** Why this client is turned away once it has introduced itself (too many clients, shutting down). */
  readonly refusal?: SqlError | undefined;
  /** Told of failures of ours (W3). */
  readonly onInternalError?: ((error: unknown) => void) | undefined;
}

/** Bytes waiting behind a running statement, past which the peer should be read no further. */
const BACKLOG_BYTES_MAX = 1024 * 1024;

type Startup = Extract<StartupPacket, { readonly kind: 'startup' }>;

export class WireConnection {
  readonly #options: WireOptions;
  readonly #reader = new MessageReader();
  readonly #writer = new BackendWriter();
  readonly #channel: CopyChannel;
  #startup: Startup | undefined;
  #authentication: Authentication | undefined;
  #session: Session | undefined;
  #extended: ExtendedProtocol | undefined;
  #release: (() => void) | undefined;
  #working = false;
  /** Who waits for everything to be handled. */
  #settled: (() => void)[] = [];
  /** A COPY that waits for its data. */
  #awaiting: { readonly arrived: () => void; readonly fail: (reason: SqlError) => void } | undefined;
  /** An Execute whose follower has not arrived (W2). */
  #held: FrontendMessage | undefined;
  #ended = false;
  #skipping = false;
  #draining: SqlError | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#channel = {
      writer: this.#writer,
      flush: () => this.#flush(),
      relieve: () => this.#relieve(),
      next: () => this.#arrival(),
    };
  }

  /** Whether the client has been let in. */
  get admitted(): boolean {
    return this.#session !== undefined;
  }

  /** Whether so much waits behind a running statement that the peer should not be read any further until `push` resolves. */
  get backlogged(): boolean {
    return this.#working && this.#awaiting === undefined && this.#reader.buffered > BACKLOG_BYTES_MAX;
  }

  /** Takes bytes from the peer. Resolves, and never rejects, when everything that could be handled with what came so far was. */
  push(bytes: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#reader.push(bytes);
    if (this.#awaiting !== undefined) this.#awaiting.arrived();
    else if (!this.#working) this.#work().catch((error: unknown) => this.#options.onInternalError?.(error));
    return this.#working ? new Promise((resolve) => this.#settled.push(resolve)) : Promise.resolve();
  }

  /** Ends the conversation as soon as no statement runs, telling the client why. */
  async drain(reason: SqlError): Promise<void> {
    this.#draining = reason;
    this.#awaiting?.fail(reason);
    if (!this.#working) await this.#dismiss(reason);
  }

  /** The peer went away: cancels what runs, rolls back and forgets. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#release?.();
    this.#awaiting?.fail(new SqlError('connection_failure', 'the client went away'));
    await this.#session?.close();
    this.#options.close();
  }

  /** Handles messages while there are any; what arrives during the last flush is among them. */
  async #work(): Promise<void> {
    this.#working = true;
    try {
      while (!this.#ended) {
        const message = this.#next();
        if (message === undefined) {
          if (this.#writer.length === 0) break;
          await this.#flush();
          continue;
        }
        await this.#handle(message);
        if (this.#draining !== undefined && isEndOfWork(message)) break;
      }
      if (this.#draining !== undefined) await this.#dismiss(this.#draining);
    } catch (error) {
      await this.#dismiss(this.#lastWords(error));
    } finally {
      this.#working = false;
      this.#settle();
    }
  }

  #settle(): void {
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** For COPY: the next message, when it comes. */
  async #arrival(): Promise<FrontendMessage> {
    for (;;) {
      const message = this.#reader.next();
      if (message !== undefined) return message;
      if (this.#ended) throw new SqlError('connection_failure', 'the client went away');
      this.#settle();
      try {
        await new Promise<void>((arrived, fail) => {
          this.#awaiting = { arrived, fail };
        });
      } finally {
        this.#awaiting = undefined;
      }
    }
  }

  #cancel(): void {
    this.#session?.cancel();
    this.#awaiting?.fail(new SqlError('query_canceled', 'canceling statement due to user request'));
  }

  #next(): FrontendMessage | undefined {
    const message = this.#held ?? this.#reader.next();
    this.#held = undefined;
    if (message?.type !== FRONTEND.execute || this.#skipping || this.#reader.nextType() !== undefined) return message;
    this.#held = message;
    return undefined;
  }

  async #handle(message: FrontendMessage): Promise<void> {
    if (this.#reader.startup) return this.#introduce(parseStartup(message.body));
    if (this.#session === undefined) return this.#authenticate(message);
    if (!isFrontendType(message.type)) throw new SqlError('protocol_violation', `invalid frontend message type ${message.type}`);
    if (message.type === FRONTEND.terminate) return this.end();
    if (this.#skipping && message.type !== FRONTEND.sync) return;
    switch (message.type) {
      case FRONTEND.query:
        return this.#simple(this.#session, message.body);
      case FRONTEND.functionCall:
        return this.#functionCall(this.#session);
      case FRONTEND.sync:
        return this.#sync(this.#session);
      case FRONTEND.flush:
        return this.#flush();
      case FRONTEND.copyData:
      case FRONTEND.copyDone:
      case FRONTEND.copyFail:
      case FRONTEND.password:
        return; // left over from a COPY that was refused
      default:
        return this.#extendedMessage(this.#session, message);
    }
  }

  async #introduce(packet: StartupPacket): Promise<void> {
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
    if (this.#options.refusal !== undefined) throw this.#options.refusal;
    this.#reader.startup = false;
    this.#startup = packet;
    if (packet.minor > PROTOCOL_MINOR_MAX || packet.unknownOptions.length > 0) {
      this.#writer.negotiateProtocolVersion(Math.min(packet.minor, PROTOCOL_MINOR_MAX), packet.unknownOptions);
    }
    this.#authentication = await Authentication.begin(this.#options.runtime, packet.user, this.#options.password);
    const challenge = this.#authentication.challenge(this.#writer);
    return challenge ? this.#flush() : this.#admit(packet);
  }

  async #authenticate(message: FrontendMessage): Promise<void> {
    if (message.type !== FRONTEND.password || this.#authentication === undefined || this.#startup === undefined) {
      throw new SqlError('protocol_violation', `expected password response, got message type ${message.type}`);
    }
    const done = await this.#authentication.respond(new BodyReader(message.body), this.#writer);
    return done ? this.#admit(this.#startup) : this.#flush();
  }

  async #admit(startup: Startup): Promise<void> {
    this.#authentication = undefined;
    this.#writer.authenticationOk();
    const key = this.#options.cancelKeys.reserve(startup.minor);
    this.#release = key.release;
    const session = await this.#options.session({
      user: startup.user,
      database: startup.database,
      settings: startup.settings,
      backend: key.process,
      onNotice: (notice) => {
        if (isWanted(notice, this.#session?.setting('client_min_messages'))) this.#writer.notice(notice);
      },
      onParameter: (name, value) => this.#writer.parameterStatus(name, value),
    });
    if (this.#ended) return session.close(); // the peer went away meanwhile
    key.attach(() => this.#cancel());
    this.#session = session;
    this.#reader.authenticated = true;
    this.#extended = new ExtendedProtocol(session, this.#channel);
    for (const [name, value] of session.reportedSettings()) this.#writer.parameterStatus(name, value);
    this.#writer.backendKeyData(key.process, key.secret);
    this.#writer.readyForQuery('idle');
    return this.#flush();
  }

  async #simple(session: Session, bytes: Uint8Array): Promise<void> {
    try {
      const body = new BodyReader(bytes);
      const text = body.cstring();
      body.end();
      await this.#extended?.forgetUnnamed();
      const direction = copyDirection(text);
      if (direction === undefined) await this.#statements(session, text);
      else await copy(session, this.#channel, text, direction);
    } catch (error) {
      session.fail();
      this.#writer.error(this.#told(error), 'ERROR');
    }
    await this.#ready(session);
  }

  async #statements(session: Session, text: string): Promise<void> {
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
  }

  /** The protocol's oldest way to call a function: PostgreSQL itself advises against it. */
  async #functionCall(session: Session): Promise<void> {
    session.fail();
    this.#writer.error(new SqlError('feature_not_supported', 'function call messages are not supported', { hint: 'Use SELECT.' }), 'ERROR');
    await this.#ready(session);
  }

  async #sync(session: Session): Promise<void> {
    this.#skipping = false;
    await this.#ready(session);
  }

  /** The end of a query or a pipeline: its implicit transaction ends, and the client may go on. */
  async #ready(session: Session): Promise<void> {
    try {
      await session.sync();
    } catch (error) {
      this.#writer.error(this.#told(error), 'ERROR');
    }
    await this.#extended?.endOfPipeline();
    this.#writer.readyForQuery(session.status);
    await this.#flush();
  }

  async #extendedMessage(session: Session, message: FrontendMessage): Promise<void> {
    const extended = this.#extended;
    if (extended === undefined) return;
    try {
      const body = new BodyReader(message.body);
      switch (message.type) {
        case FRONTEND.parse:
          return await extended.parse(body);
        case FRONTEND.bind:
          return await extended.bind(body);
        case FRONTEND.describe:
          return extended.describe(body);
        case FRONTEND.close:
          return await extended.close(body);
        default:
          return await extended.execute(body, this.#reader.nextType() === FRONTEND.sync);
      }
    } catch (error) {
      this.#skipping = true;
      session.fail();
      this.#writer.error(this.#told(error), 'ERROR');
    }
  }

  /** What the client hears of a statement's failure. A failure of ours is thrown on, and ends the conversation (W3). */
  #told(error: unknown): SqlError {
    const told = clientError(error);
    if (told === undefined) throw error;
    return told;
  }

  #lastWords(error: unknown): SqlError {
    const told = clientError(error);
    if (told === undefined && !this.#ended) this.#options.onInternalError?.(error);
    return told ?? new SqlError('internal_error', 'internal error');
  }

  async #relieve(): Promise<void> {
    if (this.#writer.length >= FLUSH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#writer.length > 0) await this.#options.send(this.#writer.take());
  }

  /** Says why, and ends. */
  async #dismiss(reason: SqlError): Promise<void> {
    if (this.#ended) return;
    this.#writer.error(reason, 'FATAL');
    await this.#flush();
    await this.end();
  }
}

/** Where a server that stops may leave: nothing of what the client asked for is half done. */
function isEndOfWork(message: FrontendMessage): boolean {
  return message.type === FRONTEND.query || message.type === FRONTEND.sync;
}
