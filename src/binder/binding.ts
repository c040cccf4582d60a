/**
 * The state of binding one statement: where names come from, and what has been handed out so far. One per statement; views
 * are bound under a child that has its own text and shares the rest.
 */
import { SqlError, type SqlErrorFields } from '../base/sql-error.ts';
import type { Condition } from '../base/sqlstate.ts';
import { LIMITS } from '../base/limits.ts';
import type { CatalogView } from '../catalog/descriptor.ts';
import { characterPosition } from '../sql/position.ts';
import { tooDeep } from '../sql/syntax-error.ts';
import type { FunctionRegistry } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import type { SqlType, TypeContext } from '../types/type.ts';
import type { ColumnRef, Expression } from './expression.ts';
import type { Meanings } from './written-out.ts';

/** What a statement is bound against. */
export interface BindingSources {
  readonly catalog: CatalogView;
  readonly registry: FunctionRegistry;
  /** Schemas in the order to search; pg_catalog is searched first unless it is listed. */
  readonly searchPath: readonly string[];
  /** Session settings that the text form of literals depends on. */
  readonly settings: TypeContext;
  /** Filled while binding, when given: what the names of the query mean. */
  readonly meanings?: Meanings | undefined;
  /** The views whose queries are being bound, around what is bound now. */
  readonly openViews?: ReadonlySet<Oid> | undefined;
}

/** A column of a composite value. */
export interface FieldShape {
  readonly name: string;
  readonly type: SqlType;
}

/** What errors and grouping need to know of a column. */
export interface ColumnOrigin {
  readonly name: string;
  readonly relation: string | undefined;
  /** The table and attnum behind it; 0 when it is computed. */
  readonly table: Oid | 0;
  readonly attribute: number;
}

interface Shared {
  nextRef: number;
  nextId: number;
  depth: number;
  viewDepth: number;
  writes: boolean;
  cacheable: boolean;
  readonly dependencies: Set<Oid>;
  readonly parameters: (SqlType | undefined)[];
  readonly origins: Map<ColumnRef, ColumnOrigin>;
  readonly shapes: Map<ColumnRef, readonly FieldShape[]>;
}

export class Binding {
  readonly text: string;
  readonly sources: BindingSources;
  readonly #shared: Shared;
  readonly #locations = new WeakMap<object, number>();

  private constructor(text: string, sources: BindingSources, shared: Shared) {
    this.text = text;
    this.sources = sources;
    this.#shared = shared;
  }

  static start(text: string, sources: BindingSources, parameters: readonly (SqlType | undefined)[]): Binding {
    return new Binding(text, sources, {
      nextRef: 1,
      nextId: 1,
      depth: 0,
      viewDepth: 0,
      writes: false,
      cacheable: true,
      dependencies: new Set(),
      parameters: parameters.slice(),
      origins: new Map(),
      shapes: new Map(),
    });
  }

  /** A binding of a view's query; SQLSTATE 42P17 when the view is read by itself. */
  withinView(view: { readonly oid: Oid; readonly name: string; readonly queryText: string }): Binding {
    const open = this.sources.openViews ?? new Set();
    if (open.has(view.oid))
      throw new SqlError('invalid_object_definition', `infinite recursion detected in rules for relation "${view.name}"`);
    return new Binding(view.queryText, { ...this.sources, meanings: undefined, openViews: new Set([...open, view.oid]) }, this.#shared);
  }

  /** A binding of other text (a view, a default) within the same statement. */
  within(text: string, searchPath: readonly string[] = this.sources.searchPath): Binding {
    return new Binding(text, { ...this.sources, searchPath }, this.#shared);
  }

  newRef(origin?: ColumnOrigin): ColumnRef {
    const ref = this.#shared.nextRef++ as ColumnRef;
    if (origin !== undefined) this.#shared.origins.set(ref, origin);
    return ref;
  }

  newId(): number {
    return this.#shared.nextId++;
  }

  origin(ref: ColumnRef): ColumnOrigin | undefined {
    return this.#shared.origins.get(ref);
  }

  /** The fields of a composite value, where they are known. */
  shapeOf(expression: Expression): readonly FieldShape[] | undefined {
    if (expression.kind === 'column') return this.#shared.shapes.get(expression.ref);
    if (expression.kind === 'row') {
      return expression.args.map((arg, index) => ({ name: expression.names?.[index] ?? `f${index + 1}`, type: arg.type }));
    }
    if (expression.kind === 'subquery' && expression.mode === 'scalar') return this.#shared.shapes.get(expression.output[0]);
    return undefined;
  }

  /** Carries a composite's shape from an expression to the column that will hold it. */
  keepShape(ref: ColumnRef, expression: Expression): void {
    const shape = this.shapeOf(expression);
    if (shape !== undefined) this.#shared.shapes.set(ref, shape);
  }

  setShape(ref: ColumnRef, shape: readonly FieldShape[]): void {
    this.#shared.shapes.set(ref, shape);
  }

  get parameters(): (SqlType | undefined)[] {
    return this.#shared.parameters;
  }

  get dependencies(): readonly Oid[] {
    return [...this.#shared.dependencies];
  }

  get writes(): boolean {
    return this.#shared.writes;
  }

  get cacheable(): boolean {
    return this.#shared.cacheable;
  }

  /** The plan changes data. */
  markWriting(): void {
    this.#shared.writes = true;
  }

  /** The plan holds something computed from the session's settings. */
  markUncacheable(): void {
    this.#shared.cacheable = false;
  }

  dependOn(oid: Oid): void {
    this.#shared.dependencies.add(oid);
  }

  /** Runs `f` one level deeper; SQLSTATE 54001 past LIMITS.nestingMax. */
  deeper<T>(f: () => T): T {
    if (this.#shared.depth >= LIMITS.nestingMax) throw tooDeep();
    this.#shared.depth++;
    try {
      return f();
    } finally {
      this.#shared.depth--;
    }
  }

  /** Remembers where in the text an expression came from (a UTF-8 byte offset); the first answer stays. */
  locate<T extends object>(made: T, location: number | undefined): T {
    if (location !== undefined && location >= 0 && !this.#locations.has(made)) this.#locations.set(made, location);
    return made;
  }

  locationOf(made: object): number | undefined {
    return this.#locations.get(made);
  }

  /** A client's error at a byte offset of the text; a tree's missing location means its very first byte. */
  error(condition: Condition, message: string, location: number | undefined, fields: Omit<SqlErrorFields, 'position'> = {}): SqlError {
    return new SqlError(condition, message, {
      ...fields,
      position: location === undefined ? undefined : characterPosition(this.text, location),
    });
  }

  /** Runs `f`, giving errors that know no position the one of `location`. */
  at<T>(location: number | undefined, f: () => T): T {
    try {
      return f();
    } catch (error) {
      if (error instanceof SqlError && error.position === undefined && location !== undefined)
        error.position = characterPosition(this.text, location);
      throw error;
    }
  }
}
