/** Every bound the engine enforces, each with its unit in its name. `docs/LIMITS.md` explains them to users. */
export const LIMITS = {
  /** Bytes of one statement's text. */
  statementBytesMax: 16 * 1024 * 1024,
  /** Bytes of an identifier; longer ones are cut as PostgreSQL cuts them. */
  identifierBytesMax: 63,
  columnsMax: 1600,
  /** Bytes of one encoded key. */
  keyBytesMax: 8 * 1024,
  /** Bytes of one value. */
  valueBytesMax: 256 * 1024 * 1024,
  /** Bytes of one log record; a larger transaction goes through bulk segments. */
  recordBytesMax: 64 * 1024 * 1024,
  parametersMax: 65_535,
  /** Automatic runs of one transaction function or autocommit statement before 40001 reaches the caller. */
  transactionAttemptsMax: 32,
  /** Nested subqueries, expressions and views. */
  nestingMax: 1_000,
} as const;
