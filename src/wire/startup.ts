/** The first packet of a connection: a request for encryption, for cancelling, or to start. */
import { SqlError } from '../base/sql-error.ts';
import { settingsOfOptions } from '../session/startup-settings.ts';
import { BodyReader } from './body-reader.ts';

export type StartupPacket =
  | { readonly kind: 'encryption' }
  | { readonly kind: 'cancel'; readonly process: number; readonly secret: Uint8Array }
  | {
      readonly kind: 'startup';
      readonly minor: number;
      readonly user: string;
      readonly database: string;
      readonly settings: Record<string, string>;
      /** `_pq_.` options this server does not know. */
      readonly unknownOptions: readonly string[];
    };

/** The newest protocol version spoken here is 3.2, whose one difference is longer cancel keys. */
export const PROTOCOL_MINOR_MAX = 2;

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

export function parseStartup(body: Uint8Array): StartupPacket {
  const reader = new BodyReader(body);
  const code = reader.int32();
  if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'encryption' };
  if (code === CANCEL_REQUEST) return { kind: 'cancel', process: reader.int32(), secret: reader.rest() };
  if (code >> 16 !== 3)
    throw new SqlError(
      'feature_not_supported',
      `unsupported frontend protocol ${code >>> 16}.${code & 0xffff}: server supports 3.0 to 3.${PROTOCOL_MINOR_MAX}`,
    );
  const given = new Map<string, string>();
  for (let name = reader.cstring(); name !== ''; name = reader.cstring()) given.set(name, reader.cstring());
  reader.end();
  const user = given.get('user');
  if (user === undefined || user === '')
    throw new SqlError('invalid_authorization_specification', 'no PostgreSQL user name specified in startup packet');
  const settings: Record<string, string> = {};
  const unknownOptions: string[] = [];
  for (const [name, value] of given) {
    if (name.startsWith('_pq_.')) unknownOptions.push(name);
    else if (name === 'options') Object.assign(settings, settingsOfOptions(value));
    else if (!['user', 'database', 'replication'].includes(name)) settings[name] = value;
  }
  return { kind: 'startup', minor: code & 0xffff, user, database: given.get('database') ?? user, settings, unknownOptions };
}
