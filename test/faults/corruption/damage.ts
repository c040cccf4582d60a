/** What somebody, or a failing disk, does to objects: chosen by chance, told in words. `cut` deletes a log record and all that follow. */
import type { SeededRandom } from '../../../vfs/wrappers/seeded-random.ts';
import type { Objects } from './specimen.ts';

export const DAMAGES = ['flip', 'trim', 'extend', 'swap', 'replay', 'delete', 'cut'] as const;
export type DamageKind = (typeof DAMAGES)[number];

/** Kinds of objects, by their names. */
export type ObjectKind = 'root' | 'log' | 'checkpoint' | 'segment' | 'intent' | 'origin' | 'backup';

export interface Damage {
  readonly kind: DamageKind;
  readonly object: string;
  readonly words: string;
  /** The bytes that lie there now; undefined: nothing. */
  readonly bytes: Uint8Array | undefined;
  /** What was deleted besides. */
  readonly others: readonly string[];
}

/** What an object is, in a branch or not; of a backup, what it is a copy of. */
export function kindOf(name: string): ObjectKind {
  const own = name.replace(/^branch\/[^/]+\//, '');
  if (own === 'root' || own === 'origin') return own;
  const folder = own.split('/')[0];
  if (folder === 'log' || folder === 'checkpoint' || folder === 'segment' || folder === 'intent') return folder;
  return 'backup';
}

/** Damages one of `candidates`, drawn by kind first so that the rare kinds get their share. Undefined where the draw says nothing. */
export function drawDamage(
  random: SeededRandom,
  objects: Objects,
  candidates: readonly string[],
  earlier: readonly Objects[],
): Damage | undefined {
  const kinds = [...new Set(candidates.map(kindOf))].sort();
  const chosen = kinds[random.uint32() % kinds.length];
  const ofKind = candidates.filter((name) => kindOf(name) === chosen);
  const object = ofKind[random.uint32() % ofKind.length];
  const bytes = objects.get(object) ?? new Uint8Array(0);
  const kind = DAMAGES[random.uint32() % DAMAGES.length];
  const told = (words: string, result: Uint8Array | undefined, others: readonly string[] = []): Damage => ({
    kind,
    object,
    words: `${kind} ${object}: ${words}`,
    bytes: result,
    others,
  });
  switch (kind) {
    case 'flip': {
      const damaged = bytes.slice();
      const places = Array.from({ length: 1 + (random.uint32() % 3) }, () => random.uint32() % (bytes.length * 8));
      for (const place of places) damaged[place >> 3] ^= 1 << (place & 7);
      return told(`bits ${places.join()}`, damaged);
    }
    case 'trim': {
      const length = random.uint32() % bytes.length;
      return told(`to ${length} of ${bytes.length} bytes`, bytes.slice(0, length));
    }
    case 'extend': {
      const more = 1 + (random.uint32() % 300);
      const damaged = new Uint8Array(bytes.length + more);
      damaged.set(bytes);
      damaged.set(random.bytes(more), bytes.length);
      return told(`by ${more} bytes`, damaged);
    }
    case 'swap': {
      const likes = [...objects.keys()].filter((name) => name !== object && (random.uint32() % 4 === 0 || kindOf(name) === chosen));
      if (likes.length === 0) return undefined;
      const other = likes[random.uint32() % likes.length];
      return told(`for ${other}`, objects.get(other));
    }
    case 'replay': {
      const version = random.uint32() % Math.max(1, earlier.length);
      const before = earlier[version]?.get(object);
      if (before === undefined || Buffer.compare(before, bytes) === 0) return undefined;
      return told(`version ${version}`, before);
    }
    case 'delete':
      return told('', undefined);
    case 'cut': {
      if (chosen !== 'log') return undefined;
      const folder = object.slice(0, object.lastIndexOf('/') + 1);
      const later = [...objects.keys()].filter((name) => name.startsWith(folder) && name < object); // the newest come first
      return told(`and ${later.length} later ones`, undefined, later);
    }
  }
}
