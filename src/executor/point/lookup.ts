/**
 * Where a point program finds its rows: the access of a scan, resolved to keys of its tree, read one by one.
 *
 *     own tree     key ─> row                     range ─> rows
 *     index        key or range ─> entries ─> key of the table ─> row
 */
import type { ColumnRef } from '../../binder/expression.ts';
import type { TableScanNode } from '../../planner/physical.ts';
import { KeyMaker } from '../../storage/key-codec.ts';
import type { RowPatch } from '../../storage/row-patch.ts';
import { RowReader, type ReadOutcome } from '../../storage/row-reader.ts';
import type { Key } from '../../storage/tree.ts';
import { afterPrefix } from '../../base/bytes.ts';
import type { PromptReads, ReadPurpose } from '../../transaction/transaction.ts';
import type { Oid } from '../../types/oid.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate } from '../expression/scope.ts';
import { compileKeyAccess, fits, type ResolveKeys } from '../row/key-access.ts';
import { NO_ROW, NOT_PROMPT, scopeOf, type PromptCompiler } from './prompt.ts';
import type { RowSource } from './row-source.ts';

/** Rows that a program walks at most; whatever has more is for batches. */
const ROWS_MAX = 1024;

const NOTHING_OUTSIDE = { refs: [], row: NO_ROW };

/** The rows of a table by index entries. */
interface Fetch {
  readonly entry: Row;
  readonly keys: KeyMaker;
  readonly reader: RowReader;
}

export class Lookup {
  /** Whether it reads at most one row, by a whole key. */
  readonly isPoint: boolean;
  /** Every row is read into this one. */
  readonly row: Row;
  /** The key that `read` looked for in the table's own tree; undefined when it did not look there first. Good until the next `read`. */
  tableKey: Key | undefined;
  readonly #reader: RowReader;
  readonly #fetch: Fetch | undefined;
  readonly #keys: KeyMaker;
  readonly #values: Value[];
  readonly #singles: readonly Evaluate[] | undefined;
  readonly #types: readonly Oid[];
  readonly #resolve: ResolveKeys;
  /** Of reads of the tree that is looked in, and of the table's own rows by index entries. */
  readonly #purpose: ReadPurpose;
  readonly #tablePurpose: ReadPurpose;
  readonly #isOwnTree: boolean;
  /** What the values of the access are computed from. */
  readonly #outside: Row;

  /**
   * `tablePurpose`: what the table's own rows are read for; `patch`: what reads them where it can, in their own tree; `outside`: the row that
   * the access may read, of another table.
   */
  constructor(
    node: TableScanNode,
    compiler: PromptCompiler,
    tablePurpose: ReadPurpose = node.purpose,
    patch?: RowPatch,
    outside: Pick<RowSource, 'refs' | 'row'> = NOTHING_OUTSIDE,
  ) {
    const { access, table, index } = node;
    if (access === undefined || node.reverse) throw NOT_PROMPT;
    const tree = index === undefined ? table.tree : index.tree;
    for (const equality of access.equals) {
      for (const value of equality.kind === 'one' ? [equality.value] : equality.kind === 'list' ? equality.values : [equality.array])
        compiler.checked(value);
    }
    if (access.lower !== undefined) compiler.checked(access.lower.value);
    if (access.upper !== undefined) compiler.checked(access.upper.value);
    const positions = node.columns.map((column) => column.position);
    const isFetched = index !== undefined && node.covering === undefined;
    this.row = new Array<Value>(positions.length).fill(null);
    this.#reader = new RowReader(tree, index === undefined ? positions : (node.covering ?? index.tableKeyPositions), patch);
    this.#fetch = isFetched
      ? {
          entry: new Array<Value>(index.tableKeyPositions.length).fill(null),
          keys: new KeyMaker(table.tree),
          reader: new RowReader(table.tree, positions),
        }
      : undefined;
    this.#keys = new KeyMaker(tree);
    this.#resolve = compileKeyAccess(access, tree, scopeOf(outside.refs));
    const singles = access.equals.map((equality) =>
      equality.kind === 'one' ? compiler.evaluate(equality.value, outside.refs) : undefined,
    );
    const isPrefix = access.lower === undefined && access.upper === undefined && singles.every((single) => single !== undefined);
    this.#singles = isPrefix ? singles : undefined;
    this.#types = access.equals.map((_, part) => tree.columns[tree.key[part].column].type.oid);
    this.#values = new Array<Value>(singles.length).fill(null);
    this.isPoint = isPrefix && singles.length === (tree.uniqueParts ?? tree.key.length);
    this.#isOwnTree = index === undefined;
    this.#purpose = index === undefined ? tablePurpose : node.purpose;
    this.#tablePurpose = tablePurpose;
    this.#outside = outside.row;
  }

  /** The one row of a whole key (`isPoint`), into `row`. */
  read(reads: PromptReads, environment: Environment): ReadOutcome {
    const key = this.#key(environment);
    this.tableKey = this.#isOwnTree ? key : undefined;
    return key === undefined ? 'absent' : this.#readKey(reads, key);
  }

  /** Calls `visit` for each row as it lies in `row`, until that answers false. Answers false when it has to wait. */
  walk(reads: PromptReads, environment: Environment, visit: () => boolean): boolean {
    if (this.#singles !== undefined) {
      const key = this.#key(environment);
      if (key === undefined) return true;
      if (!this.isPoint) return this.#walkRange(reads, key, afterPrefix(key), visit);
      const outcome = this.#readKey(reads, key);
      if (outcome === 'found') visit();
      return outcome !== 'waits';
    }
    const targets = this.#resolve(this.#outside, environment);
    if (targets.kind === 'ranges') {
      if (targets.ranges.length > 1) return false;
      return targets.ranges.every(({ from, to }) => from !== undefined && this.#walkRange(reads, from, to, visit));
    }
    if (targets.keys.length > ROWS_MAX) return false;
    for (const key of targets.keys) {
      const outcome = this.#readKey(reads, key);
      if (outcome === 'waits') return false;
      if (outcome === 'found' && !visit()) return true;
    }
    return true;
  }

  /** The values of the access as the beginning of a key; undefined when no key can have them. */
  #key(environment: Environment): Key | undefined {
    const singles = this.#singles ?? [];
    const values = this.#values;
    const types = this.#types;
    for (let at = 0; at < singles.length; at++) {
      const value = singles[at](this.#outside, environment);
      if (value === null || !fits(value, types[at])) return undefined;
      values[at] = value;
    }
    return this.#keys.prefix(values);
  }

  #readKey(reads: PromptReads, key: Key): ReadOutcome {
    const fetch = this.#fetch;
    if (fetch === undefined) return reads.readPromptly(this.#reader, key, this.#purpose, this.row);
    const outcome = reads.readPromptly(this.#reader, key, this.#purpose, fetch.entry);
    return outcome === 'found' ? this.#readTable(reads, fetch) : outcome;
  }

  #readTable(reads: PromptReads, fetch: Fetch): ReadOutcome {
    return reads.readPromptly(fetch.reader, fetch.keys.prefix(fetch.entry), this.#tablePurpose, this.row);
  }

  #walkRange(reads: PromptReads, from: Key, to: Key | undefined, visit: () => boolean): boolean {
    const reader = this.#reader;
    const fetch = this.#fetch;
    if (!reads.openPromptly(reader, from, to, this.#purpose)) return false;
    for (let rows = 0; rows <= ROWS_MAX; rows++) {
      const outcome = reader.next(fetch === undefined ? this.row : fetch.entry);
      if (outcome !== 'found') {
        reader.close();
        return outcome === 'absent';
      }
      const fetched = fetch === undefined ? 'found' : this.#readTable(reads, fetch);
      if (fetched === 'waits') break;
      if (fetched === 'found' && !visit()) {
        reader.close();
        return true;
      }
    }
    reader.close();
    return false;
  }
}

/** The columns of `Lookup.row`. */
export function refsOf(scan: TableScanNode): ColumnRef[] {
  return scan.columns.map((column) => column.ref);
}
