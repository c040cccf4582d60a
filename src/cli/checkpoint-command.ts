/** `velocidb checkpoint`: merges the tail of the log into pages now. */
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { write } from './terminal.ts';

export const checkpointCommand: Command = {
  usage: '[options]',
  options: { url: URL_OPTION },
  notes: 'Checkpoints happen by themselves after commits; this is for before a backup, a benchmark, or a long rest.',
  async run(args, terminal) {
    const url = requiredUrl(args.text('url'), terminal.environment);
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async ({ engine, database }) => {
      await database.confirm({ kind: 'linearizable' });
      const started = performance.now();
      await engine.checkpoint?.();
      const { checkpoint } = (await database.root.read()).root;
      await write(terminal.output, `checkpoint at slot ${checkpoint.slot} (${Math.round(performance.now() - started)} ms)\n`);
      return EXIT.ok;
    });
  },
};
