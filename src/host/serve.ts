/** One engine behind two doors: SQL over HTTP, and PostgreSQL's protocol over TCP. */
import { createHandler } from '../http/handler.ts';
import { openEngine, type OpenedEngine, type OpenOptions } from '../platform/open-engine.ts';
import { CancelKeys } from '../wire/cancel-keys.ts';
import { authority, requirePasswordBeyondLoopback } from './bind-address.ts';
import { HttpServer } from './http-server.ts';
import { hostPassword } from './password.ts';
import { PgServer } from './pg-server.ts';

export const DEFAULT_HTTP_PORT = 5480;
export const DEFAULT_PG_PORT = 5433;

export interface ServeOptions {
  /** The bucket: see `openStore`. */
  readonly url: string;
  /** Default 127.0.0.1; an address other machines can reach requires a password. */
  readonly host?: string | undefined;
  /** 0 takes a free one; false leaves the door out. */
  readonly httpPort?: number | false | undefined;
  readonly pgPort?: number | false | undefined;
  /** Absent: whoever reaches the ports is let in. */
  readonly password?: string | undefined;
  readonly open?: OpenOptions | undefined;
  /** Clients of the PostgreSQL port at once; default 500. */
  readonly connectionsMax?: number | undefined;
  /** Milliseconds a client may take to introduce itself; default a minute. */
  readonly startupMs?: number | undefined;
  /** The default of the setting statement_timeout, in milliseconds. */
  readonly statementTimeoutMs?: number | undefined;
  /** Milliseconds that running statements get to finish when the server closes; default ten seconds. */
  readonly drainMs?: number | undefined;
  readonly bodyBytesMax?: number | undefined;
  /** Told of failures of ours, whose words clients never see. Default: nobody is told. */
  readonly onInternalError?: ((error: unknown) => void) | undefined;
}

export interface Served {
  readonly host: string;
  readonly httpPort: number | undefined;
  readonly pgPort: number | undefined;
  /** `http://host:port`, without a path and without secrets. */
  readonly httpUrl: string | undefined;
  /** `postgresql://postgres@host:port/postgres`, without a password. */
  readonly pgUrl: string | undefined;
  readonly opened: OpenedEngine;
  /** Drains: takes no new work, lets running statements finish (see `drainMs`), lets go of the bucket. May be called twice. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 500;
const STARTUP_MS = 60_000;
const DRAIN_MS = 10_000;

/** Opens the database and listens. SQLSTATE 22023 when an open address has no password, 58000 when a port cannot be bound. */
export async function serve(options: ServeOptions): Promise<Served> {
  const host = options.host ?? '127.0.0.1';
  requirePasswordBeyondLoopback(host, options.password);
  const opened = await openEngine(options.url, options.open);
  const doors = new Doors(options.drainMs ?? DRAIN_MS);
  try {
    const { http, pg } = await openDoors(doors, options, host, opened);
    let closing: Promise<void> | undefined;
    return {
      host,
      httpPort: http?.port,
      pgPort: pg?.port,
      httpUrl: http && `http://${authority(host, http.port)}`,
      pgUrl: pg && `postgresql://postgres@${authority(host, pg.port)}/postgres`,
      opened,
      close() {
        closing ??= closeAll(doors, opened);
        return closing;
      },
    };
  } catch (error) {
    await closeAll(doors, opened);
    throw error;
  }
}

async function closeAll(doors: Doors, opened: OpenedEngine): Promise<void> {
  try {
    await doors.close();
  } finally {
    await opened.close();
  }
}

interface Door {
  readonly port: number;
  close(drainMs: number): Promise<void>;
}

/** The doors opened so far, closed together. */
class Doors {
  readonly #drainMs: number;
  readonly #open: Door[] = [];

  constructor(drainMs: number) {
    this.#drainMs = drainMs;
  }

  add<D extends Door>(door: D): D {
    this.#open.push(door);
    return door;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((door) => door.close(this.#drainMs)));
  }
}

async function openDoors(
  doors: Doors,
  options: ServeOptions,
  host: string,
  opened: OpenedEngine,
): Promise<{ http: HttpServer | undefined; pg: PgServer | undefined }> {
  const { engine, runtime } = opened;
  const password = options.password === undefined ? undefined : await hostPassword(runtime, options.password);
  const onInternalError = options.onInternalError ?? (() => undefined);
  const bodyBytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX;
  let http: HttpServer | undefined;
  if (options.httpPort !== false) {
    const handler = createHandler({
      runtime,
      session: async (wanted) => engine.session(wanted),
      password: password?.http,
      bodyBytesMax,
      statementTimeoutMs: options.statementTimeoutMs,
      onInternalError,
    });
    http = doors.add(
      await HttpServer.start({
        handler,
        host,
        port: options.httpPort ?? DEFAULT_HTTP_PORT,
        guarded: password !== undefined,
        bodyBytesMax,
        onInternalError,
      }),
    );
  }
  let pg: PgServer | undefined;
  if (options.pgPort !== false) {
    const defaults = options.statementTimeoutMs === undefined ? {} : { statement_timeout: String(options.statementTimeoutMs) };
    pg = doors.add(
      await PgServer.start({
        wire: {
          runtime,
          session: async (wanted) => engine.session({ ...wanted, settings: { ...defaults, ...wanted.settings } }),
          cancelKeys: new CancelKeys(runtime.random),
          password: password?.wire,
          onInternalError,
        },
        host,
        port: options.pgPort ?? DEFAULT_PG_PORT,
        connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
        startupMs: options.startupMs ?? STARTUP_MS,
      }),
    );
  }
  return { http, pg };
}
