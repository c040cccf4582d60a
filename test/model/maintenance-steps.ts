/**
 * Checkpointer and collector. Every step may be the last one of its process; several of each are covered, since nothing is
 * remembered between steps but what the checkpointer (slot, segment) and the dooming collector (candidates) carry.
 *
 * A collector moves the boundary in root, and only then deletes slots (with a clock: GRACE later). For segments it commits a
 * control record that raises the doom epoch, then writes the epoch to root, and deletes what neither the manifest that root
 * names at that moment nor any record after it refers to.
 */
import { type Frame, kindOf } from './frame.ts';
import { CHECKPOINTER, PHASE, ROOT, SEGMENT, UPLOADS, WRITER } from './layout.ts';

const CHECKPOINT = kindOf('a checkpoint of slot # is published');
const UPLOADED = kindOf('a segment for a checkpoint of slot # is uploaded');
const PUBLISHED_KEEPING = kindOf('a checkpoint of slot # is published, keeping what root referred to');
const PUBLISHED_MERGING = kindOf('a checkpoint of slot # is published, merging what root referred to');
const REFUSED_OLD = kindOf('publication is refused: root is newer');
const REFUSED_DOOMED = kindOf('publication is refused: the segment is doomed');
const DIES = kindOf('the checkpointer dies');
const BOUNDARY = kindOf('the boundary is moved to #');
const DELETES = kindOf('slot # is deleted');
const DOOM_IN_ROOT = kindOf('root: doom epoch raised to #');
const DELETES_SEGMENT = kindOf('deletes segment #');
const STOPS = kindOf('stops');

export function checkpointSteps(frame: Frame): void {
  const { from, bounds } = frame;
  if (bounds.checkpointSegments === 0) {
    for (let slot = from[ROOT.checkpoint] + 1; slot <= frame.tip; slot++) {
      frame.fork()[ROOT.checkpoint] = slot;
      frame.emit(CHECKPOINT, 0, slot);
    }
    return;
  }
  for (let block = 0; block < CHECKPOINTER.blocks; block++) {
    const at = CHECKPOINTER.first + block * CHECKPOINTER.bytes;
    if (from[at + CHECKPOINTER.slot] === 0) uploadSegment(frame, at);
    else publish(frame, at);
  }
}

function uploadSegment(frame: Frame, at: number): void {
  const { from, layout, bounds } = frame;
  if (from[UPLOADS] === bounds.checkpointSegments) return;
  for (let slot = from[ROOT.checkpoint] + 1; slot <= frame.tip; slot++) {
    const state = frame.fork();
    const segment = layout.checkpointSegment + from[UPLOADS];
    state[at + CHECKPOINTER.slot] = slot;
    state[at + CHECKPOINTER.segment] = segment;
    state[at + CHECKPOINTER.kept] = from[ROOT.references] | loaded(frame, from[ROOT.checkpoint], slot);
    state[UPLOADS]++;
    state[layout.segmentState + segment] = SEGMENT.exists;
    state[layout.segmentEpoch + segment] = slot;
    frame.emit(UPLOADED, 0, slot);
  }
}

function publish(frame: Frame, at: number): void {
  const { from, layout, rules } = frame;
  const slot = from[at + CHECKPOINTER.slot];
  const segment = from[at + CHECKPOINTER.segment];
  if (rules.checkpointGrows && slot <= from[ROOT.checkpoint]) {
    dropped(frame, at);
    return frame.emit(REFUSED_OLD, 0, slot);
  }
  if (rules.publishChecksDoom && from[layout.segmentEpoch + segment] < from[ROOT.doom]) {
    dropped(frame, at);
    return frame.emit(REFUSED_DOOMED, 0, slot);
  }
  const older = rules.publishRebases ? from[ROOT.references] | loaded(frame, from[ROOT.checkpoint], slot) : from[at + CHECKPOINTER.kept];
  for (const kept of [older, 0]) {
    const state = dropped(frame, at);
    state[ROOT.checkpoint] = slot;
    state[ROOT.references] = kept | (1 << segment);
    frame.emit(kept === 0 ? PUBLISHED_MERGING : PUBLISHED_KEEPING, 0, slot);
  }
  dropped(frame, at);
  frame.emit(DIES, 0, slot);
}

function dropped(frame: Frame, at: number): Uint8Array {
  const state = frame.fork();
  for (let offset = at; offset < at + CHECKPOINTER.bytes; offset++) state[offset] = 0;
  return state;
}

/** The segments that records after `after` and up to `through` refer to. */
export function loaded(frame: Frame, after: number, through: number): number {
  const { from, layout, bounds } = frame;
  let segments = 0;
  for (let slot = after + 1; slot <= through; slot++) {
    const owner = from[layout.hist + slot];
    if (owner !== 0 && bounds.writers[frame.writerOf(owner)] === 'loader') segments |= 1 << (owner - 1);
  }
  return segments;
}

export function boundarySteps(frame: Frame): void {
  const { from, layout, rules, bounds } = frame;
  const clock = bounds.clock !== undefined;
  for (let slot = from[ROOT.boundary] + 1; slot <= from[ROOT.checkpoint]; slot++) {
    if (clock && rules.ageRule && from[layout.log + slot] !== 0 && from[layout.age + slot] < frame.ageTicks) break;
    const state = frame.fork();
    state[ROOT.boundary] = slot;
    state[ROOT.boundaryAge] = 0;
    if (!clock || !rules.graceRule) state[ROOT.settled] = slot;
    frame.emit(BOUNDARY, 0, slot);
  }
  const deletable = rules.boundaryFirst ? from[ROOT.settled] : from[ROOT.checkpoint];
  for (let slot = 1; slot <= deletable; slot++) {
    if (from[layout.log + slot] === 0) continue;
    const state = frame.fork();
    state[layout.log + slot] = 0;
    if (clock) state[layout.age + slot] = 0;
    frame.emit(DELETES, 0, slot);
  }
}

/** A collector whose control record is committed, or one that deletes. */
export function doomSteps(frame: Frame, writer: number): void {
  const { from } = frame;
  const at = frame.writerAt(writer);
  if (from[at + WRITER.phase] === PHASE.doom) raiseDoom(frame, writer, at);
  else if (from[at + WRITER.phase] === PHASE.delete) deleteSegments(frame, writer, at);
}

function raiseDoom(frame: Frame, writer: number, at: number): void {
  const { from, layout, rules } = frame;
  const doom = from[layout.segmentEpoch + frame.transaction(writer, at) - 1];
  const pinned = rules.logPins ? loaded(frame, from[ROOT.checkpoint], from[at + WRITER.base]) : 0;
  let candidates = 0;
  for (let segment = 0; segment < layout.segments; segment++) {
    const exists = from[layout.segmentState + segment] === SEGMENT.exists;
    const referred = ((from[ROOT.references] | pinned) & (1 << segment)) !== 0;
    if (exists && !referred && from[layout.segmentEpoch + segment] < doom) candidates |= 1 << segment;
  }
  const state = frame.fork();
  if (rules.doomFirst) state[ROOT.doom] = Math.max(from[ROOT.doom], doom);
  state[at + WRITER.candidates] = candidates;
  state[at + WRITER.phase] = candidates === 0 ? PHASE.idle : PHASE.delete;
  frame.emit(DOOM_IN_ROOT, writer + 1, doom - 1);
}

function deleteSegments(frame: Frame, writer: number, at: number): void {
  const { from, layout } = frame;
  for (let segment = 0; segment < layout.segments; segment++) {
    if ((from[at + WRITER.candidates] & (1 << segment)) === 0) continue;
    const state = frame.fork();
    state[layout.segmentState + segment] = SEGMENT.deleted;
    state[at + WRITER.candidates] &= ~(1 << segment);
    if (state[at + WRITER.candidates] === 0) state[at + WRITER.phase] = PHASE.idle;
    frame.emit(DELETES_SEGMENT, writer + 1, segment + 1);
  }
  const state = frame.fork();
  state[at + WRITER.candidates] = 0;
  state[at + WRITER.phase] = PHASE.idle;
  frame.emit(STOPS, writer + 1, 0);
}
