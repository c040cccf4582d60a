/** `npm run -s bench -- <suite…> [--json]` */
import { parseArgs } from 'node:util';
import { table, type Figure } from './report.ts';
import { point } from './suites/point.ts';
import { roundtrips } from './suites/roundtrips.ts';
import { write } from './suites/write.ts';

const SUITES: Readonly<Record<string, () => Promise<Figure[]>>> = { roundtrips, point, write };

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
const wanted = positionals.length === 0 ? Object.keys(SUITES) : positionals;
const unknown = wanted.filter((name) => SUITES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const name of wanted) {
  const measured = await SUITES[name]();
  figures.push(...measured);
  if (options.json) for (const each of measured) console.log(JSON.stringify(each));
}
if (!options.json) console.log(table(figures));
