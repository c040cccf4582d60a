/**
 * The wire: a PUT that was sent may land at any later time, once or (with duplicates) again and again, or never, whatever its
 * writer does meanwhile; its answer is heard or not. "Refused, send again" (409, 429, 503) leaves a state as it was, so it needs
 * no step of its own.
 */
import { type Frame, kindOf, setFlag } from './frame.ts';
import { FLAG, PHASE, WRITER } from './layout.ts';

const CREATED = kindOf('PUT to slot # lands, answered created');
const EXISTS = kindOf('PUT to slot # lands, answered exists');
const UNHEARD = kindOf('PUT to slot # lands, nobody hears');
const LOST = kindOf('PUT to slot # is lost on the way');

export function wireSteps(frame: Frame, writer: number): void {
  const { from, layout } = frame;
  const at = frame.writerAt(writer);
  for (let order = 0; order < layout.transactions; order++) {
    const wire = from[at + WRITER.wire + order];
    for (let slot = 1; slot <= layout.slots; slot++) {
      if ((wire & (1 << (slot - 1))) === 0) continue;
      const waiting =
        from[at + WRITER.phase] === PHASE.sent && from[at + WRITER.begun] === order + 1 && from[at + WRITER.base] + 1 === slot;
      land(frame, writer, order, slot, false, false);
      if (waiting) land(frame, writer, order, slot, true, false);
      if (frame.bounds.duplicates) {
        land(frame, writer, order, slot, false, true);
        if (waiting) land(frame, writer, order, slot, true, true);
      }
      take(frame, at, order, slot);
      frame.emit(LOST, writer + 1, slot);
    }
  }
}

function take(frame: Frame, at: number, order: number, slot: number): Uint8Array {
  const state = frame.fork();
  state[at + WRITER.wire + order] &= ~(1 << (slot - 1));
  return state;
}

function land(frame: Frame, writer: number, order: number, slot: number, heard: boolean, again: boolean): void {
  const { from, layout } = frame;
  const at = frame.writerAt(writer);
  const fresh = from[layout.log + slot] === 0;
  const state = again ? frame.fork() : take(frame, at, order, slot);
  if (fresh) {
    const transaction = writer * layout.transactions + order + 1;
    state[layout.log + slot] = transaction;
    if (from[layout.hist + slot] === 0) state[layout.hist + slot] = transaction;
    if (frame.bounds.clock !== undefined) state[layout.age + slot] = 0;
  }
  if (heard) {
    state[at + WRITER.phase] = fresh ? PHASE.check : PHASE.lost;
    setFlag(state, at, FLAG.believed, frame.believed(from[at + WRITER.ageL], from[at + WRITER.ageRoot]));
  }
  frame.emit(heard ? (fresh ? CREATED : EXISTS) : UNHEARD, writer + 1, slot);
}
