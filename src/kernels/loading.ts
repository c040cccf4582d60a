import { bytesOfBase64 } from './base64.ts';
import { LOADING_KERNELS } from './loading.generated.ts';

/**
 * The kernels that loads run, over addresses in a memory of their own; what each does is said where it is written (assembly/loading).
 * `refs` are u64 a row: the address of a string, and above it its length. `nulls` are u8 a row: 1 null; address 0: none is. Blocks have
 * room behind them, LOADING_SLACK_BYTES, that kernels may read and write.
 */
export interface LoadingKernels {
  /** Records found in text; see assembly/loading/scan.ts for what lies at `state`. */
  scanRecords(state: number): number;
  /** The address of the first byte in [from, to) that is not text. */
  validText(from: number, to: number): number;
  extractFields(
    state: number,
    from: number,
    count: number,
    field: number,
    mayBeNull: number,
    refs: number,
    nulls: number,
    unusual: number,
  ): number;
  fitStrings(
    refs: number,
    nulls: number,
    unusual: number,
    count: number,
    charactersMax: number,
    bytesMax: number,
    pads: number,
    arena: number,
  ): number;
  convertInt32(refs: number, nulls: number, unusual: number, count: number, out: number, least: number, most: number): number;
  convertInt64(refs: number, nulls: number, unusual: number, count: number, out: number): number;
  convertDecimal(
    refs: number,
    nulls: number,
    unusual: number,
    count: number,
    out: number,
    precision: number,
    scale: number,
    isExact: number,
  ): number;
  convertFloat32(refs: number, nulls: number, unusual: number, count: number, out: number): number;
  convertFloat64(refs: number, nulls: number, unusual: number, count: number, out: number): number;
  convertBool(refs: number, nulls: number, unusual: number, count: number, out: number): number;
  convertDate(refs: number, nulls: number, unusual: number, count: number, out: number): number;
  convertTimestamp(refs: number, nulls: number, unusual: number, count: number, out: number, zoned: number): number;

  summary32(data: number, nulls: number, count: number, out: number): void;
  summary64(data: number, nulls: number, count: number, out: number): void;
  pack32(data: number, nulls: number, count: number, base: number, width: number, out: number): void;
  pack64(data: number, nulls: number, count: number, base: number, width: number, out: number): void;
  packCodes(codes: number, nulls: number, ranks: number, count: number, width: number, out: number): void;
  runs32(data: number, nulls: number, count: number, ends: number, values: number): number;
  runs64(data: number, nulls: number, count: number, ends: number, values: number): number;
  bitmap(bytes: number, count: number, out: number): void;

  buildDictionary(refs: number, nulls: number, count: number, entries: number, codes: number, table: number): number;
  sortDictionary(refs: number, entries: number, size: number, ranks: number, scratch: number): void;
  boundsOfStrings(refs: number, nulls: number, count: number, out: number): void;
  totalLength(refs: number, nulls: number, count: number): number;
  copyStrings(refs: number, nulls: number, rows: number, count: number, ends: number, bytes: number): void;
  /** Copies to `arena` the strings that lie in [low, high); the address behind the copies. */
  moveStrings(refs: number, count: number, low: number, high: number, arena: number): number;
  /** Bytes written at `out`, or -1 when they would be more than `outMax`; of `table` and `base` see assembly/loading/lz4.ts. */
  compress(raw: number, length: number, out: number, outMax: number, table: number, base: number): number;

  writeKeys(
    parts: number,
    partCount: number,
    uniqueParts: number,
    count: number,
    out: number,
    ends: number,
    whole: number,
    scratch: number,
  ): number;
  firstDisorder(keys: number, ends: number, count: number, previous: number, previousLength: number): number;
  sharedBytes(keys: number, ends: number, count: number, other: number, length: number): number;
  writeKeyChunk(keys: number, ends: number, count: number, skip: number, out: number): number;

  headsOfKeys(keys: number, ends: number, count: number, skip: number, heads: number): void;
  sortRows(heads: number, rows: number, count: number, otherHeads: number, otherRows: number, table: number): void;
  orderOfRows(a: number, b: number, table: number): number;
  gather1(table: number, rows: number, count: number, out: number): void;
  gather4(table: number, rows: number, count: number, out: number): void;
  gather8(table: number, rows: number, count: number, out: number): void;
  gatherKeys(table: number, rows: number, count: number, out: number, ends: number): void;
}

/** Bytes behind a block that kernels may touch. */
export const LOADING_SLACK_BYTES = 64;

const compiled: { module?: WebAssembly.Module | undefined } = {};

/** The kernels over `memory`; undefined where the host does not compile WebAssembly: loads then take the plain road. */
export function loadingKernels(memory: WebAssembly.Memory): LoadingKernels | undefined {
  try {
    compiled.module ??= new WebAssembly.Module(bytesOfBase64(LOADING_KERNELS));
    const { exports } = new WebAssembly.Instance(compiled.module, { env: { memory } });
    return exports as unknown as LoadingKernels;
  } catch {
    return undefined;
  }
}
