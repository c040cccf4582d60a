/**
 * Probing the end of the log: one probe serves everybody who asked before it was sent.
 *
 *     callers ──┬── join the probe not sent yet ──> sent at the end of this turn ──> 404: slot n was current ──> all answered
 *
 * Invariants
 *   B1  A caller's answer comes from requests sent after it called.
 *   B2  At most PROBES_MAX probes are on their way at a time.
 */

const PROBES_MAX = 4;

interface Waiting<Answer> {
  readonly answer: Promise<Answer>;
  send(): void;
}

/** Shares calls of an asynchronous function among callers, as B1 and B2 say. */
export class SharedProbe<Answer> {
  readonly #run: () => Promise<Answer>;
  #next: Waiting<Answer> | undefined;
  #running = 0;

  constructor(run: () => Promise<Answer>) {
    this.#run = run;
  }

  ask(): Promise<Answer> {
    if (this.#next === undefined) {
      this.#next = this.#prepare();
      if (this.#running < PROBES_MAX) queueMicrotask(this.#next.send);
    }
    return this.#next.answer;
  }

  #prepare(): Waiting<Answer> {
    let send = (): void => undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    return { answer: sent.then(() => this.#send()), send: () => send() };
  }

  async #send(): Promise<Answer> {
    this.#next = undefined;
    this.#running++;
    try {
      return await this.#run();
    } finally {
      this.#running--;
      this.#sendWaiting();
    }
  }

  #sendWaiting(): void {
    this.#next?.send();
  }
}
