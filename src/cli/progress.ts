/** How far a load is: one line redrawn on a terminal, a plain line a second elsewhere. */
import type { CopyProgress } from '../session/copy/copy-into.ts';
import { write, type Terminal } from './terminal.ts';

export interface ProgressOptions {
  readonly label: string;
  /** Bytes of the file as it lies on disk; undefined when nobody knows. */
  readonly totalBytes: number | undefined;
  /** Bytes of it read so far. */
  readonly readBytes: () => number;
  readonly color: boolean;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 100;
const LINE_MS = 1000;

export class Progress {
  readonly #terminal: Terminal;
  readonly #options: ProgressOptions;
  readonly #startedMs = performance.now();
  readonly #isLive: boolean;
  #shownMs: number;
  #hasBar = false;
  #last: CopyProgress = { rows: 0, bytes: 0 };

  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#isLive = terminal.errors.isTTY === true;
    this.#shownMs = this.#isLive ? 0 : this.#startedMs;
  }

  /** To be called often; shows something when it is time. */
  update(progress: CopyProgress): void {
    this.#last = progress;
    const now = performance.now();
    if (now - this.#shownMs < (this.#isLive ? REDRAW_MS : LINE_MS)) return;
    this.#shownMs = now;
    void write(this.#terminal.errors, this.#isLive ? this.#bar() : `${this.#line()}\n`);
    this.#hasBar = this.#isLive;
  }

  /** Takes the bar off the screen. */
  clear(): void {
    if (this.#hasBar) void write(this.#terminal.errors, '\r\u001b[2K');
    this.#hasBar = false;
  }

  /** `60,175 rows, 7.4 MB in 1.2 s (6.2 MB/s, 50,000 rows/s)`. */
  summary(): string {
    const { rows, bytes } = this.#last;
    const seconds = this.#seconds();
    return `${count(rows)} ${rows === 1 ? 'row' : 'rows'}, ${size(bytes)} in ${seconds.toFixed(1)} s (${size(bytes / seconds)}/s, ${count(Math.round(rows / seconds))} rows/s)`;
  }

  #seconds(): number {
    return Math.max(0.001, (performance.now() - this.#startedMs) / 1000);
  }

  /** Between 0 and 1. */
  #done(): number | undefined {
    const { totalBytes, readBytes } = this.#options;
    return totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(1, readBytes() / totalBytes);
  }

  #bar(): string {
    const done = this.#done();
    const filled = Math.round((done ?? 0) * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    const painted = this.#options.color ? `\u001b[32m${bar}\u001b[0m` : bar;
    return `\r\u001b[2K${this.#options.label}  ${done === undefined ? '' : `${painted} `}${this.#figures()}`;
  }

  #line(): string {
    return `${this.#options.label}: ${this.#figures()}`;
  }

  #figures(): string {
    const { rows, bytes } = this.#last;
    const done = this.#done();
    const seconds = this.#seconds();
    const figures = [`${count(rows)} rows`, size(bytes), `${size(bytes / seconds)}/s`];
    if (done === undefined) return figures.join(', ');
    figures.unshift(`${Math.floor(done * 100)}%`);
    figures.push(done >= 1 ? 'committing' : `ETA ${duration(done === 0 ? undefined : (seconds / done) * (1 - done))}`);
    return figures.join(', ');
  }
}

function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in powers of 1000, one decimal. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '?';
  const whole = Math.ceil(seconds);
  return whole < 60
    ? `${whole}s`
    : whole < 3600
      ? `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`
      : `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}
