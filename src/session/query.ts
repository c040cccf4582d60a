/** SELECT, INSERT, UPDATE, DELETE: bound, planned (or found planned), run. */
import { SqlError } from '../base/sql-error.ts';
import { bindStatement } from '../binder/bind.ts';
import { Binding, type BindingSources } from '../binder/binding.ts';
import { tableColumns } from '../binder/standalone.ts';
import type { BoundQuery } from '../binder/statement.ts';
import { OBJECT_TREE, objectKey } from '../catalog/trees.ts';
import { executeQuery } from '../executor/execute.ts';
import type { Execution, Measure } from '../executor/execution.ts';
import type { PlannerContext } from '../planner/context.ts';
import type { PhysicalQuery } from '../planner/physical.ts';
import { planQuery } from '../planner/plan-query.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { TreeId } from '../storage/tree.ts';
import type { EvaluationContext } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import type { SqlType, TypeContext } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { writeTarget } from '../binder/write-target.ts';
import type { Block } from './block.ts';
import type { Engine } from './engine.ts';
import { explainOptions, PLAN_AS_JSON } from './explain-options.ts';
import { fitsSizes, isStillCold, type PlannedQuery } from './plan-cache.ts';
import { PlanChoice } from './plan-choice.ts';
import type { Running } from './running.ts';
import type { Field } from './session.ts';
import type { Settings } from './settings.ts';

/** What a statement runs in. */
export interface StatementScope {
  readonly engine: Engine;
  readonly block: Block;
  readonly searchPath: readonly string[];
  readonly types: TypeContext;
  readonly context: EvaluationContext;
  readonly settings: Settings;
  /** Told of queries that may come again, as they were planned with these types told for their parameters. */
  readonly planned: (statement: ParsedStatement, types: readonly (Oid | undefined)[], planned: PlannedQuery) => void;
}

/** Parameter and result types, without running anything. */
export async function prepareQuery(
  scope: StatementScope,
  statement: ParsedStatement,
  types: readonly (Oid | undefined)[],
): Promise<{ readonly parameters: readonly SqlType[]; readonly fields: readonly Field[] | undefined }> {
  if (!isQuery(statement)) return { parameters: [], fields: describeCommand(statement) };
  const planned = plan(scope, statement, types);
  scope.planned(statement, types, planned);
  const { bound } = planned;
  return { parameters: bound.parameters, fields: fieldsOf(bound) };
}

export function runQuery(
  scope: StatementScope,
  statement: ParsedStatement,
  parameters: readonly Value[],
  types: readonly (Oid | undefined)[],
  measure?: Measure,
): Running {
  const planned = plan(scope, statement, types);
  if (types.length > 0) scope.planned(statement, types, planned);
  return runPlanned(scope, { bound: planned.bound, plan: planFor(scope, planned, parameters) }, parameters, measure);
}

export function runPlanned(
  scope: StatementScope,
  { bound, plan: physical }: Pick<PlannedQuery, 'bound' | 'plan'>,
  parameters: readonly Value[],
  measure?: Measure,
): Running {
  const { transaction } = scope.block;
  if (parameters.length < bound.parameters.length) {
    throw new SqlError(
      'protocol_violation',
      `bind message supplies ${parameters.length} parameters, but prepared statement requires ${bound.parameters.length}`,
    );
  }
  if (bound.writes && transaction.readOnly)
    throw new SqlError('read_only_sql_transaction', `cannot execute ${bound.tag} in a read-only transaction`);
  if (!bound.writes || scope.block.transaction.isolation === 'read committed') void scope.block.current(); // asked now, so that it travels beside the reads
  for (const oid of bound.dependencies) transaction.noteRead(OBJECT_TREE, objectKey(oid), 'catalog');
  const result = executeQuery(physical, executionOf(scope, parameters, measure));
  const fields = fieldsOf(bound);
  let returned = 0;
  return {
    fields,
    next() {
      scope.context.checkCancelled();
      const batch = result.next();
      return batch instanceof Promise ? batch.then(count) : count(batch);
    },
    tag: () => (bound.tag === 'INSERT' ? `INSERT 0 ${rowCount()}` : `${bound.tag} ${rowCount()}`),
    rowCount,
    close: () => result.close(),
  };

  function count<T extends { readonly length: number } | null>(batch: T): T {
    returned += batch?.length ?? 0;
    return batch;
  }
  function rowCount(): number {
    return bound.tag === 'SELECT' ? returned : result.affected();
  }
}

/** What the binder resolves names against. */
export function sourcesOf(scope: StatementScope): BindingSources {
  return { catalog: scope.block.editor.snapshot, registry: scope.engine.registry, searchPath: scope.searchPath, settings: scope.context };
}

export function executionOf(scope: StatementScope, parameters: readonly Value[], measure?: Measure): Execution {
  const { block } = scope;
  return {
    transaction: block.transaction,
    parameters,
    context: scope.context,
    catalog: block.editor.snapshot,
    writeTarget(table) {
      const binding = Binding.start('', sourcesOf(scope), []);
      return writeTarget(binding, table, tableColumns(binding, table), true);
    },
    deferred: block,
    vectors: scope.engine.vectors,
    measure,
  };
}

/** Binds and plans, or finds it done before. */
export function plan(scope: StatementScope, statement: ParsedStatement, types: readonly (Oid | undefined)[]): PlannedQuery {
  const catalog = scope.block.editor.snapshot;
  const { types: text } = scope;
  const { estimateRows, treeStorage, plans } = scope.engine;
  const shareNow = (tree: TreeId): number => treeStorage(tree).residentShare;
  const fits = (known: PlannedQuery): boolean => fitsSizes(known, estimateRows) && isStillCold(known, shareNow);
  const surroundings = { catalogVersion: catalog.version, searchPath: scope.searchPath, types, text };
  const latest = plans.latest(statement, surroundings);
  if (latest !== undefined && fits(latest)) return latest;
  const key = `${catalog.version}|${scope.searchPath.join()}|${types.join()}|${text.timeZone}|${text.dateStyle.format}${text.dateStyle.order}${text.intervalStyle}|${statement.text}`;
  const known = plans.get(key);
  if (known !== undefined && known !== latest && fits(known)) {
    plans.remember(statement, surroundings, known);
    return known;
  }
  const bound = bindStatement(statement.node, { ...sourcesOf(scope), text: statement.source, parameterTypes: types });
  const sizes = new Map<TreeId, number>();
  const cold = new Map<TreeId, number>();
  const physical = planQuery(bound, {
    ...plannerContext(scope),
    rows: (table) => {
      const estimated = estimateRows(table.tree.id);
      sizes.set(table.tree.id, estimated);
      return estimated;
    },
    storage: (tree) => {
      const storage = treeStorage(tree);
      if (storage.residentShare < 1) cold.set(tree, storage.residentShare);
      return storage;
    },
  });
  const planned: PlannedQuery = { bound, plan: physical, sizes, cold, choice: new PlanChoice(physical, sizes.size), uses: { count: 0 } };
  if (bound.cacheable) plans.set(key, planned);
  return planned;
}

/** The plan to run with these parameters: the one for all, or one made for them. */
function planFor(scope: StatementScope, { bound, plan: general, choice }: PlannedQuery, parameters: readonly Value[]): PhysicalQuery {
  if (bound.parameters.length === 0 || parameters.length < bound.parameters.length) return general;
  return choice.choose(() => planQuery(bound, { ...plannerContext(scope), parameters }));
}

function plannerContext(scope: StatementScope): PlannerContext {
  const { estimateRows, treeStorage, registry } = scope.engine;
  return {
    catalog: scope.block.editor.snapshot,
    rows: (table) => estimateRows(table.tree.id),
    storage: treeStorage,
    registry,
    context: scope.context,
  };
}

/** Whether it is bound and planned, as opposed to carried out as a command. */
export function isQuery(statement: ParsedStatement): boolean {
  const { node } = statement;
  if ('SelectStmt' in node) return node.SelectStmt.intoClause === undefined;
  return 'InsertStmt' in node || 'UpdateStmt' in node || 'DeleteStmt' in node || 'MergeStmt' in node;
}

const described = new WeakMap<BoundQuery, readonly Field[]>();

/** The columns of a query's result: the same array each time. */
export function fieldsOf(bound: BoundQuery): readonly Field[] | undefined {
  if (bound.columns === undefined) return undefined;
  const known = described.get(bound);
  if (known !== undefined) return known;
  const fields = bound.columns.map(({ name, type, table, attribute }) => ({ name, type, table, attribute }));
  described.set(bound, fields);
  return fields;
}

/** The columns of commands that answer rows: EXPLAIN and SHOW. */
function describeCommand(statement: ParsedStatement): readonly Field[] | undefined {
  const { node } = statement;
  if ('ExplainStmt' in node) return [explainOptions(node.ExplainStmt).json ? PLAN_AS_JSON : textField('QUERY PLAN')];
  if ('VariableShowStmt' in node) {
    return node.VariableShowStmt.name === 'all'
      ? ['name', 'setting', 'description'].map(textField)
      : [textField(node.VariableShowStmt.name ?? '')];
  }
  return undefined;
}

/** A text column of a command's answer. */
export function textField(name: string): Field {
  return { name, type: TEXT, table: 0 as Oid, attribute: 0 };
}

const TEXT: SqlType = { oid: 25 as Oid, modifier: -1 };
