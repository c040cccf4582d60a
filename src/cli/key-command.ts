/** `velocidb key`: the keys of an encrypted database. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { SqlError } from '../base/sql-error.ts';
import { rewrapDataKeys, rewriteEverything, rotateDataKey } from '../maintenance/rotate.ts';
import type { OpenedEngine } from '../platform/open-engine.ts';
import type { Keyring } from '../../vfs/encryption/keyring.ts';
import type { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { KEY_BYTES } from '../../vfs/encryption/local-key.ts';
import type { Arguments, Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { write } from './terminal.ts';

export const keyCommand: Command = {
  usage: 'generate FILE | show | rotate [--rewrite] | rewrap   [options]',
  options: {
    url: URL_OPTION,
    rewrite: { type: 'boolean', help: 'rotate: write everything anew with the new data key, now' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'show: table, json (default table)' },
  },
  notes:
    'generate writes a new key of 32 random bytes to FILE, as base64. The others need the database and its key (VELOCIDB_KEY, or encryption= in\n' +
    'the URL). rotate adds a data key for what is written from now on; rewrap only encrypts the data keys anew. Both do it with the first of\n' +
    'the keys given: to replace the key, give the new one and the old one, in this order (VELOCIDB_KEY=file:new,file:old), rewrap, and\n' +
    'give the new one alone from then on.',
  async run(args, terminal) {
    const [action = '', file = ''] = args.positionals;
    if (action === 'generate') {
      if (file === '' || args.positionals.length > 2) throw new UsageError('key generate takes the name of a file');
      await writeFile(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
      await write(terminal.output, `new key in ${file}: VELOCIDB_KEY=file:${file}\n`);
      return EXIT.ok;
    }
    const work = ACTIONS.get(action);
    if (work === undefined) throw new UsageError(`key takes generate, ${[...ACTIONS.keys()].join(', ')}, not "${action}"`);
    if (args.positionals.length > 1) throw new UsageError(`key ${action} takes nothing more`);
    const url = requiredUrl(args.text('url'), terminal.environment);
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async (opened) => {
      if (opened.keyring === undefined) throw new SqlError('object_not_in_prerequisite_state', 'the database is not encrypted');
      await write(terminal.output, await work(opened, opened.keyring, args));
      return EXIT.ok;
    });
  },
};

type Action = (opened: OpenedEngine, keyring: KeyringFile, args: Arguments) => Promise<string>;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['show', show],
  ['rotate', rotate],
  ['rewrap', async ({ database }, keyring) => summaryOf(await rewrapDataKeys(database, keyring))],
]);

async function show(_: OpenedEngine, file: KeyringFile, args: Arguments): Promise<string> {
  const keyring = await file.current();
  if (keyring === undefined) throw new SqlError('data_corrupted', 'the keyring is missing');
  const format = args.choice('output', ['table', 'json']) ?? 'table';
  if (format === 'table') return summaryOf(keyring);
  const { id, generation, wrapped, keys } = keyring;
  const shown = { id, generation, provider: wrapped.provider, keyId: wrapped.keyId, dataKeys: keys.map(dataKeyOf) };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

async function rotate({ database }: OpenedEngine, keyring: KeyringFile, args: Arguments): Promise<string> {
  await database.confirm({ kind: 'linearizable' });
  const rotated = await rotateDataKey(database, keyring);
  const rewritten = args.is('rewrite') ? `${await rewriteEverything(database)} trees rewritten\n` : '';
  return summaryOf(rotated) + rewritten;
}

/** Never a key. */
function summaryOf({ id, generation, wrapped, keys }: Keyring): string {
  const lines = keys.map(dataKeyOf).map(({ number, created }) => `data key ${number}, of ${created}`);
  return `keyring ${id}, generation ${generation}, encrypted with ${wrapped.provider} key ${wrapped.keyId}\n${lines.join('\n')}\n`;
}

function dataKeyOf({ number, createdMs }: Keyring['keys'][number]): { readonly number: number; readonly created: string } {
  return { number, created: new Date(createdMs).toISOString() };
}
