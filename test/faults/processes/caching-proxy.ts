/**
 * A shared cache as RFC 9111 allows one, where nobody said how long an answer is fresh: it takes a GET's answer for fresh for a while, absences
 * included, and keeps answers to signed requests too, as a cache that was told so by its owner. It asks again where the request or the answer
 * says that it must.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, ProxyServer } from './proxy-server.ts';

/** How long an answer is taken for fresh. */
const FRESH_MS = 4_000;
const KEPT = new Set([200, 206, 404]);

interface Kept {
  readonly answer: Answer;
  readonly untilMs: number;
}

export class CachingProxy extends ProxyServer {
  readonly #kept = new Map<string, Kept>();
  /** Answers given without asking, and those asked for because the client said so. */
  readonly counts = { kept: 0, asked: 0 };

  protected override async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const key = `${incoming.url ?? ''} ${incoming.headers.range ?? ''}`;
    const mustAsk = /no-cache|no-store|max-age=0/.test(incoming.headers['cache-control'] ?? '');
    if (incoming.method === 'GET') {
      const kept = this.#kept.get(key);
      if (kept !== undefined && kept.untilMs > Date.now()) {
        if (!mustAsk) {
          this.counts.kept++;
          this.answer(outgoing, kept.answer);
          return;
        }
        this.counts.asked++;
      }
    }
    const body = await ProxyServer.bodyOf(incoming);
    const answer = await this.forward(incoming, body);
    const isKept = KEPT.has(answer.status) && !/no-store|private/.test(answer.headers['cache-control'] ?? '');
    if (incoming.method === 'GET' && isKept && !/no-store/.test(incoming.headers['cache-control'] ?? ''))
      this.#kept.set(key, { answer, untilMs: Date.now() + FRESH_MS });
    this.answer(outgoing, answer);
  }
}
