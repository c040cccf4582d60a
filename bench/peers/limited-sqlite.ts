/** SQLite with a time limit for each query: in another process, which is ended when the limit passes. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LimitedAnswer {
  readonly seconds: number;
  readonly rows: unknown[][];
}

export class LimitedSqlite {
  readonly #path: string;
  readonly #limitMs: number;
  #child: ChildProcess | undefined;

  /** Over the database file at `path`. */
  constructor(path: string, limitMs: number) {
    this.#path = path;
    this.#limitMs = limitMs;
  }

  /** The answer and the seconds it took there, or undefined when it was cut off. */
  query(sql: string): Promise<LimitedAnswer | undefined> {
    const child = (this.#child ??= fork(fileURLToPath(new URL('./sqlite-process.js', import.meta.url)), [this.#path]));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        resolve(undefined);
      }, this.#limitMs);
      const settle = (work: () => void) => {
        clearTimeout(timer);
        child.removeAllListeners();
        work();
      };
      child.once('message', (message: LimitedAnswer | { readonly error: string }) => {
        settle(() => ('error' in message ? reject(new Error(`SQLite: ${message.error}`)) : resolve(message)));
      });
      child.once('exit', () => settle(() => resolve(undefined)));
      child.send(sql);
    });
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
