/** Where the protocol's objects lie in the bucket. Names are relative to the database's prefix. */
import { assert } from '../base/assert.ts';
import { hexOf } from '../base/bytes.ts';
import type { Random } from '../base/runtime.ts';
import { epochOfSegment } from '../storage/segment.ts';
import { slot, type Slot } from '../storage/tree.ts';

/** The one mutable object. */
export const ROOT_NAME = 'root';

/** What every log record's name begins with. */
export const LOG_PREFIX = 'log/';

/** What every checkpoint's name begins with. */
export const CHECKPOINT_PREFIX = 'checkpoint/';

/** What every segment's name begins with. */
export const SEGMENT_PREFIX = 'segment/';

/** What every intent's name begins with. */
export const INTENT_PREFIX = 'intent/';

const DIGITS = 16;

/** The record of a slot: the number is inverted, so that a listing returns the newest first. */
export function logName(at: Slot): string {
  assert(at >= 1, 'L1: slots of records start at 1', { slot: at });
  return LOG_PREFIX + (Number.MAX_SAFE_INTEGER - at).toString().padStart(DIGITS, '0');
}

/** The slot that a log record's name stands for; undefined for other names. */
export function slotOfLogName(name: string): Slot | undefined {
  if (!name.startsWith(LOG_PREFIX) || !/^[0-9]{16}$/.test(name.slice(LOG_PREFIX.length))) return undefined;
  const number = Number.MAX_SAFE_INTEGER - Number(name.slice(LOG_PREFIX.length));
  return number >= 1 ? slot(number) : undefined;
}

/** A name for an intent that nobody else will choose. A listing returns those first that are void first. */
export function intentName(voidAfter: Slot, random: Random): string {
  return `${intentsFrom(voidAfter)}-${hexOf(random.bytes(16))}`;
}

/** Comes before the names of all intents that are not void at `at`, and after those of the others. */
export function intentsFrom(at: Slot): string {
  return INTENT_PREFIX + at.toString().padStart(DIGITS, '0');
}

/** The slot after which an intent of this name is void; undefined for other names. */
export function voidAfterOfIntentName(name: string): Slot | undefined {
  const found = /^intent\/([0-9]{16})-[0-9a-f]{32}$/.exec(name);
  return found === null ? undefined : slot(Number(found[1]));
}

/** A name for a checkpoint's manifest that nobody else will choose. */
export function checkpointName(at: Slot, random: Random): string {
  return `${CHECKPOINT_PREFIX}${at}-${hexOf(random.bytes(16))}`;
}

/** The upload epoch that a segment's name carries; undefined for what is not the name of a segment. */
export function epochOfSegmentName(name: string): number | undefined {
  return epochOfSegment(name);
}
