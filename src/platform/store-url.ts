import { URLSearchParams } from 'node:url';
import type { Runtime } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { DirectoryStore } from '../../vfs/drivers/directory.ts';
import { branchNamed, noBranch } from '../maintenance/branch.ts';
import { RootFile } from '../transaction/root.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { R2Bucket } from '../../vfs/drivers/r2-binding.ts';
import type { S3TransportKind } from '../../vfs/drivers/s3-url.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { BranchStore } from '../../vfs/wrappers/branch.ts';

export interface StoreOptions {
  /** What speaks to S3 when the URL does not say: the AWS SDK (default), or the small transport of `vfs/drivers/s3-http.ts`. */
  readonly s3Transport?: S3TransportKind | undefined;
  /** Buckets bound to this Worker, by the name that `r2:` URLs call them. */
  readonly buckets?: Readonly<Record<string, R2Bucket>> | undefined;
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
 * none. Anything else is SQLSTATE 22023. Opening sends no request, but one for each branch.
 */
export async function openStore(url: string, runtime: Runtime, options: StoreOptions = {}): Promise<ObjectStore> {
  const { rest, branch } = withoutBranch(url);
  if (branch === undefined) return openBucket(url, runtime, options);
  return openBranchStore(await openBucket(rest, runtime, options), runtime, branch);
}

/** The URL of the bucket, and the branch that `?branch=` names in it. */
function withoutBranch(url: string): { readonly rest: string; readonly branch: string | undefined } {
  const match = /[?&]branch=([^&]*)/.exec(url);
  if (match === null) return { rest: url, branch: undefined };
  const rest = url.slice(0, match.index) + url.slice(match.index + match[0].length);
  return { rest: rest.replace(/^([^?&]*)&/, '$1?'), branch: decoded(match[1], url) };
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
