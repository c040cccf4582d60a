import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An HTTP server on 127.0.0.1 that asks another one. */
export abstract class ProxyServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #target: URL;

  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      // A client that was killed, or hung up, hears nothing: that is all there is to say about it.
      this.serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  protected abstract serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  protected answer(outgoing: ServerResponse, answer: Answer): void {
    outgoing.writeHead(answer.status, ProxyServer.headersOf(answer));
    outgoing.end(answer.body);
  }

  protected later<T>(ms: number, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        run().then(resolve, reject);
      }, ms);
      this.#timers.add(timer);
    });
  }

  /** What the other server answers. Rejects when it hangs up: then so does this one. */
  protected forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target;
      const options = { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers, agent: this.#agent };
      const request = httpRequest(options, (answer) => {
        ProxyServer.bodyOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
          reject,
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** What one hop says to the next is not passed on; the length is that of the body. */
  static headersOf({ headers, body, status }: Answer): OutgoingHttpHeaders {
    const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, ...rest } = headers;
    return status === 204 || status === 304 ? rest : { ...rest, 'content-length': rest['content-length'] ?? String(body.length) };
  }

  static async bodyOf(message: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
}
