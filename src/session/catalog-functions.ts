/** The catalog as SQL functions see it (regclass, nextval …), through one block's own view of it. */
import { SqlError } from '../base/sql-error.ts';
import type { CatalogEditor } from '../catalog/editor.ts';
import type { SequenceDescriptor } from '../catalog/descriptor.ts';
import { describeObject } from '../catalog/describe.ts';
import { relationText, typeText } from '../catalog/name-text.ts';
import { SEQUENCE_TREE, sequenceKey } from '../catalog/trees.ts';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import type { CatalogFunctions } from '../types/function.ts';
import type { Oid } from '../types/oid.ts';
import { typeByName } from '../types/types.ts';
import { canonicalInt8, type Value } from '../types/value.ts';
import { cutBlock, type SequenceBlocks } from './sequences.ts';

/** Numbers a session drew last, for currval and lastval. */
export class DrawnNumbers {
  readonly last = new Map<Oid, number | bigint>();
  latest: Oid | undefined;

  note(sequence: Oid, value: number | bigint): void {
    this.last.set(sequence, value);
    this.latest = sequence;
  }
}

export class SessionCatalog implements CatalogFunctions {
  readonly #editor: CatalogEditor;
  readonly #path: readonly string[];
  readonly #sequences: SequenceBlocks;
  readonly #drawn: DrawnNumbers;
  readonly #backend: number;
  readonly #probe: () => Promise<unknown> | undefined;

  constructor(
    editor: CatalogEditor,
    path: readonly string[],
    sequences: SequenceBlocks,
    drawn: DrawnNumbers,
    backend: number,
    probe: () => Promise<unknown> | undefined,
  ) {
    this.#editor = editor;
    this.#path = path;
    this.#sequences = sequences;
    this.#drawn = drawn;
    this.#backend = backend;
    this.#probe = probe;
  }

  relationOid(name: string): Oid | undefined {
    const parts = splitQualified(name);
    const [schema, relation] = parts.length > 1 ? [parts[parts.length - 2], parts[parts.length - 1]] : [undefined, parts[0]];
    const found = this.#editor.snapshot.findRelation(schema, relation, this.#path);
    return found?.oid ?? this.#indexOid(schema, relation);
  }

  relationName(id: Oid): string | undefined {
    const relation = this.#editor.snapshot.relation(id);
    if (relation === undefined) return this.#indexName(id);
    return relationText(this.#editor.snapshot, relation, this.#path);
  }

  typeOid(name: string): Oid | undefined {
    const parts = splitQualified(name);
    return (
      typeByName(parts[parts.length - 1])?.oid ??
      this.#editor.snapshot.findType(parts.length > 1 ? parts[0] : undefined, parts[parts.length - 1], this.#path)?.oid
    );
  }

  typeName(id: Oid, modifier: number): string | undefined {
    return typeText(this.#editor.snapshot, id, modifier, this.#path);
  }

  namespaceOid(name: string): Oid | undefined {
    return this.#editor.snapshot.findSchema(name)?.oid;
  }

  namespaceName(id: Oid): string | undefined {
    return this.#editor.snapshot.schemaByOid(id)?.name;
  }

  sequenceNext(id: Oid): number | bigint | Promise<number | bigint> {
    const sequence = this.#sequence(id);
    this.#requireWritable('nextval');
    const value = this.#editor.created(id) ? this.#drawPrivately(sequence) : this.#sequences.next(sequence, this.#probe());
    if (value instanceof Promise) {
      return value.then((number) => {
        this.#drawn.note(id, number);
        return number;
      });
    }
    this.#drawn.note(id, value);
    return value;
  }

  sequenceCurrent(id: Oid): number | bigint {
    const value = this.#drawn.last.get(id);
    if (value === undefined) {
      throw new SqlError(
        'object_not_in_prerequisite_state',
        `currval of sequence "${this.#sequence(id).name}" is not yet defined in this session`,
      );
    }
    return value;
  }

  sequenceLast(): number | bigint {
    const value = this.#drawn.latest === undefined ? undefined : this.#drawn.last.get(this.#drawn.latest);
    if (value === undefined) throw new SqlError('object_not_in_prerequisite_state', 'lastval is not yet defined in this session');
    return value;
  }

  async sequenceSet(id: Oid, value: number | bigint, called: boolean): Promise<number | bigint> {
    const sequence = this.#sequence(id);
    this.#requireWritable('setval');
    await this.#probe();
    if (this.#editor.created(id)) this.#editor.transaction.put(SEQUENCE_TREE, sequenceKey(id), [id, value, called]);
    else await this.#sequences.set(sequence, BigInt(value), called);
    if (called) this.#drawn.note(id, value);
    return canonicalInt8(BigInt(value));
  }

  searchPath(): readonly string[] {
    return this.#path;
  }

  describe(functionName: string, args: readonly Value[]): Value | undefined {
    if (functionName === 'pg_backend_pid') return this.#backend;
    return describeObject({ catalog: this.#editor.snapshot, path: this.#path, split: splitQualified }, functionName, args);
  }

  /** Of a sequence that nobody else can see yet: one number at a time, within the transaction. */
  async #drawPrivately(sequence: SequenceDescriptor): Promise<number | bigint> {
    return canonicalInt8((await cutBlock(this.#editor.transaction, sequence, 1)).next);
  }

  #requireWritable(called: string): void {
    if (this.#editor.transaction.readOnly)
      throw new SqlError('read_only_sql_transaction', `cannot execute ${called}() in a read-only transaction`);
  }

  #sequence(id: Oid): SequenceDescriptor {
    const found = this.#editor.snapshot.relation(id);
    if (found?.kind !== 'sequence') throw new SqlError('wrong_object_type', `"${found?.name ?? id}" is not a sequence`);
    return found;
  }

  #indexOid(schema: string | undefined, name: string): Oid | undefined {
    for (const relation of this.#editor.snapshot.relations()) {
      if (relation.kind !== 'table' || !(schema === undefined ? this.#path : [schema]).includes(relation.schemaName)) continue;
      const index = relation.indexes.find((candidate) => candidate.name === name);
      if (index !== undefined) return index.oid;
    }
    return undefined;
  }

  #indexName(id: Oid): string | undefined {
    for (const relation of this.#editor.snapshot.relations()) {
      const index = relation.kind === 'table' ? relation.indexes.find((candidate) => candidate.oid === id) : undefined;
      if (index !== undefined)
        return this.#path.includes(relation.schemaName)
          ? quoteIdentifier(index.name)
          : `${quoteIdentifier(relation.schemaName)}.${quoteIdentifier(index.name)}`;
    }
    return undefined;
  }
}

/** The parts of a dotted name; unquoted ones fold to lower case. 42602 when it is none. */
export function splitQualified(text: string): string[] {
  const parts: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")+)"|([^\s".][^\s".]*))\s*(\.|$)/y;
  let end = false;
  while (!end) {
    const match = pattern.exec(text);
    if (match === null) throw new SqlError('invalid_name', `invalid name syntax: "${text}"`);
    parts.push(match[1] === undefined ? match[2].toLowerCase() : match[1].replaceAll('""', '"'));
    end = match[3] === '';
  }
  return parts;
}
