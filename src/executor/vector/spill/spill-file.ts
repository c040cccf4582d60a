/** A file that one query writes what does not fit its memory to. It goes with the query, however that ends. */
export interface SpillFile {
  /** Appends bytes: the position of the first. SQLSTATE 53200 past the limit, or where the disk is full. */
  append(bytes: Uint8Array): number;
  /** Fills `into` with what was appended at a position. */
  read(position: number, into: Uint8Array): void;
  close(): void;
}

/** Where such files are to be had. */
export interface SpillPlace {
  /** An empty file that takes so many bytes at most. */
  open(bytesMax: number): SpillFile;
}

/** What operators that may spill know of it. */
export interface Spilling {
  /** Bytes that each of them may hold before it does. */
  readonly bytes: number;
  /** The query's file, made when first asked for. */
  file(): SpillFile;
  /** Notes that rows come in another order than they would from memory. */
  loseOrder(): void;
}
