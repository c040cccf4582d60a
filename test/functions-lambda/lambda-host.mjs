// Lambda's runtime for one invocation: `node lambda-host.mjs <bundle>`; the event comes on standard input, the result goes to standard output, after what the
// function logs there, on a line of its own.
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [module, event] = await Promise.all([import(pathToFileURL(process.argv[2]).href), text(process.stdin)]);
const result = await module.handler(JSON.parse(event));
process.stdout.write(`\n${JSON.stringify(result)}`, () => process.exit(0)); // a frozen environment finishes nothing either
