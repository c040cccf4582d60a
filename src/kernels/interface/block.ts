/** Blocks of bytes: LZ4 and packed codes. The twins over typed arrays are ../lz4.ts and ../bit-packing.ts. */
export interface BlockKernels {
  /** Bytes written at `out`, or -1 when more than `outMax` would be; `table` is 16 KiB of scratch. */
  compress(raw: number, length: number, out: number, outMax: number, table: number): number;
  /** 1 when the block was one of exactly `rawLength` bytes, now at `raw`; else 0. */
  decompress(block: number, length: number, raw: number, rawLength: number): number;
  /** Codes [from, from + count) as u32 at `out`. */
  unpack(words: number, from: number, count: number, width: number, out: number): void;
}
