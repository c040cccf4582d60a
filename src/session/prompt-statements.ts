/**
 * The statements of a session that run at once (executor/point), by their text.
 *
 *     prepared or run the ordinary way ──> remembered ──> run at once, as long as catalog and settings are the ones it was bound under
 *
 * What is not done at once is not done at all: the caller takes the ordinary road, which raises every error and waits where one has to.
 * Statements of other kinds are remembered too, for the types of their parameters.
 */
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import { OBJECT_TREE, objectKey } from '../catalog/trees.ts';
import type { Environment } from '../executor/environment.ts';
import { pointProgramOf, type PointProgram } from '../executor/point/point-program.ts';
import { LATER } from '../executor/point/prompt.ts';
import type { Key } from '../storage/tree.ts';
import type { PromptReads, Transaction } from '../transaction/transaction.ts';
import type { Oid } from '../types/oid.ts';
import type { Row, Value } from '../types/value.ts';
import type { Block } from './block.ts';
import { ClientRows } from './client-rows.ts';
import { isNamedType } from './named-types.ts';
import { fitsSizes, type PlannedQuery } from './plan-cache.ts';
import { parameterReader, type ReadParameter } from './prompt-values.ts';
import { fieldsOf } from './query.ts';
import type { ClientResult, Session } from './session.ts';

const STATEMENTS_MAX = 256;

/** What a statement was bound under. */
export interface Surroundings {
  readonly catalog: CatalogSnapshot;
  readonly settingsVersion: number;
}

export class PromptStatement {
  /** Null when it only ever takes the ordinary road. */
  readonly program: PointProgram | null;
  readonly planned: PlannedQuery;
  readonly types: readonly Oid[];
  /** Whether the types of its parameters were inferred, none told. */
  readonly isInferred: boolean;
  readonly surroundings: Surroundings;
  /** The slot at which its plan was last found to fit the sizes of its trees. */
  #fitsAt = -1;
  /** The number of the last block it ran in. */
  #joined = 0;
  readonly #dependencies: readonly Key[];
  readonly #readers: readonly ReadParameter[];
  readonly #values: Value[];
  readonly #rows: ClientRows;
  readonly #command: string;
  readonly #fields: ClientResult['fields'];
  #session: Session | undefined;
  #made: object[] = [];

  constructor(program: PointProgram | null, planned: PlannedQuery, isInferred: boolean, surroundings: Surroundings) {
    const { bound } = planned;
    this.isInferred = isInferred;
    this.program = program;
    this.planned = planned;
    this.types = bound.parameters.map((type) => type.oid);
    this.surroundings = surroundings;
    this.#dependencies = bound.dependencies.map(objectKey);
    this.#readers = this.types.map(parameterReader);
    this.#values = new Array<Value>(this.types.length).fill(null);
    this.#fields = fieldsOf(bound) ?? [];
    this.#rows = new ClientRows(this.#fields);
    this.#command = bound.tag;
  }

  /** Whether the plan still fits the sizes of its trees; asked again only when the database has moved on. */
  fits(slot: number, rowsNow: (tree: number) => number): boolean {
    if (this.#fitsAt === slot) return true;
    if (!fitsSizes(this.planned, rowsNow)) return false;
    this.#fitsAt = slot;
    return true;
  }

  /** Notes what it was bound against as read, once in a block, so that a change of that is a conflict. */
  join(block: Block): void {
    if (this.#joined === block.number) return;
    this.#joined = block.number;
    this.noteDependencies(block.transaction);
  }

  /** The same for a transaction of its own. */
  noteDependencies(transaction: Transaction): void {
    for (const key of this.#dependencies) transaction.noteRead(OBJECT_TREE, key, 'catalog');
  }

  /** Runs it; undefined when it has to be done the ordinary way. */
  run(
    session: Session,
    given: readonly unknown[],
    reads: PromptReads,
    transaction: Transaction | undefined,
    environment: Environment,
  ): ClientResult | undefined {
    const readers = this.#readers;
    const values = this.#values;
    if (this.program === null || given.length !== readers.length) return undefined;
    const made: object[] = [];
    let count: number;
    try {
      for (let at = 0; at < readers.length; at++) values[at] = readers[at](given[at], session);
      environment.parameters = values;
      this.#session = session;
      this.#made = made;
      count = this.program.run(reads, transaction, environment, this.#emit);
    } catch {
      return undefined; // the ordinary road comes to the same error, and knows what to do about it
    }
    return count === LATER ? undefined : { rows: made, fields: this.#fields, command: this.#command, rowCount: count };
  }

  readonly #emit = (row: Row): void => {
    if (this.#session !== undefined) this.#made.push(this.#rows.make(this.#session, row));
  };
}

/** Statements kept of one text, with different types of parameters. */
const VARIANTS_MAX = 4;

export class PromptStatements {
  readonly #byText = new Map<string, PromptStatement[]>();

  /** The statement of this text with parameters of `types`; with the types that were inferred when not given. */
  find(text: string, types: readonly Oid[] | undefined): PromptStatement | undefined {
    const variants = this.#byText.get(text);
    if (variants === undefined) return undefined;
    for (const variant of variants) if (types === undefined ? variant.isInferred : sameTypes(variant.types, types)) return variant;
    return undefined;
  }

  /** Keeps a statement as it was just bound and planned, with `types` told for its parameters. */
  remember(text: string, types: readonly (Oid | undefined)[], planned: PlannedQuery, surroundings: Surroundings): void {
    const told = planned.bound.parameters.map((type) => type.oid);
    const variants = this.#byText.get(text) ?? [];
    const known = variants.find((variant) => sameTypes(variant.types, told));
    if (known?.surroundings.catalog === surroundings.catalog && known.surroundings.settingsVersion === surroundings.settingsVersion) return;
    const isInferred = known?.isInferred === true || types.every((type) => type === undefined);
    const rest = variants.filter((variant) => variant !== known && !(isInferred && variant.isInferred)).slice(-VARIANTS_MAX + 1);
    const program = isEligible(planned) ? pointProgramOf(planned.plan) : null;
    rest.push(new PromptStatement(program, planned, isInferred, surroundings));
    if (variants.length === 0 && this.#byText.size >= STATEMENTS_MAX) {
      const [oldest] = this.#byText.keys();
      if (oldest !== undefined) this.#byText.delete(oldest);
    }
    this.#byText.set(text, rest);
  }
}

function isEligible({ bound }: PlannedQuery): boolean {
  return bound.cacheable && (bound.columns ?? []).every((column) => !isNamedType(column.type.oid));
}

function sameTypes(some: readonly (Oid | undefined)[], others: readonly (Oid | undefined)[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
