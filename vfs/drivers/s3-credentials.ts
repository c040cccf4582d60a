/**
 * Credentials where functions and containers find theirs, in the AWS SDK's order: the environment, the shared credentials file's profile,
 * the container's endpoint (ECS, EKS, Lambda SnapStart). Roles assumed by web identity, SSO and instance metadata are the SDK's alone.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { URL } from 'node:url';
import type { Credentials } from 'aws4';
import { systemCodeOf } from './http.ts';

interface Expiring {
  readonly credentials: Credentials;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly expiresMs: number;
}

/** Fetched anew this long before they expire. */
const MARGIN_MS = 5 * 60_000;
/** How long a file's keys are kept. */
const FILE_MS = 60_000;
const FETCH_TIMEOUT_MS = 2_000;
const CONTAINER_ORIGIN = 'http://169.254.170.2';
/** Where plain HTTP never leaves the machine (ECS's and EKS's agents, loopback). */
const LOCAL_HOSTS = new Set(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', '127.0.0.1', '[::1]', 'localhost']);

export class S3Credentials {
  readonly #isEmulator: boolean;
  #known: Promise<Expiring> | undefined;
  #expiresMs = 0;

  /** Emulators behind an endpoint take any credentials, so that there need be none. */
  constructor(options: { readonly isEmulator: boolean }) {
    this.#isEmulator = options.isEmulator;
  }

  /** What to sign with now. An Error says why there is nothing. */
  async current(): Promise<Credentials> {
    const fromEnvironment = environmentCredentials();
    if (fromEnvironment !== undefined) return fromEnvironment;
    if (this.#known === undefined || Date.now() > this.#expiresMs) {
      this.#expiresMs = Infinity; // until it is known: one fetch serves all who wait
      this.#known = this.#fetch();
      this.#known.then(
        ({ expiresMs }) => (this.#expiresMs = expiresMs),
        () => (this.#known = undefined), // the next request tries anew
      );
    }
    return (await this.#known).credentials;
  }

  async #fetch(): Promise<Expiring> {
    const found = (await fileCredentials()) ?? (await containerCredentials());
    if (found !== undefined) return found;
    if (this.#isEmulator)
      return { credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' }, expiresMs: Date.now() + FILE_MS };
    throw new Error(
      'there are no credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or (for S3) add transport=sdk to the URL, since the AWS SDK knows more places',
    );
  }
}

function environmentCredentials(): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: token = '' } = process.env;
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  return { accessKeyId, secretAccessKey, ...(token !== '' && { sessionToken: token }) };
}

async function fileCredentials(): Promise<Expiring | undefined> {
  const path = process.env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCodeOf(error))) return '';
    throw error;
  });
  const keys = sectionOf(text, process.env['AWS_PROFILE'] ?? 'default');
  const [accessKeyId, secretAccessKey, token] = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'].map((name) =>
    keys.get(name),
  );
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return {
    credentials: { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) },
    expiresMs: Date.now() + FILE_MS,
  };
}

/** The `name = value` lines under `[section]`. */
function sectionOf(text: string, section: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let isHere = false;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line);
    if (header !== null) isHere = header[1] === section;
    const pair = /^\s*([A-Za-z_]+)\s*=\s*(\S.*?)\s*$/.exec(line);
    if (isHere && pair !== null) found.set(pair[1].toLowerCase(), pair[2]);
  }
  return found;
}

async function containerCredentials(): Promise<Expiring | undefined> {
  const relative = process.env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative === '' && full === '') return undefined;
  const url = new URL(relative === '' ? full : `${CONTAINER_ORIGIN}${relative}`);
  if (url.protocol !== 'https:' && !LOCAL_HOSTS.has(url.hostname))
    throw new Error(`credentials are not fetched from "${url.hostname}" over plain HTTP`);
  const file = process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const token = file === '' ? (process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '') : (await readFile(file, 'utf8')).trim();
  const answer = await fetch(url, {
    headers: { accept: 'application/json', ...(token !== '' && { authorization: token }) },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`the container's endpoint for credentials answered ${answer.status}`);
  return parsedContainerAnswer(await answer.json());
}

function parsedContainerAnswer(answer: unknown): Expiring {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = answer as Readonly<Record<string, unknown>>;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string')
    throw new Error("the container's endpoint for credentials gave none");
  const expires = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN;
  return {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, ...(typeof Token === 'string' && { sessionToken: Token }) },
    expiresMs: Number.isNaN(expires) ? Infinity : expires - MARGIN_MS,
  };
}
