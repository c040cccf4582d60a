/** I32 of dates or timestamps. Answers how many rows that are not null are infinite. */
type Extract = (a: number, nulls: number, n: number, dst: number) => number;

/** Dates to dates. Infinities stay. Answers how many rows that are not null leave PostgreSQL's range of dates. */
type DateToDate = (a: number, nulls: number, n: number, dst: number) => number;

/**
 * Dates (I32: days since 2000-01-01) and timestamps (I64: microseconds since then), proleptic Gregorian; the least and the greatest
 * number are the infinities. Parts of a timestamp's date are those of `timestampToDate`.
 */
export interface DateKernels {
  /** As extract() has it: the year before 1 is -1. */
  readonly dateYear: Extract;
  readonly dateMonth: Extract;
  readonly dateDay: Extract;
  readonly dateQuarter: Extract;
  /** The first day of the year, quarter or month. */
  readonly dateTruncYear: DateToDate;
  readonly dateTruncQuarter: DateToDate;
  readonly dateTruncMonth: DateToDate;
  /** date + days; `days` is an I32 vector, or one cell. */
  dateAddDays(a: number, days: number, nulls: number, n: number, dst: number): number;
  dateAddDaysConstant(a: number, days: number, nulls: number, n: number, dst: number): number;
  /** Days from b to a. Answers how many rows that are not null are infinite. */
  dateSubtract(a: number, b: number, nulls: number, n: number, dst: number): number;
  /** Midnight of each date, as I64. Infinities stay. Answers how many rows that are not null are beyond all timestamps. */
  dateToTimestamp(a: number, nulls: number, n: number, dst: number): number;
  /** The date of each timestamp, as I32. Infinities stay. `dst` may be `a`. */
  timestampToDate(a: number, n: number, dst: number): void;
  readonly timestampHour: Extract;
  readonly timestampMinute: Extract;
  /** Microseconds since the minute began: extract(second) at scale 6. */
  readonly timestampMicrosOfMinute: Extract;
  /** Down to a multiple of `unit`, the address of an i64 cell of microseconds (up to a day). Infinities stay. */
  timestampTrunc(a: number, unit: number, n: number, dst: number): void;
}
