/** Which running session a CancelRequest means: found by process number and a random secret. */
import type { Random } from '../base/runtime.ts';
import type { Session } from '../session/session.ts';

export class CancelKeys {
  readonly #random: Random;
  readonly #sessions = new Map<number, { readonly secret: number; readonly session: Session }>();
  #next = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  register(session: Session): { readonly process: number; readonly secret: number; readonly release: () => void } {
    const process = this.#next++;
    const bytes = this.#random.bytes(4);
    const secret = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
    this.#sessions.set(process, { secret, session });
    return { process, secret, release: () => this.#sessions.delete(process) };
  }

  /** Cancels what the session runs, if the key is right; says nothing either way. */
  cancel(process: number, secret: number): void {
    const found = this.#sessions.get(process);
    if (found?.secret === secret) found.session.cancel();
  }
}
