/** What the command line asks of a suite. */
export interface BenchOptions {
  /** TPC-H's scale factor, or the share of the scans' ten million rows. Suites of one size do not look at it. */
  readonly scale: number;
  /** The cases wanted; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Threads given to both sides, one measurement for each. */
  readonly threads: readonly number[];
  /** Whether the plans of our side are printed instead of times. */
  readonly explains: boolean;
  /** Whether times are those of the processor instead of the wall's. */
  readonly countsCpu: boolean;
  /** Our side alone. */
  readonly isAlone: boolean;
  /** Where CPU profiles of our side go; undefined: none are taken. */
  readonly profileFolder: string | undefined;
}

/** Whether a case is wanted. */
export function isWanted({ only }: BenchOptions, name: string): boolean {
  return only === undefined || only.has(name);
}
