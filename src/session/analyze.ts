/** ANALYZE and VACUUM: statistics for the planner. VACUUM has nothing else to do, since storage collects its own garbage. */
import type { VacuumStmt } from '@pgsql/types';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { HyperLogLog } from '../catalog/statistics/hyper-log-log.ts';
import { isUncertain, SAMPLE, tableStatistics } from '../catalog/statistics/table-statistics.ts';
import { undefinedRelation } from '../executor/ddl/names.ts';
import type { TreeSample } from '../storage/sample.ts';
import { WHOLE_TREE, type ColumnId } from '../storage/tree.ts';
import { typeDefinition } from '../types/types.ts';
import type { Row } from '../types/value.ts';
import type { StatementScope } from './query.ts';

/** Tables with more rows are not read as a whole to count distinct values: the sample has to do. */
const COUNTED_ROWS_MAX = 2_000_000;

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
  const sample = await sampleOf(scope, table);
  const statistics = await tableStatistics(table, sample, () => scope.context.checkCancelled());
  const uncertain = statistics.filter(isUncertain).map(({ column }) => column);
  const counted = uncertain.length === 0 || sample.rows > COUNTED_ROWS_MAX ? NONE_COUNTED : await countDistinct(scope, table, uncertain);
  scope.block.editor.setStatistics(
    table,
    statistics.map((known) => ({ ...known, distinct: counted.get(known.column) ?? known.distinct })),
  );
}

const NONE_COUNTED: ReadonlyMap<ColumnId, number> = new Map();

/** A small table as a whole, as the transaction sees it; of a large one a sample of what was committed. */
async function sampleOf(scope: StatementScope, table: TableDescriptor): Promise<TreeSample> {
  const { engine, block } = scope;
  const columns = table.columns.map((_, position) => position);
  const estimated = engine.estimateRows(table.tree.id);
  if (estimated > SAMPLE.rows) return engine.sampleTree(table.tree, columns, SAMPLE);
  const rows: Row[] = [];
  const cursor = block.transaction.scan(table.tree, WHOLE_TREE, { columns, purpose: 'none', rowsWanted: SAMPLE.rows });
  try {
    for (let batch = await cursor.next(); batch !== null && rows.length < SAMPLE.rows; batch = await cursor.next()) {
      scope.context.checkCancelled();
      for (const row of batch.rows) rows.push(row);
    }
  } finally {
    cursor.close();
  }
  return { rows: rows.length < SAMPLE.rows ? rows.length : Math.max(rows.length, estimated), blocks: rows.length === 0 ? [] : [rows] };
}

/** The distinct values of some columns, over the whole table. */
async function countDistinct(scope: StatementScope, table: TableDescriptor, columns: readonly ColumnId[]): Promise<Map<ColumnId, number>> {
  const positions = columns.map((id) => table.columns.findIndex((column) => column.id === id));
  const counters = positions.map((position) => ({
    counter: new HyperLogLog(),
    type: typeDefinition(table.columns[position].type.oid),
  }));
  const cursor = scope.block.transaction.scan(table.tree, WHOLE_TREE, { columns: positions, purpose: 'none' });
  try {
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
      scope.context.checkCancelled();
      for (const row of batch.rows) {
        for (let at = 0; at < counters.length; at++) {
          const value = row[at];
          if (value !== null) counters[at].counter.add(counters[at].type.hashKey(value));
        }
      }
    }
  } finally {
    cursor.close();
  }
  return new Map(columns.map((id, at) => [id, counters[at].counter.count()]));
}
