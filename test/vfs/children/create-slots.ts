/** Races to create `slots` objects with everyone else: `create-slots.ts <directory> <writer> <slots>`. Prints `created <slot>`. */
import { utf8 } from '../../../src/base/bytes.ts';
import { DirectoryStore } from '../../../vfs/drivers/directory.ts';

const [directory, writer, slots] = process.argv.slice(2);
const store = new DirectoryStore(directory);
for (let slot = 1; slot <= Number(slots); slot++) {
  const outcome = await store.createIfAbsent(`log/${slot}`, utf8(`${writer} `.repeat(slot)));
  if (outcome.kind === 'created') process.stdout.write(`created ${slot}\n`);
  else if (outcome.kind !== 'exists') throw new Error(outcome.reason);
}
await store.close();
