/** Serves the directory named by the first argument until a signal has drained it. */
import { serve } from '../../../src/host/serve.ts';
import { drainedOnSignal } from '../../../src/host/signals.ts';
import { configuredPassword } from '../../../src/host/password.ts';

const served = await serve({ url: process.argv[2], httpPort: 0, pgPort: 0, password: await configuredPassword(undefined) });
const drained = drainedOnSignal(served);
process.stdout.write(`${JSON.stringify({ pgPort: served.pgPort, httpPort: served.httpPort })}\n`);
process.stdout.write(`${JSON.stringify({ drained: await drained })}\n`);
process.exit(0);
