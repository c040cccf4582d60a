/** Dictionary codes as group keys. */
export interface CodeKernels {
  /** u32 a × count + b: two columns' codes as one, `count` being how many b has. Wraps. `dst` may be an input. */
  combineCodes(a: number, b: number, count: number, n: number, dst: number): void;
  /**
   * Which codes occur, in the order of their first rows, as u32s at `dst`, which has room for them: how many. `table` is a u32 for
   * every code, zeroed before; afterwards the place of each code that occurs, from 1.
   */
  usedCodes(codes: number, n: number, table: number, dst: number): number;
}
