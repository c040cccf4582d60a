/**
 * A table while a command is changing it: parts are replaced one by one, and `finish` derives the trees anew. Everything that
 * concerns rows already stored is done by the caller before the draft is written.
 */
import { SqlError } from '../../base/sql-error.ts';
import { LIMITS } from '../../base/limits.ts';
import { indexTree, tableTree } from '../../catalog/derive.ts';
import type { ColumnDescriptor, ConstraintDescriptor, IndexDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { ColumnId } from '../../storage/tree.ts';
import { requireDistinctNames } from './columns.ts';

export class TableDraft {
  readonly #base: TableDescriptor;
  treeId: number;
  name: string;
  schema: TableDescriptor['schema'];
  schemaName: string;
  comment: string | undefined;
  columns: ColumnDescriptor[];
  constraints: ConstraintDescriptor[];
  indexes: IndexDescriptor[];
  referencedBy: TableDescriptor['referencedBy'][number][];
  nextColumnId: number;

  constructor(base: TableDescriptor) {
    this.#base = base;
    this.treeId = base.tree.id;
    this.name = base.name;
    this.schema = base.schema;
    this.schemaName = base.schemaName;
    this.comment = base.comment;
    this.columns = [...base.columns];
    this.constraints = [...base.constraints];
    this.indexes = [...base.indexes];
    this.referencedBy = [...base.referencedBy];
    this.nextColumnId = base.nextColumnId;
  }

  get oid(): TableDescriptor['oid'] {
    return this.#base.oid;
  }

  get primaryKey(): readonly ColumnId[] | undefined {
    const primary = this.constraints.find((constraint) => constraint.kind === 'primary');
    return primary?.kind === 'primary' ? primary.columns : undefined;
  }

  takeColumnId(): ColumnId {
    return this.nextColumnId++ as ColumnId;
  }

  column(name: string): ColumnDescriptor {
    const found = this.columns.find((column) => column.name === name);
    if (found === undefined) throw new SqlError('undefined_column', `column "${name}" of relation "${this.name}" does not exist`);
    return found;
  }

  /** Puts `changed` in place of the column of its id. */
  replaceColumn(changed: ColumnDescriptor): void {
    this.columns = this.columns.map((column) => (column.id === changed.id ? changed : column));
  }

  finish(): TableDescriptor {
    requireDistinctNames(this.columns);
    if (this.columns.length > LIMITS.columnsMax)
      throw new SqlError('too_many_columns', `tables can have at most ${LIMITS.columnsMax} columns`);
    const tree = tableTree(this.treeId, this.columns, this.primaryKey);
    return {
      ...this.#base,
      name: this.name,
      schema: this.schema,
      schemaName: this.schemaName,
      comment: this.comment,
      version: this.#base.version + 1,
      columns: this.columns,
      nextColumnId: this.nextColumnId,
      tree,
      constraints: this.constraints,
      indexes: this.indexes.map((index) => this.#rederive(index, tree)),
      referencedBy: this.referencedBy,
    };
  }

  #rederive(index: IndexDescriptor, tree: TableDescriptor['tree']): IndexDescriptor {
    if (index.primary) return { ...index, tree, tableKeyPositions: tree.key.map((part) => part.column) };
    const keys = index.keys.map((key) => {
      const column = this.columns.find((candidate) => candidate.id === key.column);
      return column === undefined ? key : { ...key, type: column.type };
    });
    return { ...index, keys, ...indexTree(index.tree.id, tree, keys, index.unique) };
  }
}
