/** `velocidb backup`: the newest state into another bucket, sending only what is not there yet. */
import { backUp, listBackups } from '../maintenance/backup.ts';
import { nodeRuntime } from '../platform/node-runtime.ts';
import { openSealable } from '../platform/store-url.ts';
import { isoTime } from '../transaction/past.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { PLAIN_OPTION, requireSealed } from './plain.ts';
import { size } from './progress.ts';
import { write } from './terminal.ts';

export const backupCommand: Command = {
  usage: '[URL] TARGET [options]',
  options: {
    url: URL_OPTION,
    list: { type: 'boolean', help: 'show the backups in TARGET instead' },
    plain: PLAIN_OPTION,
  },
  notes:
    'TARGET is the URL of another bucket or prefix; several backups of one database share their objects there. A backup counts once its\n' +
    'manifest is written, last. `velocidb restore NEW --from TARGET` makes a database of one. Branches are backed up by themselves.\n' +
    'With a key (VELOCIDB_KEY, or encryption= in TARGET) the backup is encrypted, with data keys of its own.',
  async run(args, terminal) {
    const target = args.positionals.at(-1);
    if (target === undefined || args.positionals.length > 2) throw new UsageError('backup takes the URL to back up to');
    const runtime = nodeRuntime();
    const { store, keyring } = await openSealable(target, runtime);
    try {
      if (args.is('list')) {
        for (const { slot, name } of await listBackups(store, runtime)) await write(terminal.output, `slot ${slot}  ${name}\n`);
        return EXIT.ok;
      }
      const url = requiredUrl(args.positionals.length === 2 ? args.positionals[0] : args.text('url'), terminal.environment);
      return await withDatabase(url, { create: false, checkpoints: 'manual' }, async ({ database, keyring: sourceKeyring }) => {
        if (!args.is('plain')) requireSealed(sourceKeyring, keyring, 'the backup');
        const { slot, committedAt, objects, copiedObjects, copiedBytes } = await backUp(database, store);
        await write(
          terminal.output,
          `backup of slot ${slot} (${isoTime(committedAt)}): ${objects} objects, ${copiedObjects} of them sent, ${size(copiedBytes)}\n`,
        );
        return EXIT.ok;
      });
    } finally {
      await store.close();
    }
  },
};
