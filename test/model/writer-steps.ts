/**
 * A writer: begin, replay, send, and draw a conclusion from whatever the store answers.
 *
 *     idle -> replay -> end? -> ready -> sent -> check? -> idle (committed)
 *                                ^        |  `-> lost -> loss? -> ready at the next slot, or idle (failed)
 *                                `- again <- doubt: no answer came
 *
 * A question mark is a conclusion that waits to be confirmed by a root read made after it (or by the store's clock). Between
 * any two steps a writer may be frozen for as long as it takes.
 */
import { type Frame, forget, kindOf, oldest, setFlag } from './frame.ts';
import { BROKEN, FLAG, PHASE, ROOT, SEGMENT, WRITER } from './layout.ts';

const BEGINS = kindOf('begins: GET root, replay from #');
const BEGINS_WARM = kindOf('begins warm on slot #');
const REPLAYS = kindOf('GET slot # while replaying');
const END = kindOf('slot # is a 404, to be confirmed');
const END_BELIEVED = kindOf('slot # is a 404, believed by the clock');
const END_CONFIRMED = kindOf('root confirms the end of the replay at #');
const STARTS_AGAIN = kindOf('behind before anything was sent: starts again');
const UPLOADS = kindOf('uploads a segment of epoch #');
const SENDS = kindOf('sends its PUT to slot #');
const DOOM_SKIPS_LOG = kindOf('chooses the doom epoch #, tells nobody');
const TIMES_OUT = kindOf('times out');
const OWN = kindOf('GET slot #: the record is its own');
const STRANGER = kindOf("GET slot #: a stranger's record");
const GONE = kindOf('GET slot #: collected already');
const EMPTY = kindOf('GET slot #: empty');
const SENDS_AGAIN = kindOf('sends the same bytes to slot # again');
const EMPTY_UNKNOWN = kindOf('GET slot #: empty, deadline passed, reports unknown');
const EMPTY_FAILED = kindOf('GET slot #: empty, reports failed');
const COMMITTED_BELIEVED = kindOf('believes by the clock that slot # is its own, reports committed');
const COMMITTED = kindOf('root confirms slot #, reports committed');
const BEHIND = kindOf('behind the boundary at slot #');
const CONFLICT = kindOf('conflict with slot #, reports failed');
const DOOMED = kindOf('conflict: slot # dooms its segment, reports failed');
const DISJOINT = kindOf('disjoint from slot #, goes on');
const UNKNOWN = kindOf('reports unknown');
const AGAIN = kindOf('runs the unknown transaction again');
const CLEANS = kindOf('deletes the segments of an unknown outcome');

export function writerSteps(frame: Frame, writer: number): void {
  const at = frame.writerAt(writer);
  switch (frame.from[at + WRITER.phase]) {
    case PHASE.idle:
      return begin(frame, writer, at);
    case PHASE.replay:
      return replay(frame, writer, at);
    case PHASE.end:
      return confirmEnd(frame, writer, at);
    case PHASE.upload:
      return upload(frame, writer, at);
    case PHASE.ready:
      return send(frame, writer, at);
    case PHASE.sent: {
      frame.fork()[at + WRITER.phase] = PHASE.doubt;
      return frame.emit(TIMES_OUT, writer + 1, 0);
    }
    case PHASE.doubt:
      return look(frame, writer, at, true);
    case PHASE.again:
      return sendAgain(frame, writer, at);
    case PHASE.lost:
      return look(frame, writer, at, false);
    case PHASE.loss:
      return confirmLoss(frame, writer, at);
    case PHASE.check:
      return confirmCreate(frame, writer, at);
    case PHASE.behind:
      return unknown(frame, writer, at, UNKNOWN, frame.rules.behindIsUnknown, true);
    default:
      return;
  }
}

function begin(frame: Frame, writer: number, at: number): void {
  const { from, layout } = frame;
  if (from[at + WRITER.begun] === layout.transactions || frame.tip === layout.slots) return;
  let state = frame.fork();
  state[at + WRITER.begun]++;
  startCold(frame, state, at);
  frame.emit(BEGINS, writer + 1, from[ROOT.checkpoint]);
  if (!frame.has(at, FLAG.known)) return;
  state = frame.fork();
  state[at + WRITER.begun]++;
  state[at + WRITER.phase] = prepared(frame, writer);
  setFlag(state, at, FLAG.fake | FLAG.believed, false);
  frame.emit(BEGINS_WARM, writer + 1, from[at + WRITER.base]);
}

function startCold(frame: Frame, state: Uint8Array, at: number): void {
  state[at + WRITER.phase] = PHASE.replay;
  state[at + WRITER.base] = state[at + WRITER.from] = frame.from[ROOT.checkpoint];
  state[at + WRITER.flags] = 0;
  state[at + WRITER.ageL] = oldest(frame);
  state[at + WRITER.ageNext] = oldest(frame);
  state[at + WRITER.ageRoot] = 0;
}

/** Where a transaction goes when its snapshot is known. */
function prepared(frame: Frame, writer: number): number {
  return frame.bounds.writers[writer] === 'loader' ? PHASE.upload : PHASE.ready;
}

function replay(frame: Frame, writer: number, at: number): void {
  const { from, layout } = frame;
  const next = from[at + WRITER.base] + 1;
  const believed = frame.believed(from[at + WRITER.ageL], from[at + WRITER.ageRoot]);
  const state = frame.fork();
  if (next <= layout.slots && from[layout.log + next] !== 0) {
    state[at + WRITER.base] = next;
    if (!frame.isGenuine(next)) setFlag(state, at, FLAG.fake, true);
    if (believed) state[at + WRITER.from] = next;
    state[at + WRITER.ageL] = believed ? from[layout.age + next] : oldest(frame);
    return frame.emit(REPLAYS, writer + 1, next);
  }
  state[at + WRITER.ageL] = 0;
  if (believed || !frame.rules.confirmEnd) {
    state[at + WRITER.from] = from[at + WRITER.base];
    state[at + WRITER.phase] = prepared(frame, writer);
    return frame.emit(END_BELIEVED, writer + 1, next);
  }
  state[at + WRITER.phase] = PHASE.end;
  frame.emit(END, writer + 1, next);
}

function confirmEnd(frame: Frame, writer: number, at: number): void {
  const { from } = frame;
  const state = frame.fork();
  if (frame.behind(from[at + WRITER.from])) {
    startCold(frame, state, at);
    return frame.emit(STARTS_AGAIN, writer + 1, 0);
  }
  state[at + WRITER.from] = from[at + WRITER.base];
  state[at + WRITER.ageRoot] = 0;
  state[at + WRITER.phase] = prepared(frame, writer);
  frame.emit(END_CONFIRMED, writer + 1, from[at + WRITER.base]);
}

/** A loader's segment bears the slot of its snapshot as its epoch. */
function upload(frame: Frame, writer: number, at: number): void {
  const { from, layout } = frame;
  const segment = frame.transaction(writer, at) - 1;
  const state = frame.fork();
  state[layout.segmentState + segment] = SEGMENT.exists;
  state[layout.segmentEpoch + segment] = from[at + WRITER.base];
  state[at + WRITER.phase] = PHASE.ready;
  frame.emit(UPLOADS, writer + 1, from[at + WRITER.base]);
}

function send(frame: Frame, writer: number, at: number): void {
  const { from, layout } = frame;
  const slot = from[at + WRITER.base] + 1;
  const isCollector = frame.bounds.writers[writer] === 'collector';
  if (isCollector && !frame.rules.doomIsLogged) return skipTheLog(frame, writer, at);
  if (slot > layout.slots) return;
  const state = frame.fork();
  putOnWire(frame, state, at, slot);
  state[at + WRITER.phase] = PHASE.sent;
  state[at + WRITER.ageNext] = 0;
  const epoch = layout.segmentEpoch + frame.transaction(writer, at) - 1;
  if (isCollector && from[epoch] === 0) state[epoch] = from[at + WRITER.base] + 1;
  frame.emit(SENDS, writer + 1, slot);
}

/** The mistake: root learns of the doom, and no loader does. */
function skipTheLog(frame: Frame, writer: number, at: number): void {
  const state = frame.fork();
  state[frame.layout.segmentEpoch + frame.transaction(writer, at) - 1] = frame.from[at + WRITER.base] + 1;
  state[at + WRITER.phase] = PHASE.doom;
  frame.emit(DOOM_SKIPS_LOG, writer + 1, frame.from[at + WRITER.base]);
}

function sendAgain(frame: Frame, writer: number, at: number): void {
  const slot = frame.from[at + WRITER.base] + 1;
  const state = frame.fork();
  putOnWire(frame, state, at, slot);
  state[at + WRITER.phase] = PHASE.sent;
  state[at + WRITER.ageNext] = 0;
  frame.emit(SENDS_AGAIN, writer + 1, slot);
}

function putOnWire(frame: Frame, state: Uint8Array, at: number, slot: number): void {
  state[at + WRITER.wire + frame.from[at + WRITER.begun] - 1] |= 1 << (slot - 1);
}

/** A GET of the slot, after a 412 or after no answer. */
function look(frame: Frame, writer: number, at: number, inDoubt: boolean): void {
  const { from, layout, rules } = frame;
  const slot = from[at + WRITER.base] + 1;
  const owner = from[layout.log + slot];
  const believed = frame.believed(from[at + WRITER.ageL], from[at + WRITER.ageRoot]);
  if (owner === 0) return inDoubt ? empty(frame, writer, at, slot) : fallBehind(frame, writer, at, slot, GONE);
  const state = frame.fork();
  setFlag(state, at, FLAG.believed, believed);
  if (rules.recogniseOwn && owner === frame.transaction(writer, at)) {
    state[at + WRITER.phase] = PHASE.check;
    if (rules.nextAbsentAt !== 'last send' && frame.bounds.clock !== undefined) state[at + WRITER.ageNext] = from[layout.age + slot];
    return frame.emit(OWN, writer + 1, slot);
  }
  state[at + WRITER.phase] = PHASE.loss;
  if (!frame.isGenuine(slot)) setFlag(state, at, FLAG.fake, true);
  if (frame.bounds.clock !== undefined) state[at + WRITER.ageNext] = from[layout.age + slot];
  frame.emit(STRANGER, writer + 1, slot);
}

function empty(frame: Frame, writer: number, at: number, slot: number): void {
  const { from, layout, rules } = frame;
  if (!rules.emptyIsUnknown) {
    const state = frame.fork();
    state[at + WRITER.failed] |= 1 << (from[at + WRITER.begun] - 1);
    forget(state, at, frame);
    return frame.emit(EMPTY_FAILED, writer + 1, slot);
  }
  let state = frame.fork();
  state[at + WRITER.phase] = PHASE.again;
  frame.emit(EMPTY, writer + 1, slot);
  unknown(frame, writer, at, EMPTY_UNKNOWN, rules.deadlineIsUnknown, false);
  if (rules.unknownIsNotCleaned || frame.bounds.writers[writer] !== 'loader') return;
  state = frame.fork();
  state[layout.segmentState + frame.transaction(writer, at) - 1] = SEGMENT.deleted;
  forget(state, at, frame);
  frame.emit(CLEANS, writer + 1, slot);
}

/** The client hears "unknown". Mutants run the transaction once more instead. */
function unknown(frame: Frame, writer: number, at: number, kind: number, obeyed: boolean, stateIsStale: boolean): void {
  const { from } = frame;
  const state = frame.fork();
  if (!obeyed) {
    startCold(frame, state, at);
    return frame.emit(AGAIN, writer + 1, 0);
  }
  if (stateIsStale) forget(state, at, frame);
  else {
    state[at + WRITER.phase] = PHASE.idle;
    setFlag(state, at, FLAG.known, true);
  }
  frame.emit(kind, writer + 1, from[at + WRITER.base] + 1);
}

function fallBehind(frame: Frame, writer: number, at: number, slot: number, kind: number): void {
  const state = frame.fork();
  state[at + WRITER.phase] = PHASE.behind;
  frame.emit(kind, writer + 1, slot);
}

function confirmLoss(frame: Frame, writer: number, at: number): void {
  const { from, rules } = frame;
  const slot = from[at + WRITER.base] + 1;
  const believed = frame.has(at, FLAG.believed);
  if (rules.confirmLoss && !believed && frame.behind(from[at + WRITER.from])) {
    return fallBehind(frame, writer, at, slot, BEHIND);
  }
  const doomed = dooms(frame, writer, at, slot);
  let state = frame.fork();
  state[at + WRITER.failed] |= 1 << (from[at + WRITER.begun] - 1);
  state[at + WRITER.base] = state[at + WRITER.from] = slot;
  state[at + WRITER.flags] = from[at + WRITER.flags] & FLAG.fake ? 0 : FLAG.known;
  if (state[at + WRITER.flags] === 0) forget(state, at, frame);
  else settleLoss(frame, state, at, believed);
  state[at + WRITER.phase] = PHASE.idle;
  frame.emit(doomed ? DOOMED : CONFLICT, writer + 1, slot);
  if (doomed) return;
  state = frame.fork();
  state[at + WRITER.base] = state[at + WRITER.from] = slot;
  settleLoss(frame, state, at, believed);
  setFlag(state, at, FLAG.believed, false);
  state[at + WRITER.phase] = PHASE.ready;
  frame.emit(DISJOINT, writer + 1, slot);
}

/** The slot after a genuine winner did not exist when the winner was made. */
function settleLoss(frame: Frame, state: Uint8Array, at: number, believed: boolean): void {
  state[at + WRITER.ageL] = frame.from[at + WRITER.ageNext];
  state[at + WRITER.ageNext] = oldest(frame);
  if (!believed) state[at + WRITER.ageRoot] = 0;
}

/** Whether the record at `slot` raises the doom epoch to this loader's segment or above. */
function dooms(frame: Frame, writer: number, at: number, slot: number): boolean {
  const { from, layout, bounds, rules } = frame;
  if (!rules.bulkMeetsDoom || bounds.writers[writer] !== 'loader') return false;
  const owner = from[layout.hist + slot];
  if (bounds.writers[frame.writerOf(owner)] !== 'collector') return false;
  const epoch = from[layout.segmentEpoch + frame.transaction(writer, at) - 1];
  return epoch < from[layout.segmentEpoch + owner - 1];
}

function confirmCreate(frame: Frame, writer: number, at: number): void {
  const { from, rules } = frame;
  const slot = from[at + WRITER.base] + 1;
  const believed = frame.has(at, FLAG.believed);
  if (rules.confirmCreate && !believed && frame.behind(from[at + WRITER.from])) {
    return fallBehind(frame, writer, at, slot, BEHIND);
  }
  const state = frame.fork();
  state[at + WRITER.acked] |= 1 << (from[at + WRITER.begun] - 1);
  if (frame.has(at, FLAG.fake)) state[ROOT.broken] |= BROKEN.conflict;
  state[at + WRITER.base] = state[at + WRITER.from] = slot;
  state[at + WRITER.flags] = FLAG.known;
  state[at + WRITER.ageL] = rules.nextAbsentAt === 'answer' ? 0 : from[at + WRITER.ageNext];
  state[at + WRITER.ageNext] = oldest(frame);
  if (!believed) state[at + WRITER.ageRoot] = 0;
  state[at + WRITER.phase] = frame.bounds.writers[writer] === 'collector' ? PHASE.doom : PHASE.idle;
  frame.emit(believed ? COMMITTED_BELIEVED : COMMITTED, writer + 1, slot);
}
