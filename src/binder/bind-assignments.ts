/** SET clauses of UPDATE and of ON CONFLICT DO UPDATE. */
import type { Node, ResTarget } from '@pgsql/types';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { bindExpression } from './bind-expression.ts';
import { bindQuery } from './bind-query.ts';
import { locationOf } from './node.ts';
import { recordOf } from './bind-subquery.ts';
import { CLAUSE } from './clause.ts';
import { coerceAssignment } from './coerce.ts';
import type { ColumnRef, Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { columnPosition, defaultValue, isDefault } from './write-target.ts';

export interface Assignment {
  readonly position: number;
  readonly expression: Expression;
}

export interface Assignments {
  readonly set: readonly Assignment[];
  /** Rows of `(a, b) = (SELECT …)`: to be computed once per row, before `set`, under these refs. */
  readonly rows: readonly { readonly ref: ColumnRef; readonly expression: Expression }[];
}

/** The assignments of `nodes` among the names of `level`; each column once. */
export function bindAssignments(level: Level, table: TableDescriptor, nodes: readonly Node[] | undefined): Assignments {
  const { binding } = level;
  const set: Assignment[] = [];
  const sources = new RowSources(level);
  for (const node of nodes ?? []) {
    if (!('ResTarget' in node)) continue;
    const { name = '', location = 0, indirection } = node.ResTarget;
    const position = columnPosition(binding, table, name, location);
    if (indirection !== undefined)
      throw binding.error('feature_not_supported', 'assigning to a part of a column is not supported', location);
    const expression = level.in(CLAUSE.update, () => assigned(level, table, position, node.ResTarget, sources));
    if (set.some((other) => other.position === position))
      throw binding.error('syntax_error', `multiple assignments to same column "${name}"`, undefined);
    set.push({ position, expression });
  }
  return { set, rows: sources.rows };
}

function assigned(level: Level, table: TableDescriptor, position: number, target: ResTarget, sources: RowSources): Expression {
  const { binding } = level;
  const column = table.columns[position];
  const { val } = target;
  const value = val !== undefined && 'MultiAssignRef' in val ? sources.part(val.MultiAssignRef) : { node: val, bound: undefined };
  if (isDefault(value.node)) return defaultValue(binding, column);
  const location = target.location ?? 0;
  const only = (kind: string) =>
    binding.error('generated_always', `column "${column.name}" can only be updated to DEFAULT`, undefined, {
      detail: `Column "${column.name}" is ${kind}.`,
    });
  if (column.generated !== undefined) throw only('a generated column');
  if (column.identity === 'always') throw only('an identity column defined as GENERATED ALWAYS');
  const bound = value.bound ?? (value.node === undefined ? undefined : bindExpression(level, value.node));
  if (bound === undefined) throw binding.error('syntax_error', 'a value is missing', location);
  return coerceAssignment(binding, bound, column.type, column.name);
}

type MultiAssign = Extract<NonNullable<ResTarget['val']>, { MultiAssignRef: unknown }>['MultiAssignRef'];

/** The right sides of `(a, b) = …`, each bound once however many columns it feeds. */
class RowSources {
  readonly rows: { readonly ref: ColumnRef; readonly expression: Expression }[] = [];
  readonly #level: Level;
  #fields: readonly Expression[] = [];

  constructor(level: Level) {
    this.#level = level;
  }

  /** Column `colno` of the source. Only the first column of a group carries the source in the syntax tree. */
  part(node: MultiAssign): { readonly node: Node | undefined; readonly bound: Expression | undefined } {
    const { source, colno = 1, ncolumns = 1 } = node;
    const { binding } = this.#level;
    const mismatch = () => binding.error('syntax_error', 'number of columns does not match number of values', undefined);
    if (source !== undefined && 'RowExpr' in source) {
      const args = source.RowExpr.args ?? [];
      if (args.length !== ncolumns) throw mismatch();
      return { node: args[colno - 1], bound: undefined };
    }
    if (colno === 1 && source !== undefined) this.#fields = this.#bindRow(source, ncolumns);
    const bound = this.#fields[colno - 1];
    if (bound === undefined) throw mismatch();
    return { node: undefined, bound };
  }

  #bindRow(source: Node, count: number): readonly Expression[] {
    const { binding } = this.#level;
    if (!('SubLink' in source) || source.SubLink.subselect === undefined) {
      throw binding.error(
        'feature_not_supported',
        'source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression',
        locationOf(source),
      );
    }
    const query = bindQuery(binding, this.#level, source.SubLink.subselect);
    if (query.columns.length !== count)
      throw binding.error('syntax_error', 'number of columns does not match number of values', source.SubLink.location ?? 0);
    const expression = recordOf(this.#level, query);
    const ref = binding.newRef();
    this.rows.push({ ref, expression });
    return query.columns.map((column, index): Expression => ({
      kind: 'field',
      arg: { kind: 'column', ref, type: expression.type },
      index,
      type: column.type,
    }));
  }
}
