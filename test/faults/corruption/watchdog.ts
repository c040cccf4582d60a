/** Ends the process when a case takes too long: a loop that never yields can be told from outside only. */
import { Worker } from 'node:worker_threads';

const WATCHER = `
const { workerData } = require('node:worker_threads');
const beat = new Int32Array(workerData.shared);
let last = -1;
setInterval(() => {
  const now = Atomics.load(beat, 0);
  if (now === last && now >= 0) {
    process.stderr.write('SEED=' + now + ' hangs: no answer within ' + workerData.ms + ' ms\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = now;
}, workerData.ms);
`;

export class Watchdog {
  readonly #beat: Int32Array;
  readonly #worker: Worker;

  /** `ms` is how long one case may take. */
  constructor(ms: number) {
    const shared = new SharedArrayBuffer(4);
    this.#beat = new Int32Array(shared).fill(-1);
    this.#worker = new Worker(WATCHER, { eval: true, workerData: { shared, ms } });
    this.#worker.unref();
  }

  /** The case of `seed` begins. */
  watch(seed: number): void {
    Atomics.store(this.#beat, 0, seed);
  }

  async close(): Promise<void> {
    Atomics.store(this.#beat, 0, -1);
    await this.#worker.terminate();
  }
}
