/** The store's clock: the engine decides by it whether a commit needs confirming, and never by its own. */
import { decided, demand, uniqueBytes, type Check } from './finding.ts';

const SAMPLES = 5;
/** HTTP dates are whole seconds. */
const GRAIN_MS = 1_000;
/** The collector's margin: clocks of one store may differ by so much, and no more. */
const BACKWARDS_MS_MAX = 60_000;
const BACKWARDS_MS_WARNING = 5_000;
/** Signatures are refused from 15 minutes on. */
const SKEW_MS_WARNING = 60_000;

export const tellsTime: Check = async (subject) => {
  const { store, other, runtime } = subject;
  const name = subject.fresh('clock');
  const times: number[] = [];
  let skewMs = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const startMs = runtime.clock.now();
    const { dateMs } = await (sample % 2 === 0 ? store : other).get(name);
    if (dateMs === undefined) return 'answers bear no clock: every commit and read is confirmed by one request more';
    const middle = dateMs + GRAIN_MS / 2 - (startMs + runtime.clock.now()) / 2;
    skewMs = times.length === 0 || Math.abs(middle) < Math.abs(skewMs) ? middle : skewMs;
    times.push(dateMs);
  }
  const created = await decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'time')));
  const found = await store.get(name);
  demand(created.kind === 'created' && found.kind === 'found', 'a written object is not there');
  times.push(created.dateMs ?? 0, found.dateMs ?? 0);
  const backwardsMs = Math.max(0, ...times.slice(1).map((time, at) => times[at] - time));
  demand(backwardsMs <= BACKWARDS_MS_MAX, `the store's clock went back by ${backwardsMs / 1000} s between two answers`);
  const apartMs = Math.abs((found.modifiedMs ?? 0) - (created.dateMs ?? 0));
  demand(found.modifiedMs === undefined || apartMs <= BACKWARDS_MS_MAX, `an object's time is ${apartMs / 1000} s away from its answer's`);
  const words = `this machine's clock and the store's are ${Math.abs(skewMs / 1000).toFixed(1)} s apart`;
  if (backwardsMs > BACKWARDS_MS_WARNING) return { warning: `the store's clock went back by ${backwardsMs / 1000} s between two answers` };
  if (Math.abs(skewMs) > SKEW_MS_WARNING) return { warning: `${words}; from 15 minutes on stores refuse signatures` };
  return words;
};
