/** The catalog as of one moment: maps over immutable descriptors. A change makes another snapshot that shares what did not change. */
import type { Oid } from '../types/oid.ts';
import { registerDomain, registerEnum } from '../types/user-types.ts';
import { INFORMATION_SCHEMA, isRelation, PG_CATALOG_SCHEMA, type CatalogObject } from './codec.ts';
import type {
  CatalogView,
  ColumnStatistics,
  RelationDescriptor,
  SchemaDescriptor,
  UserTypeDescriptor,
  VirtualDescriptor,
} from './descriptor.ts';

/** Finds a system relation by schema and name, or by OID. */
export interface SystemRelations {
  find(schema: string, name: string): VirtualDescriptor | undefined;
  byOid(oid: Oid): VirtualDescriptor | undefined;
}

/** The statistics of a table's columns; reading them may be what decodes them. */
export interface TableStatistics {
  readonly columns: readonly ColumnStatistics[];
}

let nextVersion = 1;

export class CatalogSnapshot implements CatalogView {
  /** Unique in this process: no two different snapshots share one. */
  readonly version: number;
  readonly #objects: ReadonlyMap<Oid, CatalogObject>;
  readonly #statistics: ReadonlyMap<Oid, TableStatistics>;
  readonly #system: SystemRelations;
  readonly #relationsByName = new Map<string, RelationDescriptor>();
  readonly #typesByName = new Map<string, UserTypeDescriptor>();
  readonly #schemasByName = new Map<string, SchemaDescriptor>();
  readonly #schemasByOid = new Map<Oid, SchemaDescriptor>();

  constructor(objects: ReadonlyMap<Oid, CatalogObject>, statistics: ReadonlyMap<Oid, TableStatistics>, system: SystemRelations) {
    this.version = nextVersion++;
    this.#objects = objects;
    this.#statistics = statistics;
    this.#system = system;
    for (const schema of [PG_CATALOG_SCHEMA, INFORMATION_SCHEMA]) this.#addSchema(schema);
    for (const object of objects.values()) if (object.kind === 'schema') this.#addSchema(object);
    for (const object of objects.values()) {
      if (isRelation(object)) this.#relationsByName.set(qualified(object.schemaName, object.name), object);
      else if (object.kind !== 'schema') this.#addType(object);
    }
  }

  findRelation(schema: string | undefined, name: string, searchPath: readonly string[]): RelationDescriptor | undefined {
    for (const candidate of schema === undefined ? withSystemSchema(searchPath) : [schema]) {
      const found = this.#relationsByName.get(qualified(candidate, name)) ?? this.#system.find(candidate, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  relation(oid: Oid): RelationDescriptor | undefined {
    const object = this.#objects.get(oid);
    if (object === undefined) return this.#system.byOid(oid);
    return isRelation(object) ? object : undefined;
  }

  findSchema(name: string): SchemaDescriptor | undefined {
    return this.#schemasByName.get(name);
  }

  schemaByOid(oid: Oid): SchemaDescriptor | undefined {
    return this.#schemasByOid.get(oid);
  }

  schemas(): readonly SchemaDescriptor[] {
    return [...this.#schemasByOid.values()];
  }

  relations(): readonly RelationDescriptor[] {
    return [...this.#objects.values()].filter(isRelation).toSorted((a, b) => a.oid - b.oid);
  }

  findType(schema: string | undefined, name: string, searchPath: readonly string[]): UserTypeDescriptor | undefined {
    for (const candidate of schema === undefined ? searchPath : [schema]) {
      const found = this.#typesByName.get(qualified(candidate, name));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  userType(oid: Oid): UserTypeDescriptor | undefined {
    const object = this.#objects.get(oid);
    return object?.kind === 'enum' || object?.kind === 'domain' ? object : undefined;
  }

  userTypes(): readonly UserTypeDescriptor[] {
    return [...this.#typesByName.values()];
  }

  statistics(table: Oid): readonly ColumnStatistics[] {
    return this.#statistics.get(table)?.columns ?? [];
  }

  object(oid: Oid): CatalogObject | undefined {
    return this.#objects.get(oid);
  }

  /** Another snapshot with `changed` put in place and `dropped` gone. */
  with(changed: readonly CatalogObject[], dropped: readonly Oid[] = []): CatalogSnapshot {
    const objects = new Map(this.#objects);
    for (const oid of dropped) objects.delete(oid);
    for (const object of changed) objects.set(object.oid, object);
    return new CatalogSnapshot(objects, this.#statistics, this.#system);
  }

  withStatistics(table: Oid, columns: readonly ColumnStatistics[]): CatalogSnapshot {
    return new CatalogSnapshot(this.#objects, new Map(this.#statistics).set(table, { columns }), this.#system);
  }

  #addType(type: UserTypeDescriptor): void {
    if (type.kind === 'enum') registerEnum(type.oid, type.name, type.labels);
    else registerDomain(type.oid, type.name, type.base.oid);
    this.#typesByName.set(qualified(this.#schemasByOid.get(type.schema)?.name ?? '', type.name), type);
  }

  #addSchema(schema: SchemaDescriptor): void {
    this.#schemasByName.set(schema.name, schema);
    this.#schemasByOid.set(schema.oid, schema);
  }
}

/** pg_catalog comes first on every search path that does not place it elsewhere. */
function withSystemSchema(searchPath: readonly string[]): readonly string[] {
  return searchPath.includes('pg_catalog') ? searchPath : ['pg_catalog', ...searchPath];
}

function qualified(schema: string, name: string): string {
  return `${schema}\u0000${name}`;
}
