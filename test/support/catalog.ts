/** A catalog in memory, made from CREATE TABLE, INDEX, VIEW and SEQUENCE statements. For tests that bind and never read a row. */
import type { ColumnDef, Constraint, CreateStmt, IndexStmt, Node } from '@pgsql/types';
import type {
  CatalogView,
  ColumnStatistics,
  ColumnDescriptor,
  ConstraintDescriptor,
  IndexDescriptor,
  IndexKey,
  RelationDescriptor,
  TableDescriptor,
  VirtualDescriptor,
} from '../../src/catalog/descriptor.ts';
import { StoredStatistics } from '../../src/catalog/statistics/statistics-codec.ts';
import { indexTree } from '../../src/catalog/derive.ts';
import { parse } from '../../src/sql/parse.ts';
import { columnId, ROW_ID_COLUMN, treeId, type TreeColumn } from '../../src/storage/tree.ts';
import { OID, oid, type Oid } from '../../src/types/oid.ts';
import type { SqlType } from '../../src/types/type.ts';
import { arrayTypeOf, parseTypeModifier, typeByName } from '../../src/types/types.ts';

const PUBLIC = oid(2200);
const SYSTEM = oid(11);

/** Describes a view's query: the binder's `describeQuery`, handed in so that this file needs no binder. */
export type DescribeView = (node: Node, text: string, catalog: CatalogView) => readonly { readonly name: string; readonly type: SqlType }[];

/** By table and column: statistics as the statistics tree holds them, without the column's number. */
export type StoredTableStatistics = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Builds the catalog of `text`'s CREATE statements, in schema public; virtual relations are added as they are. */
export function catalogOf(
  text: string,
  describe?: DescribeView,
  virtual: readonly VirtualDescriptor[] = [],
  statistics: StoredTableStatistics = {},
): CatalogView {
  const catalog = new FakeCatalog(virtual, statistics);
  for (const statement of parse(text)) {
    const { node, source } = statement;
    if ('CreateStmt' in node) catalog.add(tableOf(catalog, node.CreateStmt, source));
    if ('IndexStmt' in node) catalog.addIndex(node.IndexStmt, source);
    if ('ViewStmt' in node && describe !== undefined) {
      const { view, query } = node.ViewStmt;
      if (view === undefined || query === undefined) continue;
      const queryText = statement.text.replace(/^\s*create\s+(or\s+replace\s+)?view\s+\S+(\s*\([^)]*\))?\s+as\s+/i, '');
      const names = (node.ViewStmt.aliases ?? []).flatMap((alias) => ('String' in alias ? [alias.String.sval ?? ''] : []));
      const columns = describe(parse(queryText)[0].node, queryText, catalog).map((column, index) => ({
        ...column,
        name: names[index] ?? column.name,
      }));
      catalog.add({ kind: 'view', ...catalog.relationBase(view.relname ?? ''), columns, queryText, dependsOn: [] });
    }
    if ('CreateSeqStmt' in node)
      catalog.add({
        kind: 'sequence',
        ...catalog.relationBase(node.CreateSeqStmt.sequence?.relname ?? ''),
        type: { oid: OID.int8, modifier: -1 },
        start: 1,
        increment: 1,
        min: 1,
        max: 9007199254740991,
        cache: 1,
        cycle: false,
        ownedBy: undefined,
      });
  }
  return catalog;
}

class FakeCatalog implements CatalogView {
  readonly version = 1;
  readonly #relations: RelationDescriptor[] = [];
  readonly #virtual: readonly VirtualDescriptor[];
  readonly #stored: StoredTableStatistics;
  readonly #statistics = new Map<Oid, StoredStatistics>();
  #next = 16384;

  constructor(virtual: readonly VirtualDescriptor[], statistics: StoredTableStatistics) {
    this.#virtual = virtual;
    this.#stored = statistics;
  }

  nextOid(): Oid {
    return oid(this.#next++);
  }

  relationBase(name: string) {
    return { oid: this.nextOid(), schema: PUBLIC, schemaName: 'public', name, version: 1, comment: undefined };
  }

  add(relation: RelationDescriptor): void {
    this.#relations.push(relation);
  }

  addIndex(statement: IndexStmt, source: string): void {
    const at = this.#relations.findIndex((relation) => relation.kind === 'table' && relation.name === statement.relation?.relname);
    const table = this.#relations[at];
    if (table?.kind !== 'table') throw new Error(`no table ${statement.relation?.relname ?? ''}`);
    const keys = (statement.indexParams ?? []).flatMap((param): IndexKey[] => {
      if (!('IndexElem' in param)) return [];
      const column = table.columns.find((candidate) => candidate.name === param.IndexElem.name);
      const expressionText = param.IndexElem.expr === undefined ? undefined : expressionSource(source, param.IndexElem.expr);
      return [
        { column: column?.id, expressionText, type: column?.type ?? { oid: OID.text, modifier: -1 }, descending: false, nullsFirst: false },
      ];
    });
    const predicateText =
      statement.whereClause === undefined
        ? undefined
        : /\bwhere\b([\s\S]*)$/i.exec(statementText(source, statement.idxname ?? ''))?.[1]?.trim();
    const index = indexOf(this, table, statement.idxname ?? '', keys, {
      unique: statement.unique === true,
      primary: false,
      constraint: undefined,
    });
    this.#relations[at] = { ...table, indexes: [...table.indexes, { ...index, predicateText }] };
  }

  findRelation(schema: string | undefined, name: string, searchPath: readonly string[]): RelationDescriptor | undefined {
    const schemas = schema === undefined ? searchPath : [schema];
    for (const each of schemas) {
      const found = [...this.#virtual, ...this.#relations].find((relation) => relation.schemaName === each && relation.name === name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  relation(wanted: Oid): RelationDescriptor | undefined {
    return [...this.#virtual, ...this.#relations].find((relation) => relation.oid === wanted);
  }

  findSchema(name: string) {
    return this.schemas().find((schema) => schema.name === name);
  }

  schemaByOid(wanted: Oid) {
    return this.schemas().find((schema) => schema.oid === wanted);
  }

  schemas() {
    return [
      { kind: 'schema' as const, oid: PUBLIC, name: 'public' },
      { kind: 'schema' as const, oid: SYSTEM, name: 'pg_catalog' },
    ];
  }

  relations(): readonly RelationDescriptor[] {
    return this.#relations;
  }

  findType(): undefined {
    return undefined;
  }

  userType(): undefined {
    return undefined;
  }

  userTypes(): readonly [] {
    return [];
  }

  statistics(table: Oid): readonly ColumnStatistics[] {
    const relation = this.relation(table);
    if (relation?.kind !== 'table') return [];
    let known = this.#statistics.get(table);
    if (known === undefined) {
      known = new StoredStatistics(relation);
      for (const { name, id } of relation.columns) {
        const stored = this.#stored[relation.name]?.[name];
        if (stored !== undefined) known.add(JSON.stringify({ ...stored, column: id }));
      }
      this.#statistics.set(table, known);
    }
    return known.columns;
  }
}

function tableOf(catalog: FakeCatalog, statement: CreateStmt, source: string): TableDescriptor {
  const base = catalog.relationBase(statement.relation?.relname ?? '');
  const definitions = (statement.tableElts ?? []).flatMap((element) => ('ColumnDef' in element ? [element.ColumnDef] : []));
  const columns = definitions.map((definition, index) => columnOf(catalog, definition, index, source));
  const constraints: ConstraintDescriptor[] = [];
  const wanted: { name: string; primary: boolean; columns: readonly string[] }[] = [];
  const take = (constraint: Constraint, own: string | undefined): void => {
    const names = own === undefined ? (constraint.keys ?? []).flatMap((key) => ('String' in key ? [key.String.sval ?? ''] : [])) : [own];
    if (constraint.contype === 'CONSTR_PRIMARY')
      wanted.push({ name: constraint.conname ?? `${base.name}_pkey`, primary: true, columns: names });
    if (constraint.contype === 'CONSTR_UNIQUE')
      wanted.push({ name: constraint.conname ?? `${base.name}_${names.join('_')}_key`, primary: false, columns: names });
    if (constraint.contype === 'CONSTR_CHECK' && constraint.raw_expr !== undefined) {
      const name = constraint.conname ?? `${base.name}${own === undefined ? '' : `_${own}`}_check`;
      constraints.push({
        kind: 'check',
        oid: catalog.nextOid(),
        name,
        expressionText: expressionSource(source, constraint.raw_expr),
        columns: [],
      });
    }
  };
  for (const element of statement.tableElts ?? []) if ('Constraint' in element) take(element.Constraint, undefined);
  for (const definition of definitions)
    for (const node of definition.constraints ?? []) if ('Constraint' in node) take(node.Constraint, definition.colname);
  const primary = wanted.find((index) => index.primary);
  const settled = columns.map((column) => (primary?.columns.includes(column.name) === true ? { ...column, notNull: true } : column));
  const treeColumns: TreeColumn[] = settled.map((column) => ({ id: column.id, type: column.type, missing: null }));
  if (primary === undefined) treeColumns.push({ id: ROW_ID_COLUMN, type: { oid: OID.int8, modifier: -1 }, missing: null });
  const keyColumns =
    primary === undefined ? [settled.length] : primary.columns.map((name) => settled.findIndex((column) => column.name === name));
  const table: TableDescriptor = {
    kind: 'table',
    ...base,
    columns: settled,
    nextColumnId: settled.length + 1,
    tree: {
      id: treeId(base.oid),
      columns: treeColumns,
      key: keyColumns.map((column) => ({ column, descending: false, nullsFirst: false })),
      rowId: primary === undefined ? settled.length : undefined,
      uniqueParts: undefined,
    },
    indexes: [],
    constraints: [],
    referencedBy: [],
    persistence: 'permanent',
  };
  const indexes = wanted.map((index) => {
    const keys = index.columns.map((name): IndexKey => {
      const column = settled.find((candidate) => candidate.name === name);
      return {
        column: column?.id,
        expressionText: undefined,
        type: column?.type ?? { oid: OID.text, modifier: -1 },
        descending: false,
        nullsFirst: false,
      };
    });
    const made = indexOf(catalog, table, index.name, keys, { unique: true, primary: index.primary, constraint: index.name });
    constraints.push({
      kind: index.primary ? 'primary' : 'unique',
      oid: catalog.nextOid(),
      name: index.name,
      columns: keys.flatMap((key) => key.column ?? []),
      index: made.oid,
    });
    return made;
  });
  return { ...table, indexes, constraints };
}

function indexOf(
  catalog: FakeCatalog,
  table: TableDescriptor,
  name: string,
  keys: readonly IndexKey[],
  of: Pick<IndexDescriptor, 'unique' | 'primary' | 'constraint'>,
): IndexDescriptor {
  const own = catalog.nextOid();
  const { tree, tableKeyPositions } = of.primary
    ? { tree: table.tree, tableKeyPositions: [] }
    : indexTree(own, table.tree, keys, of.unique);
  return { ...of, oid: own, name, keys, predicateText: undefined, state: 'public', tree, tableKeyPositions };
}

function columnOf(catalog: FakeCatalog, definition: ColumnDef, index: number, source: string): ColumnDescriptor {
  const constraints = (definition.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
  const named = (definition.typeName?.names ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : [])).at(-1) ?? '';
  const serial = { serial: 'int4', bigserial: 'int8', smallserial: 'int2' }[named];
  const has = (kind: string) => constraints.find((constraint) => constraint.contype === kind);
  const text = (constraint: Constraint | undefined) =>
    constraint?.raw_expr === undefined ? undefined : expressionSource(source, constraint.raw_expr);
  const identity = has('CONSTR_IDENTITY');
  return {
    id: columnId(index + 1),
    name: definition.colname ?? '',
    type: typeOf(definition, serial ?? named),
    notNull: has('CONSTR_NOTNULL') !== undefined || serial !== undefined || identity !== undefined,
    defaultText:
      serial === undefined
        ? text(has('CONSTR_DEFAULT') ?? has('CONSTR_GENERATED'))
        : `nextval('${definition.colname ?? ''}_seq'::regclass)`,
    generated: has('CONSTR_GENERATED') === undefined ? undefined : 'stored',
    identity: identity === undefined ? undefined : identity.generated_when === 'a' ? 'always' : 'by default',
    sequence: identity === undefined ? undefined : catalog.nextOid(),
    missing: null,
  };
}

function typeOf(definition: ColumnDef, name: string): SqlType {
  const found = typeByName(name);
  if (found === undefined) throw new Error(`no type ${name}`);
  const args = (definition.typeName?.typmods ?? []).flatMap((node) => ('A_Const' in node ? [node.A_Const.ival?.ival ?? 0] : []));
  const modifier = args.length === 0 ? -1 : parseTypeModifier(found.oid, args);
  const array = (definition.typeName?.arrayBounds?.length ?? 0) > 0;
  return { oid: array ? arrayTypeOf(found.oid) : found.oid, modifier };
}

/** The text of an expression: from its first location on, as far as brackets and commas let it reach. */
function expressionSource(source: string, node: Node): string {
  const places: number[] = [];
  collect(node, places);
  const start = Math.min(...places);
  let depth = 0;
  let quoted = false;
  for (let index = start; index < source.length; index++) {
    const character = source[index];
    if (character === "'") quoted = !quoted;
    if (quoted) continue;
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (
      depth < 0 ||
      (depth === 0 &&
        (character === ',' ||
          character === ';' ||
          /^\s(not null|null|primary|unique|check|default|references|generated|stored|desc|asc)\b/i.test(source.slice(index, index + 12))))
    ) {
      return source.slice(start, index);
    }
  }
  return source.slice(start);
}

function collect(value: unknown, places: number[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (key === 'location' && typeof part === 'number' && part >= 0) places.push(part);
    else collect(part, places);
  }
}

function statementText(source: string, name: string): string {
  return parse(source).find((statement) => statement.text.includes(name))?.text ?? '';
}
