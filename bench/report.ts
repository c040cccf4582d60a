/** One measured figure. `ratio` is how many times better we are than the peer, above 1 is ahead. */
export interface Figure {
  readonly suite: string;
  readonly case: string;
  /** Null when we were cut off. */
  readonly ours: number | null;
  /** Null when the peer was cut off; absent when there is none. */
  readonly peer?: number | null;
  readonly peerName?: string;
  readonly unit: string;
  /** TPC-H's scale factor, or the share of the documented size. */
  readonly scale?: number;
  /** Threads that both sides were given, where that is a choice. */
  readonly threads?: number;
  /** Counted rounds, the best of which is shown. */
  readonly rounds?: number;
  readonly ratio?: number;
  /** What our figure promises its reader, e.g. `linearizable`. */
  readonly consistency: string;
  /** Where a commit is safe, e.g. `object`, `memory`, `none` for reads. */
  readonly durability: string;
}

/** Whether more or less of a unit is better. */
const LOWER_IS_BETTER = /^(?:round trips|ms|cpu ms|s|µs|ns|requests|bytes|MB)$/;

/** Completes a figure with its ratio. */
export function figure(given: Omit<Figure, 'ratio'>): Figure {
  const { ours, peer, unit } = given;
  const shown = {
    ...given,
    ...(ours === null ? {} : { ours: rounded(ours) }),
    ...(peer === undefined || peer === null ? {} : { peer: rounded(peer) }),
  };
  if (ours === null || peer === undefined || peer === null) return shown;
  return { ...shown, ratio: rounded(LOWER_IS_BETTER.test(unit) ? peer / ours : ours / peer) };
}

/** A figure as a line of JSON. What ran once at its only size says so too. */
export function line(of: Figure): string {
  const { suite, case: name, scale = 1, ours, peer, peerName, ratio, unit, rounds = 1, ...promises } = of;
  return JSON.stringify({ suite, case: name, scale, ours, peer, peerName, ratio, unit, rounds, ...promises });
}

/** The geometric mean of positive values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Says that a case failed: the run goes on, and its exit code tells. */
export function failed(what: string): void {
  console.error(`FAILED ${what}`);
  process.exitCode = 1;
}

/** Four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A figure in passing. */
export function brief({ case: name, threads, ours, unit, ratio, peerName }: Figure): string {
  return [
    name + threadsText(threads),
    amount(ours, unit),
    ...(ratio === undefined ? [] : [`${ratio.toFixed(2)} ×`]),
    ...(peerName === undefined ? [] : [peerName]),
  ].join('  ');
}

/** A table people like to read. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((each) => [
    each.scale === undefined ? each.suite : `${each.suite} ${each.scale}`,
    each.case + threadsText(each.threads),
    amount(each.ours, each.unit),
    each.peer === undefined ? '' : amount(each.peer, each.unit),
    each.peerName ?? '',
    each.ratio === undefined ? '' : `${each.ratio.toFixed(2)} ×`,
    `${each.consistency}, ${each.durability}`,
  ]);
  const all = [['suite', 'case', 'ours', 'peer', '', 'ratio', 'consistency, durability'], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column >= 2 && column <= 5 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => '─'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}

function amount(value: number | null, unit: string): string {
  return value === null ? 'cut off' : `${rounded(value)} ${unit}`;
}

/** Only of more than one: a thread is what everything has. */
function threadsText(threads = 1): string {
  return threads === 1 ? '' : `, ${threads} threads`;
}
