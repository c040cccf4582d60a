/**
 * What an error of R2's binding says about an operation. The binding throws plain errors whose message ends in R2's number.
 *
 *     null from a conditional put, 10031    the condition does not hold: exists, mismatch (no error, decided by R2)
 *     10058 TooManyRequests                 undecided: more than one write a second to one name; refused before the write
 *     10002, 10003                          StoreError `denied`
 *     10006 NoSuchBucket, 10020 …           StoreError `permanent`
 *     10001, 10043, anything else           unknown for a write, StoreError `transient` for a read
 */
import { StoreError } from '../object-store.ts';

export type R2Answer = 'absent' | 'condition-failed' | 'range' | 'undecided' | 'denied' | 'permanent' | 'unknown';

const ANSWERS: Readonly<Record<string, R2Answer>> = {
  '10002': 'denied', // Unauthorized
  '10003': 'denied', // AccessDenied
  '10006': 'permanent', // NoSuchBucket
  '10007': 'absent', // NoSuchKey
  '10020': 'permanent', // InvalidObjectName
  '10031': 'condition-failed', // PreconditionFailed
  '10039': 'range', // InvalidRange
  '10058': 'undecided', // TooManyRequests
};

/** Classifies what the binding threw. */
export function r2AnswerOf(error: unknown): R2Answer {
  const code = /\((\d{5})\)/.exec(r2ReasonOf(error))?.[1] ?? '';
  return Object.hasOwn(ANSWERS, code) ? ANSWERS[code] : 'unknown';
}

/** The failure as one line for people. */
export function r2ReasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The StoreError for a read, list or delete that failed. */
export function r2ReadError(object: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const answer = r2AnswerOf(error);
  const kind = answer === 'denied' ? 'denied' : answer === 'undecided' || answer === 'unknown' ? 'transient' : 'permanent';
  return new StoreError(kind, object, r2ReasonOf(error), error);
}
