import type { LeafStream } from './run-builder.ts';
import type { RowPosition } from './leaf-writer.ts';
import type { PageStore } from './page-store.ts';
import type { RowDecoder } from './row-codec.ts';
import { findLeaf, mayHold } from './run-reader.ts';
import type { RunDescriptor } from './run.ts';
import type { ScanSource } from './scan-sources.ts';
import type { Key, Slot } from './tree.ts';
import type { Row } from '../types/value.ts';

/**
 * A layer without the entries that runs of later slots override: what a bulk load attached after a change was made must not be
 * hidden once that change lies in a run above it.
 */
export class UnshadowedSource implements ScanSource {
  readonly #source: ScanSource;
  readonly #pages: PageStore;
  readonly #runs: readonly RunDescriptor[];
  #isCurrent = false;

  constructor(source: ScanSource, pages: PageStore, runs: readonly RunDescriptor[]) {
    this.#source = source;
    this.#pages = pages;
    this.#runs = runs;
  }

  load(): boolean | Promise<boolean> {
    return this.#isCurrent ? true : this.#find();
  }

  get key(): Key {
    return this.#source.key;
  }

  get slot(): Slot {
    return this.#source.slot;
  }

  get isTombstone(): boolean {
    return this.#source.isTombstone;
  }

  row(plan: RowDecoder): Row | Promise<Row> {
    return this.#source.row(plan);
  }

  copyTo(stream: LeafStream, position: RowPosition | undefined): void {
    this.#source.copyTo(stream, position);
  }

  advance(): void {
    this.#isCurrent = false;
    this.#source.advance();
  }

  async #find(): Promise<boolean> {
    while (await this.#source.load()) {
      if (!(await this.#isShadowed())) {
        this.#isCurrent = true;
        return true;
      }
      this.#source.advance();
    }
    return false;
  }

  async #isShadowed(): Promise<boolean> {
    const { key, slot } = this.#source;
    for (const run of this.#runs) {
      if (run.slot <= slot || !mayHold(run, key)) continue;
      const leaf = await findLeaf(this.#pages, run, key);
      if (leaf.keys.find(key) >= 0) return true;
    }
    return false;
  }
}
