/** `velocidb create`: makes an empty database, where the other commands would only use one or make it in passing. */
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { RootFile } from '../transaction/root.ts';
import { nodeRuntime } from '../platform/node-runtime.ts';
import { openSealable } from '../platform/store-url.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { masked, requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { write } from './terminal.ts';

export const createCommand: Command = {
  usage: '[URL] [options]',
  options: {
    url: URL_OPTION,
    encrypt: { type: 'boolean', help: 'insist on a key: VELOCIDB_KEY, or encryption= in the URL' },
  },
  notes:
    'Fails when there is a database already. With a key the database is encrypted from its first byte, and stays so; `velocidb key generate`\n' +
    'makes one. --encrypt makes sure that a forgotten key is an error.',
  async run(args, terminal) {
    const url = requiredUrl(args.positionals[0] ?? args.text('url'), terminal.environment);
    const { isEncrypted, exists } = await lookAt(url);
    if (args.is('encrypt') && !isEncrypted)
      throw new UsageError('--encrypt needs a key: set VELOCIDB_KEY, or add encryption=file:PATH or encryption=aws-kms:KEY to the URL');
    if (exists) throw new SqlError('duplicate_database', 'there is a database at this URL already');
    return withDatabase(url, { checkpoints: 'manual' }, async ({ keyring }) => {
      const wrapped = (await keyring?.current())?.wrapped;
      const how = wrapped === undefined ? 'not encrypted' : `encrypted with ${wrapped.provider} key ${wrapped.keyId}`;
      await write(terminal.output, `created ${masked(url)}, ${how}\n`);
      return EXIT.ok;
    });
  },
};

async function lookAt(url: string): Promise<{ readonly isEncrypted: boolean; readonly exists: boolean }> {
  const runtime = nodeRuntime();
  const { store, keyring } = await openSealable(url, runtime);
  try {
    const exists = await new RootFile(store, runtime).read().then(
      () => true,
      (error: unknown) => {
        if (isSqlError(error, 'invalid_catalog_name')) return false;
        throw error;
      },
    );
    return { isEncrypted: keyring !== undefined, exists };
  } finally {
    await store.close();
  }
}
