/** The newest catalog of a process, read once per change and shared by all sessions. */
import { loadCatalog } from '../catalog/load.ts';
import type { CatalogSnapshot, SystemRelations } from '../catalog/snapshot.ts';
import type { Slot } from '../storage/tree.ts';
import type { DatabaseState, Transaction } from '../transaction/transaction.ts';

export class CatalogCache {
  readonly #state: DatabaseState;
  readonly #system: SystemRelations;
  #version = -1;
  #snapshot: CatalogSnapshot | undefined;
  /** The last one read of the past: a slot has one catalog for ever. */
  #past: { readonly slot: Slot; readonly catalog: CatalogSnapshot } | undefined;

  constructor(state: DatabaseState, system: SystemRelations) {
    this.#state = state;
    this.#system = system;
  }

  /** The catalog as of the newest local state, if it was read already. */
  get current(): CatalogSnapshot | undefined {
    return this.#version === this.#state.catalogVersion ? this.#snapshot : undefined;
  }

  /** The catalog as of a transaction that has just begun on the newest local state. Synchronous when nothing changed. */
  of(transaction: Transaction): CatalogSnapshot | Promise<CatalogSnapshot> {
    return this.current ?? this.#load(transaction, this.#state.catalogVersion);
  }

  /** The catalog as of a transaction on a state of the past. */
  async ofPast(transaction: Transaction): Promise<CatalogSnapshot> {
    if (this.#past?.slot === transaction.snapshot) return this.#past.catalog;
    const catalog = await loadCatalog(transaction, this.#system);
    this.#past = { slot: transaction.snapshot, catalog };
    return catalog;
  }

  /** Reads the catalog as a transaction sees it, its own changes included. */
  reload(transaction: Transaction): Promise<CatalogSnapshot> {
    return loadCatalog(transaction, this.#system);
  }

  async #load(transaction: Transaction, version: number): Promise<CatalogSnapshot> {
    const loaded = await loadCatalog(transaction, this.#system);
    if (version > this.#version) {
      this.#version = version;
      this.#snapshot = loaded;
    }
    return loaded;
  }
}
