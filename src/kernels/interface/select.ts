/** dst[i] = src[selection[i]] for i below m. */
type Gather = (src: number, selection: number, m: number, dst: number) => void;

/** dst[selection[i]] = src[i] for i below m. */
type Scatter = (src: number, selection: number, m: number, dst: number) => void;

/** dst[i] = table[codes[i]]; the codes are known to be in the table (`codesInRange`). */
type Lookup = (codes: number, table: number, n: number, dst: number) => void;

/** dst[i] = mask[i] ? whenTrue[i] : whenFalse[i]. */
type Blend = (mask: number, whenTrue: number, whenFalse: number, n: number, dst: number) => void;

/** dst[i] = the cell at `constant`. */
type Fill = (constant: number, n: number, dst: number) => void;

/** Selections, and moving rows by them. 8, 32, 64 are the bits of a row. */
export interface SelectKernels {
  /** Row numbers whose mask is 1 and that are not null (`nulls` may be 0), as u32 at `dst`, which has room for n; how many. */
  select(mask: number, nulls: number, n: number, dst: number): number;
  readonly gather8: Gather;
  readonly gather32: Gather;
  readonly gather64: Gather;
  /** A scatter's `dst` is none of its inputs. */
  readonly scatter8: Scatter;
  readonly scatter32: Scatter;
  readonly scatter64: Scatter;
  readonly lookup8: Lookup;
  readonly lookup32: Lookup;
  readonly lookup64: Lookup;
  readonly blend8: Blend;
  readonly blend32: Blend;
  readonly blend64: Blend;
  readonly fill8: Fill;
  readonly fill32: Fill;
  readonly fill64: Fill;
  /** u32: start, start + 1, … */
  iota(start: number, n: number, dst: number): void;
}
