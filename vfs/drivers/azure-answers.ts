/**
 * What an answer of Azure Blob Storage, or its lack, says about a request. Azure's own code decides first: one status stands for many things.
 *
 *     409 BlobAlreadyExists, 412 ConditionNotMet    the condition does not hold: exists, mismatch
 *     404 BlobNotFound on If-Match                  mismatch
 *     409 otherwise, 429                            undecided: refused before the write
 *     409 BlobImmutableDueToPolicy, 412 Lease…      StoreError `denied`: somebody forbids it, and it says nothing about versions
 *     connection refused, name unknown              undecided: never sent
 *     401, 403                                      StoreError `denied`: never "absent"
 *     404 ContainerNotFound, other 4xx              StoreError `permanent`
 *     500, 503 ServerBusy, anything else            unknown for a write (Azure does not say whether it began), `transient` for a read
 */
import { StoreError } from '../object-store.ts';
import { neverSent, systemCodeOf } from './http.ts';

export type AzureAnswer = 'absent' | 'unmodified' | 'condition-failed' | 'range' | 'undecided' | 'denied' | 'permanent' | 'unknown';

const ANSWERS: Readonly<Record<string, AzureAnswer>> = {
  BlobNotFound: 'absent',
  ResourceNotFound: 'absent',
  BlobAlreadyExists: 'condition-failed',
  ConditionNotMet: 'condition-failed',
  TargetConditionNotMet: 'condition-failed',
  InvalidRange: 'range',
  ContainerNotFound: 'permanent',
  ContainerBeingDeleted: 'permanent',
  ContainerDisabled: 'permanent',
  BlobImmutableDueToPolicy: 'denied',
  UnauthorizedBlobOverwrite: 'denied',
  LeaseIdMissing: 'denied',
  LeaseIdMismatchWithBlobOperation: 'denied',
  LeaseLost: 'denied',
};

/** Classifies what the SDK threw. */
export function azureAnswerOf(error: unknown): AzureAnswer {
  const { code, status } = factsOf(error);
  if (status === 304) return 'unmodified'; // of a read; its code is ConditionNotMet too
  const known = Object.hasOwn(ANSWERS, code) ? ANSWERS[code] : undefined;
  if (known !== undefined) return known;
  if (neverSent(code)) return 'undecided';
  if (status === 404) return 'absent';
  if (status === 401 || status === 403) return 'denied';
  if (status === 412) return 'condition-failed';
  if (status === 416) return 'range';
  if (status === 409 || status === 429) return 'undecided';
  if (status >= 300 && status < 500 && status !== 408) return 'permanent';
  return 'unknown';
}

/** The failure as one line for people. */
export function azureReasonOf(error: unknown): string {
  const { code, status, message } = factsOf(error);
  const first = message.split('\n', 1)[0];
  return [first.includes(code) ? '' : code, status === 0 ? '' : String(status), first].filter((part) => part !== '').join(' ');
}

/** The StoreError for a read, list or delete whose answer is an error. */
export function azureReadError(object: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const answer = azureAnswerOf(error);
  const kind = answer === 'denied' ? 'denied' : answer === 'undecided' || answer === 'unknown' ? 'transient' : 'permanent';
  return new StoreError(kind, object, azureReasonOf(error), error);
}

function factsOf(error: unknown): { code: string; status: number; message: string } {
  if (!(error instanceof Error)) return { code: '', status: 0, message: String(error) };
  const status: unknown = 'statusCode' in error ? error.statusCode : undefined;
  // Answers to HEAD have no body for the SDK to find the code in.
  return {
    code: azureHeader(error, 'x-ms-error-code') ?? systemCodeOf(error),
    status: typeof status === 'number' ? status : 0,
    message: error.message,
  };
}

/** A header of the answer that an error of the SDK stands for. */
export function azureHeader(error: unknown, name: string): string | undefined {
  const response: unknown = typeof error === 'object' && error !== null && 'response' in error ? error.response : undefined;
  return (response as { readonly headers?: { get(name: string): string | undefined } } | undefined)?.headers?.get(name);
}
