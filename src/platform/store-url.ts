import { URLSearchParams } from 'node:url';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { DirectoryStore } from '../../vfs/drivers/directory.ts';
import { branchNamed, noBranch } from '../maintenance/branch.ts';
import { RootFile } from '../transaction/root.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { R2Bucket } from '../../vfs/drivers/r2-binding.ts';
import type { S3TransportKind } from '../../vfs/drivers/s3-url.ts';
import type { KeyProvider } from '../../vfs/encryption/key-provider.ts';
import { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { SealedStore } from '../../vfs/encryption/sealed-store.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';
import { type Encryption, keyProviders } from './encryption.ts';

export interface StoreOptions {
  /** What speaks to S3 when the URL does not say: the AWS SDK (default), or the small transport of `vfs/drivers/s3-http.ts`. */
  readonly s3Transport?: S3TransportKind | undefined;
  /** Buckets bound to this Worker, by the name that `r2:` URLs call them. */
  readonly buckets?: Readonly<Record<string, R2Bucket>> | undefined;
  /** The key that the database is encrypted with; default: the URL's `encryption=`, then VELOCIDB_KEY, else it is not encrypted. */
  readonly encryption?: Encryption | undefined;
}

/** A store, and the keyring of what is encrypted in it. */
export interface OpenedStore {
  readonly store: ObjectStore;
  /** Undefined where nothing is encrypted. */
  readonly keyring: KeyringFile | undefined;
}

/**
 * The object store a URL names:
 *
 *     memory:                          a bucket of its own in this process; gone when closed
 *     memory:name                      the same bucket for everyone in this process who says that name
 *     file:data  file:///srv/data      a directory, made by the first write; `?sync=off` leaves out every fsync
 *     ./data  /srv/data  data          the same
 *     s3://bucket/prefix               `?endpoint=http://…&region=…&pathStyle=1` for compatible stores, `?transport=sdk|http`
 *     az://container/prefix            `?account=…`, or `?endpoint=http://…`
 *     gs://bucket/prefix               `?endpoint=http://…` for emulators
 *     r2://BINDING/prefix              a bucket bound to a Worker, given in `options.buckets`
 *
 * What speaks to a cloud is an optional peer, loaded when its scheme is asked for: SQLSTATE 0A000 names the package that is missing.
 * With `?branch=name` (or `&branch=name`, and `a/b` for a branch of a branch) it is that branch of the database there: 3D000 when there is
 * none. With `?encryption=` its objects are encrypted by the key named there (`encryption.ts`). Anything else is SQLSTATE 22023. Opening sends
 * no request, but one for each branch; the keyring is read beside the first object.
 */
export async function openStore(url: string, runtime: Runtime, options: StoreOptions = {}): Promise<ObjectStore> {
  return (await openSealable(url, runtime, options)).store;
}

/** The same, with the keyring; `bucket` takes the place of the URL's. */
export async function openSealable(url: string, runtime: Runtime, options: StoreOptions = {}, bucket?: ObjectStore): Promise<OpenedStore> {
  const branch = takeParameter(url, 'branch');
  const { rest, value } = takeParameter(branch.rest, 'encryption');
  const providers = await keyProviders(runtime, options.encryption, value, process.env['VELOCIDB_KEY']);
  const { store, keyring } = sealed(bucket ?? (await openBucket(rest, runtime, options)), runtime, providers);
  return { store: branch.value === undefined ? store : await openBranchStore(store, runtime, branch.value), keyring };
}

function sealed(bucket: ObjectStore, runtime: Runtime, providers: readonly KeyProvider[] | undefined): OpenedStore {
  if (providers === undefined) return { store: bucket, keyring: undefined };
  const keyring = new KeyringFile(bucket, runtime, providers);
  return { store: new SealedStore(bucket, keyring, runtime), keyring };
}

/** The URL without a parameter, and that parameter's value. */
function takeParameter(url: string, name: string): { readonly rest: string; readonly value: string | undefined } {
  const match = new RegExp(`[?&]${name}=([^&]*)`).exec(url);
  if (match === null) return { rest: url, value: undefined };
  const rest = url.slice(0, match.index) + url.slice(match.index + match[0].length);
  return { rest: rest.replace(/^([^?&]*)&/, '$1?'), value: decoded(match[1], url) };
}

/** Follows the path of a branch from root to root: `b`, or `b/c` for a branch of a branch. */
export async function openBranchStore(bucket: ObjectStore, runtime: Runtime, path: string): Promise<ObjectStore> {
  let store = bucket;
  for (const name of path.split('/')) {
    const { root } = await new RootFile(store, runtime).read();
    const pin = branchNamed(root, name);
    if (pin === undefined) throw noBranch(name);
    store = new BranchStore(store, pin.id);
  }
  return store;
}

async function openBucket(url: string, runtime: Runtime, options: StoreOptions): Promise<ObjectStore> {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  const rest = url.slice(scheme === undefined ? 0 : scheme.length + 1);
  switch (scheme) {
    case 'memory':
      return memoryStore(rest, runtime);
    case undefined:
      return new DirectoryStore(nonEmpty(rest, url), { clock: runtime.clock });
    case 'file':
      return directoryStore(rest, url, runtime);
    case 's3': {
      const { openS3Store } = await import('../../vfs/drivers/s3.ts');
      return openS3Store(url, runtime, options.s3Transport ?? 'sdk');
    }
    case 'az': {
      const { openAzureStore } = await import('../../vfs/drivers/azure.ts');
      return openAzureStore(url, runtime);
    }
    case 'gs': {
      const { openGcsStore } = await import('../../vfs/drivers/gcs.ts');
      return openGcsStore(url, runtime);
    }
    case 'r2': {
      const { openR2Store } = await import('../../vfs/drivers/r2.ts');
      return openR2Store(url, runtime, options.buckets ?? {});
    }
    default:
      throw new SqlError('invalid_parameter_value', `unknown kind of object store: "${scheme}:"`, {
        hint: 'A store is s3:, az:, gs:, r2:, file:, memory: or the path of a directory.',
      });
  }
}

const namedMemoryStores = new Map<string, MemoryStore>();

function memoryStore(name: string, runtime: Runtime): MemoryStore {
  const known = namedMemoryStores.get(name);
  if (known !== undefined) return known;
  const store = new MemoryStore({ clock: runtime.clock });
  if (name !== '') namedMemoryStores.set(name, store);
  return store;
}

function directoryStore(rest: string, url: string, runtime: Runtime): DirectoryStore {
  const [path, query = ''] = rest.split('?', 2);
  const parameters = new URLSearchParams(query);
  // file:///a and file://localhost/a are /a; file:a and file:./a are relative; file://a/b would name a host.
  const local = path.startsWith('//localhost/') ? path.slice('//localhost'.length) : path.startsWith('///') ? path.slice(2) : path;
  if (local.startsWith('//'))
    throw new SqlError('invalid_parameter_value', `a file: URL names no host: "${url}"`, { hint: 'Write file:///path or file:path.' });
  return new DirectoryStore(decoded(nonEmpty(local, url), url), { clock: runtime.clock, durable: syncOf(parameters, url) });
}

function syncOf(parameters: URLSearchParams, url: string): boolean {
  const unknown = [...parameters.keys()].find((key) => key !== 'sync');
  if (unknown !== undefined) throw new SqlError('invalid_parameter_value', `unknown parameter "${unknown}" in "${url}"`);
  const sync = parameters.get('sync') ?? 'on';
  if (sync === 'on' || sync === 'off') return sync === 'on';
  throw new SqlError('invalid_parameter_value', `parameter "sync" is on or off, not "${sync}"`);
}

function decoded(path: string, url: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new SqlError('invalid_parameter_value', `not a valid file: URL: "${url}"`);
  }
}

function nonEmpty(path: string, url: string): string {
  if (path === '') throw new SqlError('invalid_parameter_value', `the URL "${url}" names no directory`);
  return path;
}
