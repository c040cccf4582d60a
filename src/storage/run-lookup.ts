/** Questions that merging asks of a run before it decides what to do. */
import { compareBytes } from '../base/bytes.ts';
import type { RowPosition } from './leaf-writer.ts';
import type { MemtableScan } from './memtable-scan.ts';
import type { PageStore } from './page-store.ts';
import type { PageReference } from './page-reference.ts';
import { rowIdsOf } from './run-reader.ts';
import type { RunDescriptor } from './run.ts';
import type { Key } from './tree.ts';

/** Where `key` is in a base run, as far as pages at hand tell; undefined when they do not. */
export function basePosition(pages: PageStore, run: RunDescriptor, key: Key): RowPosition | undefined {
  const rowIds = rowIdsOf(run);
  let reference: PageReference = run.root;
  for (let level = run.level; level > 0; level--) {
    const inner = pages.peekInner(reference, rowIds);
    if (inner === undefined) return undefined;
    reference = inner.children[inner.childFor(key)];
  }
  const leaf = pages.peekLeaf(reference, rowIds);
  if (leaf === undefined) return undefined;
  const row = leaf.keys.find(key);
  return row < 0 ? 'none' : { segment: reference.segment, offset: reference.offset, row };
}

/** How many leaves of a run the keys of a scan fall under; counting ends at `limit`. Reads inner pages only. */
export async function touchedLeaves(pages: PageStore, run: RunDescriptor, scan: MemtableScan, limit: number): Promise<number> {
  if (run.level === 0) return 1;
  const rowIds = rowIdsOf(run);
  let touched = 0;
  let high: Key | undefined;
  while (touched < limit && scan.advance()) {
    const key = scan.key;
    if (touched > 0 && (high === undefined || compareBytes(key, high) < 0)) continue;
    touched++;
    let reference = run.root;
    high = undefined;
    for (let level = run.level; level > 0; level--) {
      const inner = await pages.inner(reference, rowIds);
      const child = inner.childFor(key);
      if (child + 1 < inner.children.length) high = inner.lowOf(child + 1);
      reference = inner.children[child];
    }
  }
  return touched;
}
