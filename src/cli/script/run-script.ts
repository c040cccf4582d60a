/** Runs a script: statements, backslash commands and COPY data, in order. */
import { copyDirection } from '../../session/copy/copy-statement.ts';
import { runBackslash } from '../backslash.ts';
import type { Runner } from '../runner.ts';
import { ScriptSplitter } from './splitter.ts';

export interface ScriptOptions {
  /** Shown before errors with the line number; undefined shows neither. */
  readonly name: string | undefined;
  /** Whether a failure ends the script; \set ON_ERROR_STOP changes it. */
  readonly stopOnError: boolean;
}

/** How a script ended: `quit` was asked for, or a failure stopped it. */
export type ScriptEnd = 'end' | 'quit' | 'failed';

const INCLUDE_DEPTH_MAX = 32;

export async function runScript(runner: Runner, chunks: AsyncIterable<string>, options: ScriptOptions, depth = 0): Promise<ScriptEnd> {
  if (depth > INCLUDE_DEPTH_MAX) {
    await runner.fail(new Error('scripts include each other too deeply'), undefined, '');
    return 'failed';
  }
  const splitter = new ScriptSplitter();
  const input = new Input(chunks, splitter);
  let { stopOnError } = options;
  for (let piece = await input.next(); piece !== undefined; piece = await input.next()) {
    const prefix = options.name === undefined ? '' : `${options.name}:${piece.line}: `;
    let isFine = true;
    if (piece.kind === 'statement') {
      const data = new CopyData(input, expectsData(piece.text));
      isFine = await runner.run(piece.text, { prefix, data: () => data.chunks() });
      await data.drain();
    } else {
      const outcome = await runBackslash(runner, piece, { prefix, depth, folderOf: options.name, stopOnError });
      if (outcome.kind === 'quit') return 'quit';
      if (outcome.kind === 'stopOnError') stopOnError = outcome.value;
      isFine = outcome.kind !== 'failed';
    }
    if (!isFine && stopOnError) return 'failed';
  }
  return 'end';
}

/** Whether lines of data follow. */
function expectsData(text: string): boolean {
  try {
    return copyDirection(text) === 'in';
  } catch {
    return false; // running it will say why
  }
}

/** Pieces and data out of text that arrives in chunks. */
class Input {
  readonly #chunks: AsyncIterator<string>;
  readonly #splitter: ScriptSplitter;
  #atEnd = false;
  #dataEnded = false;

  constructor(chunks: AsyncIterable<string>, splitter: ScriptSplitter) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#splitter = splitter;
  }

  async next(): Promise<ReturnType<ScriptSplitter['next']>> {
    for (;;) {
      const piece = this.#splitter.next(this.#atEnd);
      if (piece !== undefined || this.#atEnd) return piece;
      await this.#more();
    }
  }

  /** Lines of COPY data; undefined after the last. */
  async data(): Promise<string | undefined> {
    for (;;) {
      const { data, ended } = this.#splitter.takeData(this.#atEnd);
      if (data !== '') {
        this.#dataEnded = ended;
        return data;
      }
      if (ended) return undefined;
      await this.#more();
    }
  }

  /** Whether the last piece of data was the last. */
  get dataEnded(): boolean {
    return this.#dataEnded;
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done === true) this.#atEnd = true;
    else this.#splitter.add(value);
  }
}

/** The data of one COPY. Whatever the statement leaves unread is skipped, so that it is never taken for statements. */
class CopyData {
  readonly #input: Input;
  #isOpen: boolean;

  constructor(input: Input, isOpen: boolean) {
    this.#input = input;
    this.#isOpen = isOpen;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    for (let data = await this.#next(); data !== undefined; data = await this.#next()) yield encoder.encode(data);
  }

  async drain(): Promise<void> {
    while (this.#isOpen) await this.#next();
  }

  async #next(): Promise<string | undefined> {
    if (!this.#isOpen) return undefined;
    const data = await this.#input.data();
    if (data === undefined || this.#input.dataEnded) this.#isOpen = false;
    return data;
  }
}
