/** CPU profiles of one case: a file for Chrome's developer tools, and the functions that count as text. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector/promises';
import { join } from 'node:path';

const SAMPLING_US = 200;
const SECONDS_MIN = 2;
const RUNS_MAX = 1000;
const LINES_MAX = 25;

type Profile = Pick<Profiler.Profile, 'nodes' | 'samples'>;

/** Runs `work` for about two seconds, at least once, under the profiler of this thread. */
export async function profiled(folder: string, name: string, work: () => Promise<unknown>): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  await session.post('Profiler.start');
  const began = performance.now();
  let runs = 0;
  while (runs === 0 || (performance.now() - began < SECONDS_MIN * 1000 && runs < RUNS_MAX)) {
    await work();
    runs++;
  }
  const ms = (performance.now() - began) / runs;
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.cpuprofile`);
  writeFileSync(path, JSON.stringify(profile));
  console.error(`${name}: ${runs} runs of ${ms.toFixed(1)} ms; ${path}\n${summary(profile)}`);
}

/** Shares of samples by function: those it was at the top of, and those it was anywhere in. */
export function summary({ nodes, samples = [] }: Profile): string {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const labels = new Map(nodes.map((node) => [node.id, labelOf(node)]));
  const counts = new Map<number, number>();
  for (const id of samples) counts.set(id, (counts.get(id) ?? 0) + 1);
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  for (const [id, count] of counts) {
    const stack = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.add(labels.get(at) ?? '');
    const [top] = stack;
    self.set(top, (self.get(top) ?? 0) + count);
    for (const each of stack) total.set(each, (total.get(each) ?? 0) + count);
  }
  const percent = (count: number | undefined) => `${(((count ?? 0) * 100) / samples.length).toFixed(1).padStart(6)} %`;
  const largest = (of: Map<string, number>) =>
    [...of]
      .sort((a, b) => b[1] - a[1])
      .slice(0, LINES_MAX)
      .map(([label]) => `${percent(self.get(label))} ${percent(total.get(label))}  ${label}`);
  return ['    self    total  by self', ...largest(self), '    self    total  by total', ...largest(total)].join('\n');
}

function labelOf({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.replace(/^.*\/(?:dist|node_modules)\//, '');
  return file === '' ? name : `${name}  ${file}:${lineNumber + 1}`;
}
