/** What a command talks through, so that it never touches the process itself. */
import type { Readable, Writable } from 'node:stream';
import { once } from 'node:events';

export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean | undefined };
  readonly output: Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };
  readonly errors: Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };
  readonly environment: NodeJS.ProcessEnv;
}

/** Writes, and waits while the reader is slow. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (text === '' || stream.destroyed || !stream.writable) return;
  if (!stream.write(text)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
}

/** Whether colors are wanted on `stream`: a terminal, no NO_COLOR (https://no-color.org), no --no-color. */
export function wantsColor(terminal: Terminal, stream: { readonly isTTY?: boolean | undefined }, refused: boolean): boolean {
  const { NO_COLOR: none, TERM: kind } = terminal.environment;
  return stream.isTTY === true && !refused && (none === undefined || none === '') && kind !== 'dumb';
}
