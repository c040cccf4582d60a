/**
 * Changes the catalog within one transaction: every change is a write of catalog rows and, at once, a new snapshot that later
 * statements of the transaction are bound against. Rolling back to a savepoint restores the snapshot taken with it.
 */
import { SqlError } from '../base/sql-error.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { oid, type Oid } from '../types/oid.ts';
import { encodeObject, FIRST_USER_OID, isRelation, type CatalogObject } from './codec.ts';
import type { ColumnStatistics, TableDescriptor } from './descriptor.ts';
import { encodeStatistics } from './statistics/statistics-codec.ts';
import type { CatalogSnapshot } from './snapshot.ts';
import {
  COUNTER_TREE,
  counterKey,
  NAME_TREE,
  nameKey,
  OBJECT_TREE,
  objectKey,
  SEQUENCE_TREE,
  sequenceKey,
  STATISTICS_TREE,
  statisticsKey,
  type NameSpace,
} from './trees.ts';

const NO_SCHEMA = oid(0);
const ID_COUNTER = 'id';

export class CatalogEditor {
  readonly transaction: Transaction;
  #snapshot: CatalogSnapshot;
  readonly #created = new Set<Oid>();

  constructor(transaction: Transaction, snapshot: CatalogSnapshot) {
    this.transaction = transaction;
    this.#snapshot = snapshot;
  }

  /** The catalog as this transaction sees it now. */
  get snapshot(): CatalogSnapshot {
    return this.#snapshot;
  }

  /** Goes back to a snapshot taken at a savepoint. */
  restore(snapshot: CatalogSnapshot): void {
    this.#snapshot = snapshot;
  }

  /** Whether this transaction created the object, so that nobody else can know it yet. */
  created(id: Oid): boolean {
    return this.#created.has(id);
  }

  /** A number never given to an object, index or tree before. */
  async newId(): Promise<Oid> {
    const key = counterKey(ID_COUNTER);
    const row = await this.transaction.get(COUNTER_TREE, key, [1], 'update');
    const id = typeof row?.[0] === 'number' ? row[0] : FIRST_USER_OID;
    this.transaction.put(COUNTER_TREE, key, [ID_COUNTER, id + 1]);
    return oid(id);
  }

  /** Adds an object; 42P07, 42P06 or 42710 when its name is taken. */
  async create(object: CatalogObject): Promise<void> {
    await this.#claimName(object);
    this.#created.add(object.oid);
    this.#write(object);
  }

  /** Replaces an object, moving its name when that changed. */
  async replace(object: CatalogObject): Promise<void> {
    const before = this.#snapshot.object(object.oid);
    if (before !== undefined && (before.name !== object.name || schemaOf(before) !== schemaOf(object))) {
      this.transaction.delete(NAME_TREE, nameKey(schemaOf(before), spaceOf(before), before.name));
      await this.#claimName(object);
    }
    if (before?.kind === 'table' && object.kind === 'table') this.#forgetRetyped(before, object);
    this.#write(object);
  }

  /** Removes an object and its name. Rows of its trees are the caller's. */
  drop(object: CatalogObject): void {
    this.transaction.delete(OBJECT_TREE, objectKey(object.oid));
    this.transaction.delete(NAME_TREE, nameKey(schemaOf(object), spaceOf(object), object.name));
    if (object.kind === 'sequence') this.transaction.delete(SEQUENCE_TREE, sequenceKey(object.oid));
    for (const { column } of this.#snapshot.statistics(object.oid))
      this.transaction.delete(STATISTICS_TREE, statisticsKey(object.oid, column));
    this.#snapshot = this.#snapshot.with([], [object.oid]);
  }

  /** Records statistics of a table's columns. */
  setStatistics(table: TableDescriptor, columns: readonly ColumnStatistics[]): void {
    for (const column of columns) {
      this.transaction.put(STATISTICS_TREE, statisticsKey(table.oid, column.column), [
        table.oid,
        column.column,
        encodeStatistics(table, column),
      ]);
    }
    this.#snapshot = this.#snapshot.withStatistics(table.oid, columns);
  }

  /** Takes the name of an index, which shares the relations' space and has no object of its own. */
  async claimIndexName(schema: Oid, name: string, id: Oid): Promise<void> {
    await this.#claim(schema, 'relation', name, id);
  }

  releaseIndexName(schema: Oid, name: string): void {
    this.transaction.delete(NAME_TREE, nameKey(schema, 'relation', name));
  }

  /** Whether a relation or index of this name exists in `schema`; the read is validated at commit. */
  async nameTaken(schema: Oid, space: NameSpace, name: string): Promise<boolean> {
    return (await this.transaction.get(NAME_TREE, nameKey(schema, space, name), [3], 'constraint')) !== null;
  }

  async #claimName(object: CatalogObject): Promise<void> {
    await this.#claim(schemaOf(object), spaceOf(object), object.name, object.oid);
  }

  async #claim(schema: Oid, space: NameSpace, name: string, id: Oid): Promise<void> {
    if (await this.nameTaken(schema, space, name)) throw nameTakenError(space, name);
    this.transaction.put(NAME_TREE, nameKey(schema, space, name), [schema, space, name, id]);
  }

  /** Statistics of a column whose type changed speak of values of another type. */
  #forgetRetyped(before: TableDescriptor, after: TableDescriptor): void {
    const known = this.#snapshot.statistics(after.oid);
    const kept = known.filter(({ column }) => {
      const type = (table: TableDescriptor) => table.columns.find((candidate) => candidate.id === column)?.type.oid;
      return type(before) === type(after);
    });
    if (kept.length === known.length) return;
    for (const gone of known) if (!kept.includes(gone)) this.transaction.delete(STATISTICS_TREE, statisticsKey(after.oid, gone.column));
    this.#snapshot = this.#snapshot.withStatistics(after.oid, kept);
  }

  #write(object: CatalogObject): void {
    this.transaction.put(OBJECT_TREE, objectKey(object.oid), [object.oid, object.kind, encodeObject(object)]);
    this.#snapshot = this.#snapshot.with([object]);
  }
}

function nameTakenError(space: NameSpace, name: string): SqlError {
  switch (space) {
    case 'relation':
      return new SqlError('duplicate_table', `relation "${name}" already exists`);
    case 'schema':
      return new SqlError('duplicate_schema', `schema "${name}" already exists`);
    case 'type':
    case 'role':
      return new SqlError('duplicate_object', `${space} "${name}" already exists`);
  }
}

function spaceOf(object: CatalogObject): NameSpace {
  if (isRelation(object)) return 'relation';
  return object.kind === 'schema' ? 'schema' : 'type';
}

function schemaOf(object: CatalogObject): Oid {
  return object.kind === 'schema' ? NO_SCHEMA : object.schema;
}
