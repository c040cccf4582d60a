/** The binder's door: a syntax tree in, a bound query out. */
import type { Node } from '@pgsql/types';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import { tooDeep } from '../sql/syntax-error.ts';
import type { Oid } from '../types/oid.ts';
import { OID } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import { bindModification } from './bind-modification.ts';
import { bindQuery, type OutputColumn } from './bind-query.ts';
import { Binding, type BindingSources } from './binding.ts';
import { resultOrigin } from './scope.ts';
import type { BoundQuery, ResultColumn } from './statement.ts';
import { typeOf } from './typing.ts';
import { noMeanings, writtenOut } from './written-out.ts';

export interface BindOptions extends BindingSources {
  /** The text the tree's locations count in (`ParsedStatement.source`). */
  readonly text: string;
  /** Types the client declared for $1, $2 …; undefined ones are inferred. */
  readonly parameterTypes?: readonly (Oid | undefined)[] | undefined;
}

/**
 * Binds SELECT, VALUES, INSERT, UPDATE or DELETE. Every error is PostgreSQL's, with its position in `text`; SQLSTATE 42P18 for a
 * parameter whose type nothing tells, 54001 for nesting past the limit.
 */
export function bindStatement(node: Node, options: BindOptions): BoundQuery {
  const given = (options.parameterTypes ?? []).map((oid) =>
    oid === undefined || oid === 0 || oid === OID.unknown ? undefined : typeOf(oid),
  );
  if (given.length > LIMITS.parametersMax)
    throw new SqlError('program_limit_exceeded', `there are more than ${LIMITS.parametersMax} parameters`);
  const binding = Binding.start(options.text, options, given);
  return guarded(() => {
    const bound =
      'SelectStmt' in node
        ? { tag: 'SELECT' as const, ...bindQuery(binding, undefined, node) }
        : bindModification(binding, undefined, node);
    return {
      kind: 'query',
      tag: bound.tag,
      plan: bound.plan,
      columns: bound.columns?.map((column) => resultColumn(binding, column)),
      parameters: parameterTypes(binding),
      writes: binding.writes,
      dependencies: binding.dependencies,
      cacheable: binding.cacheable,
    };
  });
}

/** A query that something is made of. */
export interface DescribedQuery {
  readonly columns: readonly ResultColumn[];
  readonly dependencies: readonly Oid[];
  /** The query with its names written out, so that its text means the same later. */
  readonly writtenOut: Node;
}

/** What a view's query yields and reads, without keeping its plan. */
export function describeQuery(node: Node, options: BindOptions): DescribedQuery {
  const meanings = noMeanings();
  const bound = bindStatement(node, { ...options, meanings });
  return { columns: bound.columns ?? [], dependencies: bound.dependencies, writtenOut: writtenOut(node, meanings) };
}

function resultColumn(binding: Binding, column: OutputColumn): ResultColumn {
  return { ref: column.ref, name: column.name, type: column.type, ...resultOrigin(binding, column.ref) };
}

function parameterTypes(binding: Binding): readonly SqlType[] {
  return binding.parameters.map((type, index) => {
    if (type === undefined || type.oid === OID.unknown) {
      throw new SqlError('indeterminate_datatype', `could not determine data type of parameter $${index + 1}`);
    }
    return type;
  });
}

/** The engine's own stack is the last limit on nesting. */
export function guarded<T>(f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('call stack')) throw tooDeep();
    throw error;
  }
}
