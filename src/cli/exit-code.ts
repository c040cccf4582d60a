/** What the process says when it ends. Codes are public: add some, never renumber. */
import { SqlError } from '../base/sql-error.ts';

export const EXIT = {
  ok: 0,
  error: 1,
  /** The arguments make no sense; nothing was done. */
  usage: 2,
  /** A concurrent transaction got in between, or the store was busy: running the same again may succeed. */
  conflict: 3,
  /** No such database, table or file. */
  notFound: 4,
  /** Stored bytes are not what was written. */
  verification: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Arguments that make no sense: exit code 2 and a pointer to --help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code for a failure. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof SqlError)) return isMissingFile(error) ? EXIT.notFound : EXIT.error;
  if (error.retryable) return EXIT.conflict;
  switch (error.condition) {
    case 'invalid_catalog_name':
      return EXIT.notFound;
    case 'data_corrupted':
      return EXIT.verification;
    default:
      return EXIT.error;
  }
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
