/** `npm run -s bench -- <suite…> [--json] [--scale 0.1]` */
import { parseArgs } from 'node:util';
import { failed, table, type Figure } from './report.ts';
import { importing } from './suites/import.ts';
import { point } from './suites/point.ts';
import { roundtrips } from './suites/roundtrips.ts';
import { scan } from './suites/scan.ts';
import { seeds } from './suites/seeds.ts';
import { tpch } from './suites/tpch.ts';
import { write } from './suites/write.ts';

/** Each suite, told the scale where one was given: TPC-H's scale factor, or ten million rows of the scans. */
const SUITES: Readonly<Record<string, (scale: number | undefined) => Promise<Figure[]>>> = {
  roundtrips,
  point,
  write,
  import: importing,
  scan,
  tpch,
  seeds,
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, scale: { type: 'string' } },
});
const scale = options.scale === undefined ? undefined : Number(options.scale);
const wanted = positionals.length === 0 ? Object.keys(SUITES) : positionals;
const unknown = wanted.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0 || (scale !== undefined && !(scale > 0))) {
  console.error(
    unknown.length > 0
      ? `no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`
      : '--scale takes a positive number',
  );
  process.exit(2);
}
const figures: Figure[] = [];
for (const name of wanted) {
  console.error(`${name} …`);
  try {
    const measured = await SUITES[name](scale);
    figures.push(...measured);
    if (options.json) for (const each of measured) console.log(JSON.stringify(each));
  } catch (error) {
    failed(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
if (!options.json) console.log(table(figures));
