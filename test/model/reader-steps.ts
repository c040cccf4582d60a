/**
 * A linearizable reader: cold from root's checkpoint or warm from where it stopped, it follows the log to a 404, has that
 * confirmed, and answers. Its answer must be the whole history up to a point no earlier than the newest slot when it started.
 */
import { type Frame, kindOf, oldest } from './frame.ts';
import { BROKEN, READER, ROOT } from './layout.ts';

const COLD = kindOf('reader: GET root, replay from #');
const WARM = kindOf('reader: goes on from slot #');
const GETS = kindOf('reader: GET slot #');
const END = kindOf('reader: slot # is a 404');
const BELIEVED = kindOf('reader: 404 believed by the clock');
const CONFIRMED = kindOf('reader: root confirms, answers as of #');
const AGAIN = kindOf('reader: behind the boundary, starts again');

const READING = { idle: 0, known: 1, replay: 2, end: 3 } as const;

export function readerSteps(frame: Frame): void {
  const { from } = frame;
  switch (from[READER.phase]) {
    case READING.known:
      startWarm(frame);
      return startCold(frame, COLD, frame.tip);
    case READING.idle:
      return startCold(frame, COLD, frame.tip);
    case READING.replay:
      return follow(frame);
    default:
      if (frame.behind(from[READER.from])) return startCold(frame, AGAIN, from[READER.start]);
      return answer(frame, CONFIRMED, 0, from[READER.ageL]);
  }
}

function startCold(frame: Frame, kind: number, start: number): void {
  const state = frame.fork();
  state[READER.phase] = READING.replay;
  state[READER.position] = state[READER.from] = frame.from[ROOT.checkpoint];
  state[READER.start] = start;
  state[READER.good] = 1;
  state[READER.ageL] = oldest(frame);
  state[READER.ageRoot] = 0;
  frame.emit(kind, 0, frame.from[ROOT.checkpoint]);
}

function startWarm(frame: Frame): void {
  const state = frame.fork();
  state[READER.phase] = READING.replay;
  state[READER.start] = frame.tip;
  frame.emit(WARM, 0, frame.from[READER.position]);
}

function follow(frame: Frame): void {
  const { from, layout } = frame;
  const next = from[READER.position] + 1;
  const believed = frame.believed(from[READER.ageL], from[READER.ageRoot]);
  if (next <= layout.slots && from[layout.log + next] !== 0) {
    const state = frame.fork();
    state[READER.position] = next;
    if (!frame.isGenuine(next)) state[READER.good] = 0;
    if (believed) state[READER.from] = next;
    state[READER.ageL] = believed ? from[layout.age + next] : oldest(frame);
    return frame.emit(GETS, 0, next);
  }
  if (believed || !frame.rules.confirmEnd) return answer(frame, BELIEVED, from[READER.ageRoot], 0);
  const state = frame.fork();
  state[READER.phase] = READING.end;
  state[READER.ageL] = 0;
  frame.emit(END, 0, next);
}

function answer(frame: Frame, kind: number, ageRoot: number, ageL: number): void {
  const { from } = frame;
  const state = frame.fork();
  if (from[READER.good] === 0 || from[READER.position] < from[READER.start]) state[ROOT.broken] |= BROKEN.read;
  state[READER.phase] = READING.known;
  state[READER.from] = from[READER.position];
  state[READER.start] = 0;
  state[READER.ageRoot] = ageRoot;
  state[READER.ageL] = ageL;
  frame.emit(kind, 0, from[READER.position]);
}
