/** A little database over a transaction in memory: SQL in, text rows out. */
import { bindStatement } from '../../src/binder/bind.ts';
import type { BoundQuery } from '../../src/binder/statement.ts';
import { executeQuery } from '../../src/executor/execute.ts';
import { explainText } from '../../src/planner/explain.ts';
import type { PhysicalQuery } from '../../src/planner/physical.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { parse } from '../../src/sql/parse.ts';
import type { EvaluationContext } from '../../src/types/function.ts';
import { buildRegistry } from '../../src/types/registry.ts';
import type { TypeContext } from '../../src/types/type.ts';
import { typeDefinition } from '../../src/types/types.ts';
import type { Value } from '../../src/types/value.ts';
import type { CatalogView, TableDescriptor } from '../../src/catalog/descriptor.ts';
import { catalogOf, type StoredTableStatistics } from '../support/catalog.ts';
import { MemoryTransaction } from '../support/memory-transaction.ts';

const SETTINGS: TypeContext = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
};

await loadParserOnNode();

export class TestDatabase {
  readonly catalog: CatalogView;
  readonly transaction: MemoryTransaction;
  /** Row counts the planner is told, by table name; the true ones otherwise. */
  readonly #told: ReadonlyMap<string, number>;

  /** `delayed`: every read of the store answers by a promise. */
  constructor(schema: string, delayed = false, told: ReadonlyMap<string, number> = new Map(), statistics: StoredTableStatistics = {}) {
    this.#told = told;
    this.catalog = catalogOf(schema, undefined, [], statistics);
    this.transaction = new MemoryTransaction(delayed);
  }

  bind(text: string): BoundQuery {
    const [statement] = parse(text);
    return bindStatement(statement.node, {
      catalog: this.catalog,
      registry: buildRegistry(),
      searchPath: ['public'],
      settings: SETTINGS,
      text: statement.source,
      parameterTypes: [],
    });
  }

  plan(bound: BoundQuery, options: { readonly naive?: boolean } = {}): PhysicalQuery {
    return planQuery(bound, {
      ...options,
      catalog: this.catalog,
      rows: (table: TableDescriptor) => this.#told.get(table.name) ?? this.transaction.rows(table.tree),
      registry: buildRegistry(),
      context: CONTEXT,
    });
  }

  explain(text: string): string {
    return explainText(this.plan(this.bind(text)), { costs: false }).join('\n');
  }

  /** Rows as text, columns separated by `|`, nulls as NULL; for writes without RETURNING, the count. */
  async run(text: string, parameters: readonly Value[] = [], options: { readonly naive?: boolean } = {}): Promise<string[]> {
    const bound = this.bind(text);
    const running = executeQuery(this.plan(bound, options), {
      transaction: this.transaction,
      parameters,
      context: CONTEXT,
      catalog: this.catalog,
    });
    const lines: string[] = [];
    for (let batch = await running.next(); batch !== null; batch = await running.next()) {
      for (const row of batch)
        lines.push(
          row
            .map((value, at) => (value === null ? 'NULL' : typeDefinition((bound.columns ?? [])[at].type.oid).output(value, SETTINGS)))
            .join('|'),
        );
    }
    return bound.columns === undefined ? [`${bound.tag} ${running.affected()}`] : lines;
  }

  /** Runs several statements. */
  async script(text: string): Promise<void> {
    for (const statement of parse(text)) await this.run(statement.text);
  }
}

const CONTEXT: EvaluationContext = {
  ...SETTINGS,
  transactionTime: 0,
  statementTime: 0,
  clockTime: () => 0,
  random: () => 0.5,
  setSeed: () => undefined,
  randomBytes: (length) => new Uint8Array(length),
  setting: () => undefined,
  setSetting: () => undefined,
  userName: 'tester',
  databaseName: 'test',
  catalog: {
    relationOid: () => undefined,
    relationName: () => undefined,
    typeOid: () => undefined,
    typeName: () => undefined,
    namespaceOid: () => undefined,
    namespaceName: () => undefined,
    sequenceNext: () => 1,
    sequenceCurrent: () => 1,
    sequenceLast: () => 1,
    sequenceSet: () => 1,
    searchPath: () => ['public'],
    describe: () => undefined,
  },
  checkCancelled: () => undefined,
  notice: () => undefined,
};
