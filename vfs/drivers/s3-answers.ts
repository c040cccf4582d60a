/**
 * What an answer of S3, or its lack, says about a request. Errors are told by name first: S3 may put one in a body under
 * status 200, which the SDK then reports with a status of its own invention.
 *
 *     412 PreconditionFailed             the condition does not hold: exists, mismatch
 *     404 NoSuchKey on If-Match          mismatch
 *     409 ConditionalRequestConflict     undecided: a racing delete; nothing landed (some stores say it to a race's losers)
 *     429, 503 SlowDown                  undecided: refused before the write
 *     connection refused, name unknown   undecided: never sent
 *     403                                StoreError `denied`: never "absent"
 *     other 4xx, 501                     StoreError `permanent`
 *     anything else                      unknown for a write, StoreError `transient` for a read
 */
import { StoreError } from '../object-store.ts';
import { neverSent } from './http.ts';
import { S3Failure } from './s3-transport.ts';

export type Answer = 'absent' | 'unmodified' | 'condition-failed' | 'range' | 'undecided' | 'denied' | 'permanent' | 'unknown';

const ANSWERS: Readonly<Record<string, Answer>> = {
  NoSuchKey: 'absent',
  NotFound: 'absent',
  NotModified: 'unmodified',
  PreconditionFailed: 'condition-failed',
  InvalidRange: 'range',
  ConditionalRequestConflict: 'undecided',
  OperationAborted: 'undecided',
  SlowDown: 'undecided',
  TooManyRequests: 'undecided',
  TooManyRequestsException: 'undecided',
  ThrottlingException: 'undecided',
  Throttling: 'undecided',
  RequestLimitExceeded: 'undecided',
  AccessDenied: 'denied',
  Forbidden: 'denied',
  InvalidAccessKeyId: 'denied',
  SignatureDoesNotMatch: 'denied',
  ExpiredToken: 'denied',
  InvalidToken: 'denied',
  RequestTimeTooSkewed: 'denied',
  CredentialsProviderError: 'denied',
  NoSuchBucket: 'permanent',
  NotImplemented: 'permanent',
  RequestTimeout: 'unknown',
};

/** Classifies what a transport threw. */
export function answerOf({ code, systemCode, status }: S3Failure): Answer {
  const known = Object.hasOwn(ANSWERS, code) ? ANSWERS[code] : undefined;
  if (known !== undefined) return known;
  if (neverSent(systemCode)) return 'undecided';
  if (status === 304) return 'unmodified';
  if (status === 403 || status === 401) return 'denied';
  if (status === 412) return 'condition-failed';
  if (status === 416) return 'range';
  if (status === 409 || status === 429) return 'undecided';
  if (status === 501 || (status >= 300 && status < 500)) return 'permanent';
  return 'unknown';
}

/** The failure as one line for people. */
export function reasonOf({ code, systemCode, status, message }: S3Failure): string {
  return [code, systemCode, status === 0 ? '' : String(status), message].filter((part) => part !== '').join(' ');
}

/** The StoreError for a read, list or delete whose answer is an error; anything but an answer passes through. */
export function readError(object: string, error: unknown): unknown {
  if (!(error instanceof S3Failure)) return error;
  const answer = answerOf(error);
  const kind = answer === 'denied' ? 'denied' : answer === 'undecided' || answer === 'unknown' ? 'transient' : 'permanent';
  return new StoreError(kind, object, reasonOf(error), error);
}
