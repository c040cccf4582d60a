/** 2000-01-01 UTC, where PostgreSQL's dates and timestamps start, in milliseconds since 1970. */
export const EPOCH_2000_MS = 946_684_800_000;
