/** The interactive shell: lines typed on a terminal, statements over several of them, history. */
import { appendFileSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runBackslash } from './backslash.ts';
import { masked } from './database-url.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Runner } from './runner.ts';
import { ScriptSplitter, type Pending } from './script/splitter.ts';
import { write } from './terminal.ts';
import { packageVersion } from './version.ts';

const HISTORY_LINES_MAX = 1000;

const MARKS: Readonly<Record<Pending, string>> = {
  nothing: '=',
  statement: '-',
  quote: "'",
  identifier: '"',
  dollar: '$',
  comment: '*',
  parenthesis: '(',
};

/** Reads and runs until \q or the end of input. Errors are shown and forgotten: the exit code is 0. */
export async function runShell(runner: Runner, url: string): Promise<ExitCode> {
  const { terminal, session } = runner;
  const file = terminal.environment['VELOCIDB_HISTORY'] ?? join(homedir(), '.velocidb_history');
  const splitter = new ScriptSplitter();
  const lines = createInterface({
    input: terminal.input,
    output: terminal.output,
    history: readHistory(file),
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
  });
  let isRunning = false;
  lines.on('SIGINT', () => {
    if (isRunning) session.cancel();
    else {
      splitter.reset();
      lines.write(null, { ctrl: true, name: 'u' });
      void write(terminal.output, '^C\n').then(() => prompt());
    }
  });
  lines.on('history', (history) => rememberLine(file, history[0]));
  const prompt = (): void => {
    const block = session.status === 'idle' ? '' : session.status === 'transaction' ? '*' : '!';
    lines.setPrompt(`velocidb${MARKS[splitter.pending]}${block}> `);
    lines.prompt();
  };
  await write(terminal.output, `VelociDB ${packageVersion()} at ${masked(url)}. \\? for help, \\q to quit.\n`);
  prompt();
  try {
    for await (const line of lines) {
      splitter.add(`${line}\n`);
      isRunning = true;
      const goesOn = await runPieces(runner, splitter);
      isRunning = false;
      if (!goesOn) return EXIT.ok;
      prompt();
    }
  } finally {
    lines.close();
  }
  await write(terminal.output, '\n');
  return EXIT.ok;
}

/** Runs what is whole; false after \q. */
async function runPieces(runner: Runner, splitter: ScriptSplitter): Promise<boolean> {
  for (let piece = splitter.next(); piece !== undefined; piece = splitter.next()) {
    if (piece.kind === 'statement') await runner.run(piece.text, { prefix: '' });
    else {
      const { kind } = await runBackslash(runner, piece, { prefix: '', depth: 0, folderOf: undefined, stopOnError: false });
      if (kind === 'quit') return false;
    }
  }
  return true;
}

/** Newest first, as readline wants it. */
function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse()
      .slice(0, HISTORY_LINES_MAX);
  } catch {
    return []; // none yet
  }
}

/** Lines with passwords are not kept. */
function rememberLine(file: string, line: string | undefined): void {
  if (line === undefined || line.trim() === '' || /password/i.test(line)) return;
  try {
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
  } catch {
    // a shell without history is still a shell
  }
}
