/** A container's client from an `az:` URL and the environment. */
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import { SqlError } from '../../src/base/sql-error.ts';
import { parseBucketUrl } from './bucket-url.ts';
import { loadPeer } from './http.ts';

export interface AzureContainer {
  readonly client: ContainerClient;
  /** '' or ending with '/'. */
  readonly prefix: string;
  readonly timeoutMs: number;
}

/** What `@azure/identity` makes and `@azure/storage-blob` takes. */
interface TokenCredential {
  getToken(scopes: string | string[]): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

const IDENTITY = '@azure/identity';

/**
 * Reads `az://container/prefix?account=…&endpoint=…&timeoutMs=…`; SQLSTATE 22023 for anything else. Credentials are the first of
 * AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY (an account's key), AZURE_STORAGE_SAS_TOKEN, and what `@azure/identity` finds (managed
 * identities, `az login`). The account is the URL's, else AZURE_STORAGE_ACCOUNT.
 */
export async function containerClient(url: string): Promise<AzureContainer> {
  const { bucket, prefix, endpoint, timeoutMs, parameters } = parseBucketUrl('az', url, /^[a-z0-9](?:-?[a-z0-9]){2,62}$/, ['account']);
  const sdk = await loadPeer('az:', '@azure/storage-blob', () => import('@azure/storage-blob'));
  const options: StoragePipelineOptions = { retryOptions: { maxTries: 1 }, keepAliveOptions: { enable: true } };
  const { AZURE_STORAGE_CONNECTION_STRING: connection = '', AZURE_STORAGE_KEY: key = '', AZURE_STORAGE_SAS_TOKEN: sas = '' } = process.env;
  const account = parameters.get('account') ?? process.env['AZURE_STORAGE_ACCOUNT'] ?? '';
  const done = (client: ContainerClient): AzureContainer => ({ client, prefix, timeoutMs });
  if (connection !== '' && endpoint === undefined && !parameters.has('account'))
    return done(sdk.BlobServiceClient.fromConnectionString(connection, options).getContainerClient(bucket));
  if (endpoint === undefined && account === '')
    throw new SqlError('invalid_parameter_value', `the URL "${url}" does not say which account`, {
      hint: 'Add account=… to it, or set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING.',
    });
  const container = `${(endpoint ?? `https://${account}.blob.core.windows.net`).replace(/\/$/, '')}/${bucket}`;
  if (key !== '') return done(new sdk.ContainerClient(container, new sdk.StorageSharedKeyCredential(account, key), options));
  if (sas !== '') return done(new sdk.ContainerClient(`${container}?${sas.replace(/^\?/, '')}`, undefined, options));
  return done(new sdk.ContainerClient(container, await identity(), options));
}

async function identity(): Promise<TokenCredential> {
  const module = (await loadPeer('az:', `${IDENTITY}, or AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN set`, () => import(IDENTITY))) as {
    readonly DefaultAzureCredential: new () => TokenCredential;
  };
  return new module.DefaultAzureCredential();
}
