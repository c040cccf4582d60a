/** Who is asking: read from the Neon-Connection-String header. The header is a secret and goes nowhere else. */
import { SqlError } from '../base/sql-error.ts';
import { settingsOfOptions } from '../session/startup-settings.ts';

export interface Identity {
  readonly user: string;
  readonly database: string;
  /** What `?options=` and other parameters of the connection string set. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Whether `password` is the user's. Takes the same time whatever the answer. */
export type PasswordCheck = (user: string, password: string) => boolean | Promise<boolean>;

/** The connection string's identity; 28P01 when its password is wrong, 08P01 when the header is unreadable. */
export async function authorize(headers: Headers, check: PasswordCheck | undefined): Promise<Identity> {
  const text = headers.get('neon-connection-string');
  if (text === null) {
    if (check !== undefined) throw new SqlError('invalid_authorization_specification', 'the Neon-Connection-String header is missing');
    return { user: 'postgres', database: 'postgres', settings: {} };
  }
  const url = parseConnectionString(text);
  const user = decoded(url.username) || 'postgres';
  if (check !== undefined && !(await check(user, decoded(url.password)))) {
    throw new SqlError('invalid_password', `password authentication failed for user "${user}"`);
  }
  const database = decoded(url.pathname.replace(/^\//, '')) || user;
  const applicationName = url.searchParams.get('application_name');
  const settings = {
    ...(applicationName === null ? {} : { application_name: applicationName }),
    ...settingsOfOptions(url.searchParams.get('options') ?? ''),
  };
  return { user, database, settings };
}

function parseConnectionString(text: string): URL {
  try {
    const url = new URL(text);
    if (url.protocol === 'postgres:' || url.protocol === 'postgresql:') return url;
  } catch {
    // said below, without the text: it holds a password
  }
  throw unreadable();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): SqlError {
  return new SqlError('protocol_violation', 'the Neon-Connection-String header is not a postgresql:// URL');
}
