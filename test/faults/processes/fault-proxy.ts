/**
 * A proxy that fails requests on their way to a bucket, or their answers on the way back, by chance.
 *
 *     client ── reset-request, lost-before, refused, late ──x   bucket
 *     client x── lost-after, reset-answer, error-after, slow ── bucket
 *     client ── duplicate ══> bucket                             either answer is heard
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type SeededRandom, fractionFrom } from '../../../vfs/wrappers/seeded-random.ts';
import { type Answer, ProxyServer } from './proxy-server.ts';

export const PROXY_FAULTS = [
  'reset-request',
  'lost-before',
  'lost-after',
  'reset-answer',
  'refused',
  'error-before',
  'error-after',
  'duplicate',
  'late',
  'slow',
] as const;
export type ProxyFault = (typeof PROXY_FAULTS)[number];

/** How much later a late request lands, and a second one is sent, at most; how long a slow answer takes, at most. */
const LATE_MS_MAX = 9_000;
const SLOW_MS_MAX = 2_500;

export class FaultProxy extends ProxyServer {
  readonly #random: SeededRandom;
  readonly counts = new Map<ProxyFault | 'passed', number>();
  /** The share of requests that fail. */
  share = 0;
  /** Told of a write that has landed and is not answered yet, with the access key that signed it. */
  onLanded: ((accessKey: string) => void) | undefined;

  constructor(target: string, random: SeededRandom) {
    super(target);
    this.#random = random;
  }

  protected override async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fault = this.#draw();
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    if (fault === 'reset-request') {
      incoming.once('data', () => incoming.destroy());
      incoming.once('end', () => incoming.destroy());
      incoming.resume();
      return;
    }
    const body = await ProxyServer.bodyOf(incoming);
    const forward = (): Promise<Answer> => this.forward(incoming, body);
    switch (fault) {
      case 'lost-before':
        outgoing.destroy();
        return;
      case 'lost-after':
        await forward();
        outgoing.destroy();
        return;
      case 'reset-answer': {
        const answer = await forward();
        outgoing.writeHead(answer.status, ProxyServer.headersOf(answer));
        outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => outgoing.destroy());
        return;
      }
      case 'refused':
        this.answer(outgoing, errorAnswer(503, 'SlowDown'));
        return;
      case 'error-before':
        this.answer(outgoing, errorAnswer(500, 'InternalError'));
        return;
      case 'error-after':
        await forward();
        this.answer(outgoing, errorAnswer(500, 'InternalError'));
        return;
      case 'duplicate': {
        const first = forward();
        const second = this.later(fractionFrom(this.#random) * LATE_MS_MAX * 0.1, forward);
        this.answer(outgoing, await (this.#random.uint32() % 2 === 0 ? first : second));
        await Promise.all([first, second]);
        return;
      }
      case 'late':
        outgoing.destroy();
        await this.later(fractionFrom(this.#random) * LATE_MS_MAX, forward);
        return;
      case 'slow': {
        const answer = await forward();
        await this.later(fractionFrom(this.#random) * SLOW_MS_MAX, async () => this.answer(outgoing, answer));
        return;
      }
      case 'passed': {
        const answer = await forward();
        if (incoming.method === 'PUT') this.onLanded?.(accessKeyOf(incoming));
        this.answer(outgoing, answer);
        return;
      }
    }
  }

  #draw(): ProxyFault | 'passed' {
    if (fractionFrom(this.#random) >= this.share) return 'passed';
    return PROXY_FAULTS[this.#random.uint32() % PROXY_FAULTS.length];
  }
}

function accessKeyOf(incoming: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
}

function errorAnswer(status: number, code: string): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>from the proxy</Message></Error>`);
  return { status, headers: { 'content-type': 'application/xml', date: new Date().toUTCString() }, body };
}
