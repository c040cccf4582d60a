/**
 * What an answer of Google Cloud Storage, or its lack, says about a request.
 *
 *     412 conditionNotMet                          the condition does not hold: exists, mismatch (also when there is nothing to match)
 *     409, 429, 403 rateLimitExceeded              undecided: refused before the write (one name takes about one write a second)
 *     connection refused, name unknown             undecided: never sent
 *     401, 403                                     StoreError `denied`: never "absent"
 *     404 that speaks of the bucket, other 4xx     StoreError `permanent`
 *     408, 5xx, anything else                      unknown for a write, StoreError `transient` for a read
 */
import { StoreError, type StoreTimeMs } from '../object-store.ts';
import { neverSent } from './http.ts';

export type GcsAnswer = 'absent' | 'unmodified' | 'condition-failed' | 'range' | 'undecided' | 'denied' | 'permanent' | 'unknown';

const RATE_REASONS = new Set(['rateLimitExceeded', 'userRateLimitExceeded']);

/** An answer that is an error, or the lack of an answer. */
export class GcsFailure extends Error {
  override readonly name = 'GcsFailure';
  /** HTTP's status; 0 without an answer. */
  readonly status: number;
  /** Google's reason (`conditionNotMet`) or the operating system's code; '' where there is none. */
  readonly reason: string;
  readonly dateMs: StoreTimeMs;

  constructor(status: number, reason: string, message: string, dateMs: StoreTimeMs, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.reason = reason;
    this.dateMs = dateMs;
  }
}

export function gcsAnswerOf({ status, reason, message }: GcsFailure): GcsAnswer {
  if (neverSent(reason)) return 'undecided';
  switch (status) {
    case 304:
      return 'unmodified';
    case 401:
      return 'denied';
    case 403:
      return RATE_REASONS.has(reason) ? 'undecided' : 'denied';
    case 404:
      return /bucket does not exist/i.test(message) ? 'permanent' : 'absent';
    case 409:
    case 429:
      return 'undecided';
    case 412:
      return 'condition-failed';
    case 416:
      return 'range';
    case 408:
      return 'unknown';
    default:
      return status >= 300 && status < 500 ? 'permanent' : 'unknown';
  }
}

/** The failure as one line for people. */
export function gcsReasonOf({ status, reason, message }: GcsFailure): string {
  return [status === 0 ? '' : String(status), message.includes(reason) ? '' : reason, message].filter((part) => part !== '').join(' ');
}

/** The StoreError for a read, list or delete whose answer is an error; anything but an answer passes through. */
export function gcsReadError(object: string, error: unknown): unknown {
  if (!(error instanceof GcsFailure)) return error;
  const answer = gcsAnswerOf(error);
  const kind = answer === 'denied' ? 'denied' : answer === 'undecided' || answer === 'unknown' ? 'transient' : 'permanent';
  return new StoreError(kind, object, gcsReasonOf(error), error);
}
