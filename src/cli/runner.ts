/** Runs statements in one session and prints what they give; shared by arguments, scripts and the shell. */
import type { Notice, Session } from '../session/session.ts';
import { copyDirection } from '../session/copy/copy-statement.ts';
import type { CopyProgress } from '../session/copy/copy-into.ts';
import type { OpenedEngine } from '../platform/open-engine.ts';
import { errorText } from './error-text.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.ts';
import { resultText, type PrintOptions } from './printer.ts';
import { write, type Terminal } from './terminal.ts';

/** Where a statement comes from. */
export interface StatementSource {
  /** Put in front of errors, e.g. `script.sql:12: `. */
  readonly prefix: string;
  /** The data behind COPY … FROM STDIN; absent where none can follow. */
  readonly data?: (() => AsyncIterable<Uint8Array>) | undefined;
}

export class Runner {
  readonly session: Session;
  readonly terminal: Terminal;
  readonly print: PrintOptions;
  /** What the first failure makes of the whole run. */
  exitCode: ExitCode = EXIT.ok;

  constructor(opened: OpenedEngine, terminal: Terminal, print: PrintOptions) {
    this.terminal = terminal;
    this.print = print;
    this.session = opened.engine.session({ onNotice: (notice) => void this.#notice(notice) });
  }

  /** Runs one text; whether it went well. */
  async run(text: string, source: StatementSource): Promise<boolean> {
    const started = performance.now();
    try {
      if (isDatabaseCommand(text)) await this.#notice(SKIPPED);
      else await this.#carryOut(text, source);
      return true;
    } catch (error) {
      await this.fail(error, text, source.prefix);
      return false;
    } finally {
      if (this.print.timing) await write(this.terminal.output, `Time: ${(performance.now() - started).toFixed(3)} ms\n`);
    }
  }

  /** Reports a failure and remembers its exit code. */
  async fail(error: unknown, source: string | undefined, prefix: string): Promise<void> {
    if (this.exitCode === EXIT.ok) this.exitCode = exitCodeOf(error);
    await write(this.terminal.errors, errorText(error, { source, prefix }));
  }

  /** Runs a COPY … FROM STDIN with data from elsewhere. */
  async copyIn(text: string, data: AsyncIterable<Uint8Array>, onProgress?: (progress: CopyProgress) => void): Promise<void> {
    const result = await this.session.copyIn(text, data, onProgress);
    await write(this.terminal.output, resultText(this.session, result, this.print));
  }

  close(): Promise<void> {
    return this.session.close();
  }

  async #carryOut(text: string, source: StatementSource): Promise<void> {
    const { output } = this.terminal;
    switch (copyDirection(text)) {
      case 'in':
        return this.copyIn(text, source.data?.() ?? nothing());
      case 'out':
        await this.session.copyOut(text, (piece) => write(output, piece));
        return;
      case undefined:
        for await (const result of this.session.run(text)) await write(output, resultText(this.session, result, this.print));
    }
  }

  async #notice({ severity, message }: Notice): Promise<void> {
    if (this.print.quiet && severity === 'NOTICE') return;
    await write(this.terminal.errors, `${severity}:  ${message}\n`);
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Scripts made for servers start by making a database and connecting to it; here the bucket is the database. */
function isDatabaseCommand(text: string): boolean {
  return /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:create|drop)\s+database\b/i.test(text);
}

const SKIPPED: Notice = {
  severity: 'WARNING',
  code: '01000',
  message: 'a bucket holds one database: CREATE DATABASE and DROP DATABASE are skipped',
};
