/** The disk tier of a database: stored pages in a folder, on NVMe or in /tmp, between memory and the bucket. */
import { SqlError } from '../base/sql-error.ts';
import { DirectoryTier } from '../../vfs/drivers/directory-tier.ts';
import type { BlockCache } from '../../vfs/tiers/block-cache.ts';

const MEGABYTE = 1024 * 1024;
const MEGABYTES_DEFAULT = 1024;

export interface DiskCacheOptions {
  /** A folder, made when first written to. Processes and databases may share it; anything in it may be deleted at any time. */
  readonly path: string;
  /** The most that the folder holds; 1 GB unless given. */
  readonly bytesMax?: number | undefined;
}

/** What VELOCIDB_DISK_CACHE (a folder, or `off`) and VELOCIDB_DISK_CACHE_MB say; undefined without the former. SQLSTATE 22023 for no size. */
export function diskCacheOf(environment: NodeJS.ProcessEnv): DiskCacheOptions | 'off' | undefined {
  const path = environment['VELOCIDB_DISK_CACHE'];
  if (path === undefined || path === '') return undefined;
  if (path === 'off') return 'off';
  const megabytes = environment['VELOCIDB_DISK_CACHE_MB'] ?? String(MEGABYTES_DEFAULT);
  if (!/^[1-9][0-9]{0,8}$/.test(megabytes))
    throw new SqlError('invalid_parameter_value', 'VELOCIDB_DISK_CACHE_MB is a number of megabytes, 1 or more');
  return { path, bytesMax: Number(megabytes) * MEGABYTE };
}

/** The caches between memory and the store for the database with this id. */
export function diskTiers(cache: DiskCacheOptions | 'off' | undefined, database: string): readonly BlockCache[] {
  if (cache === undefined || cache === 'off') return [];
  return [new DirectoryTier(cache.path, { namespace: database, bytesMax: cache.bytesMax ?? MEGABYTES_DEFAULT * MEGABYTE })];
}
