/** Copies of an encrypted database that would not be encrypted. */
import type { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import type { Option } from './command.ts';
import { UsageError } from './exit-code.ts';

export const PLAIN_OPTION: Option = { type: 'boolean', help: 'although what is copied is encrypted, and the copy will not be' };

/** A UsageError where the source has a keyring and the copy, which is called `what`, has none. */
export function requireSealed(source: KeyringFile | undefined, copy: KeyringFile | undefined, what: string): void {
  if (source === undefined || copy !== undefined) return;
  throw new UsageError(`${what} would not be encrypted: set VELOCIDB_KEY or add encryption= to its URL; --plain if it is meant`);
}
