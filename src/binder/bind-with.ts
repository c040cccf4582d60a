/** WITH: common table expressions, recursive and data-modifying ones included. */
import type { CommonTableExpr, Node, SelectStmt, WithClause } from '@pgsql/types';
import { assert } from '../base/assert.ts';
import { aside } from './bind-from.ts';
import { bindQuery, bindSelectStatement, type BoundSelect } from './bind-query.ts';
import { giveTypes, locationOfColumn } from './bind-set-operation.ts';
import { bindModification } from './bind-modification.ts';
import { commonTypeIfAny } from './coerce.ts';
import type { ColumnRef } from './expression.ts';
import { stringList } from './node.ts';
import type { Plan, WithPlan } from './plan.ts';
import { Level, type CteEntry, type Recursion } from './scope.ts';
import { displayType } from './typing.ts';

type Definition = WithPlan['definitions'][number];

/** Binds the definitions of a WITH clause and puts them in sight of `level`. */
export function bindWith(level: Level, clause: WithClause | undefined): readonly Definition[] {
  const { binding } = level;
  const made: Definition[] = [];
  const nodes = (clause?.ctes ?? []).flatMap((node) => ('CommonTableExpr' in node ? [node.CommonTableExpr] : []));
  const ordered = clause?.recursive === true ? inDependencyOrder(nodes) : nodes;
  for (const [index, node] of nodes.entries()) {
    const name = node.ctename ?? '';
    if (nodes.findIndex((other) => other.ctename === name) < index) {
      throw binding.error('duplicate_alias', `WITH query name "${name}" specified more than once`, node.location ?? 0);
    }
  }
  for (const node of ordered) made.push(binding.deeper(() => bindDefinition(level, node, clause?.recursive === true)));
  return made;
}

/** The body under its definitions. */
export function wrapWith(definitions: readonly Definition[], body: Plan): Plan {
  return definitions.length === 0 ? body : { kind: 'with', definitions, body };
}

function bindDefinition(level: Level, node: CommonTableExpr, recursive: boolean): Definition {
  const { binding } = level;
  const name = node.ctename ?? '';
  const query = node.ctequery;
  assert(query !== undefined, 'the grammar gives every WITH query a body', { name });
  if (node.search_clause !== undefined || node.cycle_clause !== undefined) {
    throw binding.error('feature_not_supported', 'SEARCH and CYCLE clauses are not supported', node.location ?? 0);
  }
  const id = binding.newId();
  const materialized =
    node.ctematerialized === 'CTEMaterializeAlways' ? true : node.ctematerialized === 'CTEMaterializeNever' ? false : undefined;
  const bound = recursive && mentions(query, name) ? bindRecursive(level, node, query) : bindPlain(level, query);
  const columns = renamed(level, node, bound.columns);
  const output = columns.map((column) => column.ref);
  level.ctes.set(name, { name, id, columns, output, readable: bound.readable });
  return { id, name, plan: bound.plan, output, materialized };
}

function bindPlain(level: Level, query: Node): BoundSelect & { readonly readable: boolean } {
  if ('SelectStmt' in query) return { ...bindQuery(level.binding, aside(level), query), readable: true };
  if (level.parent !== undefined) {
    throw level.binding.error(
      'feature_not_supported',
      'WITH clause containing a data-modifying statement must be at the top level',
      undefined,
    );
  }
  const bound = bindModification(level.binding, aside(level), query);
  return { plan: bound.plan, columns: bound.columns ?? [], readable: bound.columns !== undefined };
}

function renamed(level: Level, node: CommonTableExpr, columns: BoundSelect['columns']): BoundSelect['columns'] {
  const names = stringList(node.aliascolnames);
  if (names.length > columns.length) {
    throw level.binding.error(
      'invalid_column_reference',
      `WITH query "${node.ctename ?? ''}" has ${columns.length} columns available but ${names.length} columns specified`,
      node.location ?? 0,
    );
  }
  return columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
}

/** `base UNION [ALL] step`, where only the step, and there once, refers to the name itself. */
function bindRecursive(level: Level, node: CommonTableExpr, query: Node): BoundSelect & { readonly readable: boolean } {
  const { binding } = level;
  const name = node.ctename ?? '';
  const location = node.location ?? 0;
  const wrong = (reason: string) => binding.error('invalid_recursion', `recursive query "${name}" ${reason}`, location);
  if (!('SelectStmt' in query)) throw wrong('must not contain data-modifying statements');
  const statement: SelectStmt = query.SelectStmt;
  if (statement.op !== 'SETOP_UNION' || statement.larg === undefined || statement.rarg === undefined) {
    throw wrong('does not have the form non-recursive-term UNION [ALL] recursive-term');
  }
  for (const [clause, words] of [
    [statement.sortClause, 'ORDER BY'],
    [statement.limitOffset, 'OFFSET'],
    [statement.limitCount, 'LIMIT'],
    [statement.lockingClause, 'FOR UPDATE/SHARE'],
  ] as const) {
    if (clause !== undefined) throw binding.error('feature_not_supported', `${words} in a recursive query is not implemented`, undefined);
  }
  if (mentions({ SelectStmt: statement.larg }, name)) {
    throw binding.error(
      'invalid_recursion',
      `recursive reference to query "${name}" must not appear within its non-recursive term`,
      referenceLocation({ SelectStmt: statement.larg }, name),
    );
  }
  const outer = new Level(binding, aside(level));
  const inner = bindWith(outer, statement.withClause);
  const base = bindSelectStatement(binding, aside(outer), statement.larg);
  const columns = renamed(level, node, base.columns);
  const id = binding.newId();
  const recursion: Recursion = { references: 0, forbidden: undefined };
  const entry: CteEntry = { name, id, columns, output: [], readable: true, recursion };
  outer.ctes.set(name, entry);
  checkStep(level, statement.rarg, name);
  const step = bindSelectStatement(binding, aside(outer), statement.rarg, { keepUnknown: true });
  if (step.columns.length !== base.columns.length) {
    throw binding.error('syntax_error', 'each UNION query must have the same number of columns', undefined);
  }
  const types = columns.map((column) => column.type);
  step.columns.forEach((column, index) => {
    const sides = [columns[index], column].map((side) => ({ kind: 'column' as const, ref: side.ref, type: side.type }));
    const common = commonTypeIfAny(binding, sides);
    if (common === undefined) {
      throw binding.error(
        'datatype_mismatch',
        `UNION types ${displayType(binding, columns[index].type)} and ${displayType(binding, column.type)} cannot be matched`,
        undefined,
      );
    }
    if (common.oid !== columns[index].type.oid) {
      throw binding.error(
        'datatype_mismatch',
        `recursive query "${name}" column ${index + 1} has type ${displayType(binding, columns[index].type)} in non-recursive term but type ${displayType(binding, common)} overall`,
        locationOfColumn(level, base, index),
        { hint: 'Cast the output of the non-recursive term to the correct type.' },
      );
    }
  });
  const typed = giveTypes(level, step, types);
  const output = columns.map((column): ColumnRef => binding.newRef({ name: column.name, relation: undefined, table: 0, attribute: 0 }));
  const plan: Plan = {
    kind: 'recursive',
    id,
    name,
    base: base.plan,
    step: typed.plan,
    baseColumns: base.columns.map((column) => column.ref),
    stepColumns: typed.refs,
    output,
    all: statement.all === true,
    types,
  };
  return { plan: wrapWith(inner, plan), columns: columns.map((column, index) => ({ ...column, ref: output[index] })), readable: true };
}

/** Refuses a recursive reference where it has no meaning: twice, in a subquery, under an outer join, in EXCEPT, with aggregates. */
function checkStep(level: Level, step: SelectStmt, name: string): void {
  const { binding } = level;
  const places: { readonly location: number; readonly within: string | undefined }[] = [];
  collectReferences({ SelectStmt: step }, name, undefined, places);
  const bad = places.find((place) => place.within !== undefined);
  const refuse = (words: string, location: number) =>
    binding.error('invalid_recursion', `recursive reference to query "${name}" must not appear ${words}`, location);
  if (bad?.within !== undefined) throw refuse(`within ${bad.within}`, bad.location);
  if (places.length > 1) throw refuse('more than once', places[1].location);
}

function collectReferences(
  value: unknown,
  name: string,
  within: string | undefined,
  places: { location: number; within: string | undefined }[],
): void {
  if (Array.isArray(value)) {
    for (const item of value) collectReferences(item, name, within, places);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (key === 'RangeVar' && isReference(part, name)) places.push({ location: part.location ?? 0, within });
    else if (key === 'SubLink') collectReferences(part, name, within ?? 'a subquery', places);
    else if (key === 'JoinExpr') collectJoin(part, name, within, places);
    else if (key === 'rarg' && Reflect.get(value, 'op') === 'SETOP_EXCEPT') collectReferences(part, name, within ?? 'EXCEPT', places);
    else if (key === 'withClause' && shadows(part, name)) return;
    else collectReferences(part, name, within, places);
  }
}

function collectJoin(
  join: unknown,
  name: string,
  within: string | undefined,
  places: { location: number; within: string | undefined }[],
): void {
  if (typeof join !== 'object' || join === null) return;
  const type: unknown = Reflect.get(join, 'jointype');
  const outerJoin = 'an outer join';
  const left = type === 'JOIN_RIGHT' || type === 'JOIN_FULL' ? (within ?? outerJoin) : within;
  const right = type === 'JOIN_LEFT' || type === 'JOIN_FULL' ? (within ?? outerJoin) : within;
  collectReferences(Reflect.get(join, 'larg'), name, left, places);
  collectReferences(Reflect.get(join, 'rarg'), name, right, places);
  collectReferences(Reflect.get(join, 'quals'), name, within, places);
}

function isReference(part: unknown, name: string): part is { readonly location?: number } {
  return (
    typeof part === 'object' && part !== null && Reflect.get(part, 'relname') === name && Reflect.get(part, 'schemaname') === undefined
  );
}

function shadows(clause: unknown, name: string): boolean {
  return (
    typeof clause === 'object' &&
    clause !== null &&
    JSON.stringify(Reflect.get(clause, 'ctes') ?? []).includes(`"ctename":${JSON.stringify(name)}`)
  );
}

/** Whether a syntax tree refers to the relation `name`. */
function mentions(node: Node, name: string): boolean {
  const places: { location: number; within: string | undefined }[] = [];
  collectReferences(node, name, undefined, places);
  return places.length > 0;
}

function referenceLocation(node: Node, name: string): number | undefined {
  const places: { location: number; within: string | undefined }[] = [];
  collectReferences(node, name, undefined, places);
  return places[0]?.location;
}

/** WITH RECURSIVE lets definitions refer forwards: those referred to come first. Mutual recursion stays in written order and fails by name. */
function inDependencyOrder(nodes: readonly CommonTableExpr[]): readonly CommonTableExpr[] {
  const done: CommonTableExpr[] = [];
  const visiting = new Set<CommonTableExpr>();
  const visit = (node: CommonTableExpr): void => {
    if (done.includes(node) || visiting.has(node)) return;
    visiting.add(node);
    for (const other of nodes)
      if (other !== node && node.ctequery !== undefined && mentions(node.ctequery, other.ctename ?? '')) visit(other);
    done.push(node);
  };
  nodes.forEach(visit);
  return done;
}
