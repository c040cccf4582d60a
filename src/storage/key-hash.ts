import type { Key } from './tree.ts';

/** 32 bits of a key for tables in memory: FNV-1a, its upper bits folded into the lower ones. */
export function hashOf(key: Key): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key[at], 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
