/** Ends a process in good order: the first SIGTERM or SIGINT drains, a second one does not wait any longer. */
import type { Served } from './serve.ts';

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** Resolves with the signal's name once it came and the server has drained. A second signal ends the process at once, with 128 + its number. */
export function drainedOnSignal(served: Pick<Served, 'close'>): Promise<keyof typeof SIGNALS> {
  return new Promise((resolve, reject) => {
    let draining = false;
    const receive = (signal: keyof typeof SIGNALS) => (): void => {
      if (draining) process.exit(128 + SIGNALS[signal]);
      draining = true;
      served.close().then(() => resolve(signal), reject);
    };
    process.on('SIGINT', receive('SIGINT'));
    process.on('SIGTERM', receive('SIGTERM'));
  });
}
