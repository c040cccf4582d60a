/** `velocidb restore`: makes an earlier state the newest one. */
import { checkpoint } from '../maintenance/checkpoint.ts';
import { restoreTo } from '../maintenance/restore.ts';
import { timestampNow } from '../transaction/commit-time.ts';
import { isoTime } from '../transaction/past.ts';
import { probeStore } from '../../vfs/probe.ts';
import { restoreBackup } from '../maintenance/backup.ts';
import { nodeRuntime } from '../platform/node-runtime.ts';
import { openSealable } from '../platform/store-url.ts';
import { slot as slotOf } from '../storage/tree.ts';
import type { Arguments, Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { momentOption } from './moment.ts';
import { PLAIN_OPTION, requireSealed } from './plain.ts';
import { write, type Terminal } from './terminal.ts';

export const restoreCommand: Command = {
  usage: '[URL] --to MOMENT | [URL] --from BACKUP [--to SLOT]   [options]',
  options: {
    url: URL_OPTION,
    from: { type: 'string', value: 'URL', help: 'restore a backup from there, into a place that has no database' },
    plain: PLAIN_OPTION,
    to: {
      type: 'string',
      value: 'MOMENT',
      help: "(with --from: the slot of a backup; default the newest)\na slot, a timestamp ('2030-01-01 12:00+00'), or an interval ago ('-10m')",
    },
  },
  notes:
    'One commit: nothing is copied, transactions under way get 40001, and what was before stays readable: restoring to the slot before\n' +
    'this one brings it back. `velocidb log` shows the slots.',
  async run(args, terminal) {
    const url = requiredUrl(args.positionals[0] ?? args.text('url'), terminal.environment);
    const from = args.text('from');
    if (from !== undefined) return restoreFrom(url, from, args, terminal);
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

/** Every byte is compared with what the backup says before the database is there. */
async function restoreFrom(url: string, from: string, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const runtime = nodeRuntime();
  const at = args.number('to', 0, Number.MAX_SAFE_INTEGER);
  const [{ store: source, keyring: sourceKeyring }, { store: target, keyring }] = await Promise.all([
    openSealable(from, runtime),
    openSealable(url, runtime),
  ]);
  try {
    if (!args.is('plain')) requireSealed(sourceKeyring, keyring, 'the restored database');
    await probeStore(target, runtime);
    const backup = await restoreBackup(source, target, runtime, at === undefined ? undefined : slotOf(at));
    await write(
      terminal.output,
      `restored slot ${backup.slot} (${isoTime(backup.committedAt)}) from ${backup.objects.length} objects, each as it was backed up\n`,
    );
    return EXIT.ok;
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}
