import { assert } from '../src/base/assert.ts';

/** Bytes of the longest object name: S3 takes 1,024 with the prefix in front. */
const NAME_BYTES_MAX = 512;

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const PREFIX = /^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*([A-Za-z0-9_-][A-Za-z0-9._-]*)?$/;

/**
 * The name itself when it may name an object; an assertion otherwise. No segment is empty or begins with a dot, so that
 * no name climbs out of its prefix and a directory has room for files of its own.
 */
export function checkedName(name: string): string {
  assert(name.length <= NAME_BYTES_MAX && NAME.test(name), 'an object name is segments of [A-Za-z0-9._-], none beginning with a dot', {
    name,
  });
  return name;
}

/** The prefix itself when names may begin with it ('' begins them all); an assertion otherwise. */
export function checkedPrefix(prefix: string): string {
  assert(prefix.length <= NAME_BYTES_MAX && PREFIX.test(prefix), 'a prefix begins an object name', { prefix });
  return prefix;
}
