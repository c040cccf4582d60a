/** A transaction under way in a session: explicit (BEGIN), or implicit around one statement or one batch of them. */
import { SqlError } from '../base/sql-error.ts';
import { CatalogEditor } from '../catalog/editor.ts';
import type { ConstraintDescriptor, TableDescriptor } from '../catalog/descriptor.ts';
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import type { Execution, PendingChecks } from '../executor/execution.ts';
import type { Moment, Savepoint, Transaction } from '../transaction/transaction.ts';
import type { SettingsSnapshot } from './settings.ts';

interface NamedSavepoint {
  readonly name: string;
  readonly savepoint: Savepoint;
  readonly catalog: CatalogSnapshot;
  readonly settings: SettingsSnapshot;
}

let blocks = 0;

export class Block implements PendingChecks {
  /** Unique in this process. */
  readonly number = ++blocks;
  readonly transaction: Transaction;
  readonly editor: CatalogEditor;
  explicit: boolean;
  failed = false;
  /** Whether the snapshot is known to have been current since the block began, as the session's consistency asks. */
  confirmed: boolean;
  /** Whether anything of it reached the client, so that it cannot be started over. */
  delivered = false;
  /** The moment it reads; undefined: now. */
  readonly asOf: Moment | undefined;
  /** The settings to return to when it rolls back. */
  readonly settings: SettingsSnapshot;
  readonly #confirm: () => Promise<{ readonly moved: boolean }>;
  #currency: Promise<boolean> | undefined;
  readonly #savepoints: NamedSavepoint[] = [];
  readonly #checks: ((execution: Execution) => void | Promise<void>)[] = [];
  /** SET CONSTRAINTS: by constraint name, or ALL under ''. */
  readonly #deferral = new Map<string, boolean>();

  constructor(
    transaction: Transaction,
    catalog: CatalogSnapshot,
    settings: SettingsSnapshot,
    options: {
      readonly explicit: boolean;
      readonly confirmed: boolean;
      readonly confirm: () => Promise<{ readonly moved: boolean }>;
      readonly asOf?: Moment | undefined;
    },
  ) {
    this.transaction = transaction;
    this.editor = new CatalogEditor(transaction, catalog);
    this.settings = settings;
    this.explicit = options.explicit;
    this.confirmed = options.confirmed;
    this.asOf = options.asOf;
    this.#confirm = options.confirm;
  }

  /**
   * Whether the snapshot was current at some moment since the block began. The first call sends the question; calling early lets it
   * travel beside the first reads.
   */
  current(): Promise<boolean> {
    if (this.confirmed) return Promise.resolve(true);
    this.#currency ??= this.#confirm().then(({ moved }) => !moved);
    this.#currency.catch(() => undefined); // whoever awaits it hears of it
    return this.#currency;
  }

  /** The question that `current` sent, if it was asked. */
  get probe(): Promise<boolean> | undefined {
    return this.#currency;
  }

  save(name: string, settings: SettingsSnapshot): void {
    this.#savepoints.push({ name, savepoint: this.transaction.savepoint(), catalog: this.editor.snapshot, settings });
  }

  /** ROLLBACK TO: the savepoint stays, later ones go. Answers the settings to restore. */
  rollbackTo(name: string): SettingsSnapshot {
    const at = this.#find(name);
    const { savepoint, catalog, settings } = this.#savepoints[at];
    this.#savepoints.length = at + 1;
    this.transaction.rollbackTo(savepoint);
    this.editor.restore(catalog);
    this.failed = false;
    return settings;
  }

  release(name: string): void {
    this.#savepoints.length = this.#find(name);
  }

  isDeferred(_: TableDescriptor, constraint: ConstraintDescriptor & { readonly kind: 'foreign' }): boolean {
    if (!constraint.deferrable) return false;
    return this.#deferral.get(constraint.name) ?? this.#deferral.get('') ?? constraint.initiallyDeferred;
  }

  push(check: (execution: Execution) => void | Promise<void>): void {
    this.#checks.push(check);
  }

  /** SET CONSTRAINTS; no names are ALL. */
  defer(names: readonly string[], deferred: boolean): void {
    if (names.length === 0) {
      this.#deferral.clear();
      this.#deferral.set('', deferred);
    }
    for (const name of names) this.#deferral.set(name, deferred);
  }

  get hasChecks(): boolean {
    return this.#checks.length > 0;
  }

  /** Runs the checks that waited. */
  async runChecks(execution: Execution): Promise<void> {
    for (const check of this.#checks.splice(0)) await check(execution);
  }

  #find(name: string): number {
    const at = this.#savepoints.findLastIndex((candidate) => candidate.name === name);
    if (at < 0) throw new SqlError('invalid_savepoint_specification', `savepoint "${name}" does not exist`);
    return at;
  }
}
