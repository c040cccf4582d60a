/** Values out of line, when the segments they lie in are to be emptied. */
import { textOf } from '../base/bytes.ts';
import type { StoredValue } from '../types/type.ts';
import { CHUNK_FLAG } from './chunk/chunk-entry.ts';
import { External } from './chunk/stored-cell.ts';
import type { Leaf } from './leaf-reader.ts';
import type { PageStore } from './page-store.ts';
import type { SegmentName } from './page-reference.ts';

/** Values by `placeOf` that are written anew instead of being referred to. */
export type Relocated = ReadonlyMap<string, StoredValue>;

/** A name for where an external value lies. */
export function placeOf(external: External): string {
  return `${external.page.segment}@${external.page.offset}`;
}

/** The values of a leaf that lie out of line. */
export function externalsOf(leaf: Leaf): External[] {
  const externals: External[] = [];
  for (const { entry } of leaf.head.columns) {
    if ((entry.flags & CHUNK_FLAG.external) === 0) continue;
    const view = leaf.column(entry.column);
    for (let row = 0; view !== undefined && row < leaf.rows; row++) {
      const cell = view.valueAt(row);
      if (cell instanceof External) externals.push(cell);
    }
  }
  return externals;
}

/** The values of a leaf that lie out of line in one of these segments; undefined when there is none. */
export function relocatedValues(pages: PageStore, leaf: Leaf, emptied: ReadonlySet<SegmentName>): Promise<Relocated> | undefined {
  if (emptied.size === 0 || !leaf.head.segments.some((segment) => emptied.has(segment))) return undefined;
  return readValues(
    pages,
    externalsOf(leaf).filter((external) => emptied.has(external.page.segment)),
  );
}

async function readValues(pages: PageStore, externals: readonly External[]): Promise<Relocated> {
  const values = new Map<string, StoredValue>();
  for (const external of externals) {
    const bytes = await pages.overflow(external.page);
    values.set(placeOf(external), external.physical === 'text' ? textOf(bytes) : bytes.slice());
  }
  return values;
}
