/** ANALYZE and VACUUM: statistics for the planner. VACUUM has nothing else to do, since storage collects its own garbage. */
import type { VacuumStmt } from '@pgsql/types';
import type { ColumnStatistics, TableDescriptor } from '../catalog/descriptor.ts';
import { undefinedRelation } from '../executor/ddl/names.ts';
import { WHOLE_TREE } from '../storage/tree.ts';
import { typeDefinition } from '../types/types.ts';
import type { Value } from '../types/value.ts';
import type { StatementScope } from './query.ts';

/** Rows looked at per table. */
const SAMPLE_ROWS_MAX = 30_000;

/** Runs the command and answers its tag. */
export async function analyze(scope: StatementScope, statement: VacuumStmt): Promise<string> {
  const vacuum = statement.is_vacuumcmd === true;
  const wantsStatistics = !vacuum || (statement.options ?? []).some((node) => 'DefElem' in node && node.DefElem.defname === 'analyze');
  if (wantsStatistics) for (const table of tablesOf(scope, statement)) await analyzeTable(scope, table);
  return vacuum ? 'VACUUM' : 'ANALYZE';
}

function tablesOf(scope: StatementScope, statement: VacuumStmt): TableDescriptor[] {
  const { snapshot } = scope.block.editor;
  const named = (statement.rels ?? []).flatMap((node) =>
    'VacuumRelation' in node && node.VacuumRelation.relation !== undefined ? [node.VacuumRelation.relation] : [],
  );
  if (named.length === 0) return snapshot.relations().filter((relation) => relation.kind === 'table');
  return named.flatMap((relation) => {
    const found = snapshot.findRelation(relation.schemaname, relation.relname ?? '', scope.searchPath);
    if (found === undefined) throw undefinedRelation(relation);
    return found.kind === 'table' ? [found] : [];
  });
}

async function analyzeTable(scope: StatementScope, table: TableDescriptor): Promise<void> {
  const collectors = table.columns.map((column) => new Collector(column.id, column.type.oid));
  const columns = table.columns.map((_, position) => position);
  const cursor = scope.block.transaction.scan(table.tree, WHOLE_TREE, { columns, purpose: 'none', rowsWanted: SAMPLE_ROWS_MAX });
  let seen = 0;
  try {
    for (let batch = await cursor.next(); batch !== null && seen < SAMPLE_ROWS_MAX; batch = await cursor.next()) {
      scope.context.checkCancelled();
      for (const row of batch.rows) collectors.forEach((collector, at) => collector.add(row[at]));
      seen += batch.rows.length;
    }
  } finally {
    cursor.close();
  }
  const total = Math.max(seen, scope.engine.estimateRows(table.tree.id));
  scope.block.editor.setStatistics(
    table,
    collectors.map((collector) => collector.finish(seen, total)),
  );
}

class Collector {
  readonly #column: ColumnStatistics['column'];
  readonly #type: ReturnType<typeof typeDefinition>;
  readonly #distinct = new Set<string | number | bigint | boolean>();
  #nulls = 0;
  #min: Value = null;
  #max: Value = null;

  constructor(column: ColumnStatistics['column'], type: Parameters<typeof typeDefinition>[0]) {
    this.#column = column;
    this.#type = typeDefinition(type);
  }

  add(value: Value): void {
    if (value === null) {
      this.#nulls++;
      return;
    }
    this.#distinct.add(this.#type.hashKey(value));
    const { compare } = this.#type;
    if (compare === undefined) return;
    if (this.#min === null || compare(value, this.#min) < 0) this.#min = value;
    if (this.#max === null || compare(value, this.#max) > 0) this.#max = value;
  }

  /** Scales a sample's distinct count: values mostly unique in the sample are taken to stay so. */
  finish(seen: number, total: number): ColumnStatistics {
    const sampled = this.#distinct.size;
    const distinct = seen > 0 && sampled > seen * 0.9 ? Math.round((sampled / seen) * total) : sampled;
    return {
      column: this.#column,
      nullFraction: seen === 0 ? 0 : this.#nulls / seen,
      distinct,
      min: this.#min,
      max: this.#max,
      averageBytes: this.#type.length > 0 ? this.#type.length : 16,
    };
  }
}
