/** `npm run -s bench -- <suite…> [--json] [--scale 0.1] [--only case,case] [--threads 1,2] [--alone] [--profile]` */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchFolder } from './fixtures.ts';
import type { BenchOptions } from './options.ts';
import { failed, line, table, type Figure } from './report.ts';
import { importing } from './suites/import.ts';
import { memory } from './suites/memory.ts';
import { point } from './suites/point.ts';
import { roundtrips } from './suites/roundtrips.ts';
import { scan } from './suites/scan.ts';
import { seeds } from './suites/seeds.ts';
import { tpch } from './suites/tpch.ts';
import { write } from './suites/write.ts';

type Suite = (options: BenchOptions) => AsyncIterable<Figure> | Promise<Figure[]>;

const SUITES: Readonly<Record<string, Suite>> = {
  roundtrips,
  point,
  write,
  import: ({ scale }) => importing(scale),
  scan,
  tpch,
  memory,
  seeds,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    scale: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    alone: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const wanted = positionals.length === 0 ? Object.keys(SUITES) : positionals;
const options: BenchOptions = {
  scale: values.scale === undefined ? undefined : Number(values.scale),
  only: values.only === undefined ? undefined : new Set(values.only.split(',')),
  threads: values.threads.split(',').map(Number),
  isAlone: values.alone || values.profile,
  profileFolder: values.profile ? join(benchFolder(), 'profiles') : undefined,
};
refuseNonsense();
const figures: Figure[] = [];
for (const name of wanted) {
  console.error(`${name} …`);
  try {
    for await (const each of await SUITES[name](options)) {
      figures.push(each);
      if (values.json) console.log(line(each));
    }
  } catch (error) {
    failed(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
if (!values.json) console.log(table(figures));

function refuseNonsense(): void {
  const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
  const refusals = [
    ...(unknown.length > 0 ? [`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`] : []),
    ...(options.scale !== undefined && !(options.scale > 0) ? ['--scale takes a positive number'] : []),
    ...(options.threads.every((each) => Number.isInteger(each) && each >= 1 && each <= 64) ? [] : ['--threads takes numbers, e.g. 1,2']),
  ];
  if (refusals.length === 0) return;
  for (const refusal of refusals) console.error(refusal);
  process.exit(2);
}
