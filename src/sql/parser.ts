/**
 * PostgreSQL's grammar as a WebAssembly instance: text in, the tree's JSON text out.
 *
 * Invariants
 *   P1  Every pointer handed out by the instance is freed before the call returns, unless the call trapped.
 *   P2  An instance that trapped, or whose memory a huge statement has blown up, is replaced by a fresh one in the background.
 */
import type { Node } from '@pgsql/types';
import createParser, { type ParserInstance } from 'libpg-query/wasm/libpg-query.js';
import { assert } from '../base/assert.ts';
import { syntaxError, tooDeep } from './syntax-error.ts';

/** Where the grammar's WebAssembly comes from: the platform compiles it, or hands over its bytes. */
export interface ParserSource {
  readonly module?: WebAssembly.Module | undefined;
  readonly wasmBinary?: Uint8Array | undefined;
}

/** One statement as the grammar gives it; offsets are UTF-8 bytes, a missing length means to the end. */
export interface RawStatement {
  readonly stmt: Node;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** Bytes of a statement beyond which the instance is replaced afterwards, since its memory never shrinks. */
const RENEW_BYTES = 1024 * 1024;

let instance: ParserInstance | undefined;
let renew: (() => Promise<void>) | undefined;

/** Makes `parse` usable. Asynchronous once; a second call replaces nothing. */
export async function loadParser(source: ParserSource): Promise<void> {
  if (instance !== undefined) return;
  assert(source.module !== undefined || source.wasmBinary !== undefined, 'the platform hands over the grammar');
  const module = source.module ?? new WebAssembly.Module(source.wasmBinary ?? new Uint8Array());
  renew = async () => {
    instance = await createParser({
      instantiateWasm(imports, done) {
        const made = new WebAssembly.Instance(module, imports);
        done(made, module);
        return made.exports;
      },
    });
  };
  await renew();
}

/** The statements of `text`. SQLSTATE 42601 with a position when the grammar refuses it, 54001 when it nests too deeply. */
export function parseRaw(text: string): readonly RawStatement[] {
  const parser = instance;
  assert(parser !== undefined, 'loadParser has finished before the first parse');
  const bytes = parser.lengthBytesUTF8(text) + 1;
  let json: string;
  try {
    json = parseToJson(parser, text, bytes);
  } catch (error) {
    if (!isTrap(error)) throw error;
    void renew?.(); // P2
    throw tooDeep();
  }
  if (bytes > RENEW_BYTES) void renew?.(); // P2
  const tree = JSON.parse(json) as { stmts?: readonly RawStatement[] };
  return tree.stmts ?? [];
}

function parseToJson(parser: ParserInstance, text: string, bytes: number): string {
  const textAt = parser._malloc(bytes);
  parser.stringToUTF8(text, textAt, bytes);
  const result = parser._wasm_parse_query_raw(textAt);
  parser._free(textAt);
  assert(result !== 0, 'the grammar has memory for its result');
  const treeAt = parser.getValue(result, 'i32');
  const errorAt = parser.getValue(result + 8, 'i32');
  const failure =
    errorAt === 0 ? undefined : syntaxError(parser.UTF8ToString(parser.getValue(errorAt, 'i32')), parser.getValue(errorAt + 16, 'i32'));
  const json = failure === undefined ? parser.UTF8ToString(treeAt) : '';
  parser._wasm_free_parse_result(result); // P1
  if (failure !== undefined) throw failure;
  return json;
}

/** A stack overflow or a WebAssembly trap, as opposed to an error of ours. */
function isTrap(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.name === 'RuntimeError');
}
