/** `npm run -s bench -- <suite…> [--json] [--scale 1,0.1] [--only case,case] [--threads 1,2] [--alone] [--cpu] [--profile] [--explain]` */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchFolder } from './fixtures.ts';
import type { BenchOptions } from './options.ts';
import { brief, failed, line, table, type Figure } from './report.ts';
import { contention } from './suites/contention.ts';
import { cost } from './suites/cost.ts';
import { groupcommit } from './suites/groupcommit.ts';
import { encryption } from './suites/encryption.ts';
import { importing } from './suites/import.ts';
import { kernelsHash } from './suites/kernels-hash.ts';
import { kernels } from './suites/kernels.ts';
import { memory } from './suites/memory.ts';
import { point } from './suites/point.ts';
import { roundtrips } from './suites/roundtrips.ts';
import { scan } from './suites/scan.ts';
import { seeds } from './suites/seeds.ts';
import { tpch } from './suites/tpch.ts';
import { write } from './suites/write.ts';

interface Suite {
  readonly run: (options: BenchOptions) => AsyncIterable<Figure> | Promise<Figure[]>;
  /** What is measured when no scale is given: the sizes that docs/BENCH.md speaks of. */
  readonly scales: readonly number[];
}

const SUITES: Readonly<Record<string, Suite>> = {
  roundtrips: { run: roundtrips, scales: [1] },
  point: { run: point, scales: [1] },
  write: { run: write, scales: [1] },
  import: { run: ({ scale }) => importing(scale), scales: [0.1] },
  scan: { run: scan, scales: [1] },
  tpch: { run: tpch, scales: [1, 0.1] },
  memory: { run: memory, scales: [1] },
  contention: { run: contention, scales: [1] },
  cost: { run: cost, scales: [1] },
  groupcommit: { run: groupcommit, scales: [1] },
  encryption: { run: encryption, scales: [1] },
  seeds: { run: seeds, scales: [1] },
  kernels: { run: (asked) => Promise.resolve(kernels(asked)), scales: [1] },
  kernels_hash: { run: ({ scale }) => Promise.resolve(kernelsHash(scale)), scales: [1] },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    scale: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    alone: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    explain: { type: 'boolean', default: false },
  },
});
const wanted = positionals.length === 0 ? Object.keys(SUITES) : positionals;
const scales = values.scale?.split(',').map(Number);
const options: Omit<BenchOptions, 'scale'> = {
  only: values.only === undefined ? undefined : new Set(values.only.split(',')),
  threads: values.threads.split(',').map(Number),
  countsCpu: values.cpu,
  explains: values.explain,
  isAlone: values.alone || values.profile || values.explain,
  profileFolder: values.profile ? join(benchFolder(), 'profiles') : undefined,
};
refuseNonsense();
const figures: Figure[] = [];
for (const name of wanted) {
  for (const scale of scales ?? SUITES[name].scales) await measure(name, scale);
}
if (!values.json) console.log(table(figures));

async function measure(name: string, scale: number): Promise<void> {
  console.error(`${name} at scale ${scale} …`);
  try {
    for await (const figure of await SUITES[name].run({ ...options, scale })) {
      figures.push(figure);
      if (values.json) console.log(line(figure));
      else console.error(`  ${brief(figure)}`);
    }
  } catch (error) {
    failed(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

function refuseNonsense(): void {
  const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
  const refusals = [
    ...(unknown.length > 0 ? [`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`] : []),
    ...(scales?.every((each) => each > 0) === false ? ['--scale takes positive numbers, e.g. 1,0.1'] : []),
    ...(options.threads.every((each) => Number.isInteger(each) && each >= 1 && each <= 64) ? [] : ['--threads takes numbers, e.g. 1,2']),
  ];
  if (refusals.length === 0) return;
  for (const refusal of refusals) console.error(refusal);
  process.exit(2);
}
