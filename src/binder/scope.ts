/**
 * Names in sight. A `Level` is one query (one SELECT); its items are what FROM made visible, as PostgreSQL's namespace items:
 *
 *     FROM a JOIN b USING (x)        items:  a (by name only)   b (by name only)   the join: x, a's rest, b's rest (columns only)
 *
 * A name is looked up level by level outwards; the innermost level that knows it decides.
 */
import type { WindowDef } from '@pgsql/types';
import type { SqlError } from '../base/sql-error.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import type { Oid } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import type { Binding } from './binding.ts';
import { CLAUSE, type Clause } from './clause.ts';
import type {
  AggregateCall,
  ColumnExpression,
  ColumnRef,
  Expression,
  SetCall,
  SortKey,
  WindowCall,
  WindowFrameClause,
} from './expression.ts';

export interface ScopeColumn {
  readonly name: string;
  readonly ref: ColumnRef;
  readonly type: SqlType;
}

/** Something FROM put in sight. */
export interface ScopeItem {
  /** The alias or relation name; undefined for a join without one. */
  readonly name: string | undefined;
  /** For `schema.table.column`: only where no alias hides the table's own name. */
  readonly schema: string | undefined;
  readonly columns: readonly ScopeColumn[];
  /** Whether `name.column` reaches it, and whether plain `column` does. */
  readonly byName: boolean;
  readonly byColumn: boolean;
  /** Seen only through LATERAL, and whether LATERAL may (not to the right of RIGHT or FULL JOIN). */
  readonly lateral: 'none' | 'allowed' | 'forbidden';
  readonly table: TableDescriptor | undefined;
  /** The OID that `tableoid` gives, of tables and virtual relations. */
  readonly relation?: Oid | undefined;
  /** A function or a scalar FROM item whose own name stands for its one column. */
  readonly scalar?: boolean | undefined;
}

/** A common table expression in sight. */
export interface CteEntry {
  readonly name: string;
  /** What its references carry. */
  readonly id: number;
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  /** The output refs of the definition, for composite shapes. */
  readonly output: readonly ColumnRef[];
  /** A data-modifying one without RETURNING cannot be read. */
  readonly readable: boolean;
  /** While a recursive term is bound: counts the references to itself, and refuses them in wrong places. */
  readonly recursion?: Recursion | undefined;
}

export interface Recursion {
  references: number;
  /** Why a reference now would be wrong, e.g. "within a subquery"; undefined when it is right. */
  forbidden: string | undefined;
}

/** A window call waiting for its Window node. */
export interface PendingWindow {
  readonly ref: ColumnRef;
  readonly call: WindowCall;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly frame: WindowFrameClause;
}

/** One query under construction: its names, and what its expressions had to leave for nodes below the projection. */
export class Level {
  readonly binding: Binding;
  readonly parent: Level | undefined;
  readonly depth: number;
  items: ScopeItem[] = [];
  clause: Clause = CLAUSE.from;
  readonly ctes = new Map<string, CteEntry>();
  readonly aggregates: { readonly ref: ColumnRef; readonly call: AggregateCall }[] = [];
  readonly windows: PendingWindow[] = [];
  readonly setCalls: { readonly ref: ColumnRef; readonly call: SetCall }[] = [];
  readonly groupings: { readonly ref: ColumnRef; readonly args: readonly Expression[]; readonly location: number | undefined }[] = [];
  readonly windowDefinitions = new Map<string, WindowDef>();
  /** Columns that come from this level's FROM. */
  readonly own = new Set<ColumnRef>();
  /** Tables scanned, by alias, for FOR UPDATE and functional dependency. */
  readonly tables: { readonly alias: string; readonly table: TableDescriptor; readonly refs: readonly ColumnRef[] }[] = [];
  /** How deep inside an aggregate's arguments. */
  aggregateDepth = 0;
  /** Set when set-returning functions are refused for a reason finer than the clause: "CASE", "COALESCE". */
  setsRefusedBy: string | undefined;
  /** FROM items that exist but are out of sight here, so that the error can say so. */
  hidden: readonly ScopeItem[] = [];

  constructor(binding: Binding, parent: Level | undefined) {
    this.binding = binding;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** Runs `f` with `clause` as the one being bound. */
  in<T>(clause: Clause, f: () => T): T {
    const before = this.clause;
    this.clause = clause;
    try {
      return f();
    } finally {
      this.clause = before;
    }
  }

  findCte(name: string): CteEntry | undefined {
    return this.ctes.get(name) ?? this.parent?.findCte(name);
  }
}

/** The column named `name` without qualification; undefined when no level knows it. */
export function findColumn(level: Level, name: string, location: number | undefined): ScopeColumn | undefined {
  for (let at: Level | undefined = level; at !== undefined; at = at.parent) {
    let found: ScopeColumn | undefined;
    let from: ScopeItem | undefined;
    for (const item of at.items) {
      if (!item.byColumn) continue;
      for (const column of item.columns) {
        if (column.name !== name) continue;
        if (found !== undefined && found !== column) {
          throw level.binding.error('ambiguous_column', `column reference "${name}" is ambiguous`, location);
        }
        found = column;
        from = item;
      }
    }
    if (found !== undefined && from !== undefined) {
      checkLateral(level, from, found.name, location);
      return found;
    }
  }
  return undefined;
}

/** The FROM item named `name` (in `schema` when given), with the level it is on. */
export function findItem(
  level: Level,
  schema: string | undefined,
  name: string,
  location: number | undefined,
): { item: ScopeItem; at: Level } | undefined {
  for (let at: Level | undefined = level; at !== undefined; at = at.parent) {
    let found: ScopeItem | undefined;
    for (const item of at.items) {
      if (!item.byName || item.name !== name || (schema !== undefined && item.schema !== schema)) continue;
      if (found !== undefined) throw level.binding.error('ambiguous_alias', `table reference "${name}" is ambiguous`, location);
      found = item;
    }
    if (found !== undefined) {
      checkLateral(level, found, undefined, location);
      return { item: found, at };
    }
  }
  return undefined;
}

function checkLateral(level: Level, item: ScopeItem, column: string | undefined, location: number | undefined): void {
  if (item.lateral !== 'forbidden') return;
  const words =
    column === undefined || item.name !== undefined
      ? `invalid reference to FROM-clause entry for table "${item.name ?? ''}"`
      : `invalid reference to column "${column}"`;
  throw level.binding.error('invalid_column_reference', words, location, {
    detail: 'The combining JOIN type must be INNER or LEFT for a LATERAL reference.',
  });
}

/** The error for a qualified name whose table is not in FROM. */
export function missingItem(level: Level, schema: string | undefined, name: string, location: number | undefined): SqlError {
  const hidden = everyItem(level).find((item) => item.table !== undefined && item.table.name === name && item.name !== name);
  if (hidden !== undefined && schema === undefined) {
    return level.binding.error('undefined_table', `invalid reference to FROM-clause entry for table "${name}"`, location, {
      hint: `Perhaps you meant to reference the table alias "${hidden.name ?? ''}".`,
    });
  }
  if (schema === undefined && everyHidden(level).some((item) => item.byName && item.name === name)) {
    return level.binding.error('undefined_table', `invalid reference to FROM-clause entry for table "${name}"`, location, {
      hint: `There is an entry for table "${name}", but it cannot be referenced from this part of the query.`,
    });
  }
  return level.binding.error('undefined_table', `missing FROM-clause entry for table "${name}"`, location);
}

function everyItem(level: Level): readonly ScopeItem[] {
  return level.parent === undefined ? level.items : [...level.items, ...everyItem(level.parent)];
}

function everyHidden(level: Level): readonly ScopeItem[] {
  return level.parent === undefined ? level.hidden : [...level.hidden, ...everyHidden(level.parent)];
}

/** The column as an expression that knows its place in the text. */
export function columnExpression(binding: Binding, column: ScopeColumn, location: number | undefined): ColumnExpression {
  return binding.locate<ColumnExpression>({ kind: 'column', ref: column.ref, type: column.type }, location);
}

/** The OID and attnum that RowDescription reports for a column. */
export function resultOrigin(binding: Binding, ref: ColumnRef): { table: Oid; attribute: number } {
  const origin = binding.origin(ref);
  return { table: (origin?.table ?? 0) as Oid, attribute: origin?.attribute ?? 0 };
}
