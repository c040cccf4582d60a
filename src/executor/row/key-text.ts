import type { Key } from '../../storage/tree.ts';

/** A key as a string of its bytes, for sets and maps. */
export function latin1Of(key: Key): string {
  let text = '';
  for (let at = 0; at < key.length; at++) text += String.fromCharCode(key[at]);
  return text;
}
