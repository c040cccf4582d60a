/**
 * Adds one to the counter by compare and swap until it is `limit`: `increment-counter.ts <directory> <writer> <limit>`.
 * Prints `replaced <value>` for each value it was told it wrote, `unknown <value>` when it was told nothing definite.
 */
import { textOf, utf8 } from '../../../src/base/bytes.ts';
import { DirectoryStore } from '../../../vfs/drivers/directory.ts';

const [directory, writer, limit] = process.argv.slice(2);
const store = new DirectoryStore(directory, { durable: false });
for (;;) {
  const found = await store.get('counter');
  if (found.kind !== 'found') throw new Error(found.kind);
  const value = Number(textOf(found.bytes).split(' ')[0]) + 1;
  if (value > Number(limit)) break;
  const outcome = await store.replaceIfMatch('counter', utf8(`${value} ${writer}`), found.validator);
  if (outcome.kind === 'replaced' || outcome.kind === 'unknown') process.stdout.write(`${outcome.kind} ${value}\n`);
}
await store.close();
