/** The emscripten module that libpg-query publishes without types: only what `parser.ts` calls. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface ParserInstance {
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, address: number, bytesMax: number): void;
    UTF8ToString(address: number): string;
    getValue(address: number, type: 'i32'): number;
    _malloc(bytes: number): number;
    _free(address: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
  }
  export interface ParserOptions {
    instantiateWasm(
      imports: Record<string, Record<string, unknown>>,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): Record<string, unknown>;
  }
  const create: (options: ParserOptions) => Promise<ParserInstance>;
  export default create;
}
