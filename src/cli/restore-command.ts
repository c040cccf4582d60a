/** `velocidb restore`: makes an earlier state the newest one. */
import { checkpoint } from '../maintenance/checkpoint.ts';
import { restoreTo } from '../maintenance/restore.ts';
import { timestampNow } from '../transaction/commit-time.ts';
import { isoTime } from '../transaction/past.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { momentOption } from './moment.ts';
import { write } from './terminal.ts';

export const restoreCommand: Command = {
  usage: '[URL] --to MOMENT [options]',
  options: {
    url: URL_OPTION,
    to: { type: 'string', value: 'MOMENT', help: "a slot, a timestamp ('2030-01-01 12:00+00'), or an interval ago ('-10m')" },
  },
  notes:
    'One commit: nothing is copied, transactions under way get 40001, and what was before stays readable: restoring to the slot before\n' +
    'this one brings it back. `velocidb log` shows the slots.',
  async run(args, terminal) {
    const url = requiredUrl(args.positionals[0] ?? args.text('url'), terminal.environment);
    const to = args.required('to');
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async ({ engine, database, runtime }) => {
      const moment = momentOption('to', to, engine.session().typeContext, timestampNow(runtime.clock));
      const { from, committedAt, slot } = await restoreTo(database, moment);
      await checkpoint(database);
      await write(
        terminal.output,
        `restored to slot ${from} (${isoTime(committedAt)}), by slot ${slot}; to undo it, restore to slot ${slot - 1}\n`,
      );
      return EXIT.ok;
    });
  },
};
