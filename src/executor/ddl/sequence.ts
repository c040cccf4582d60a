/** CREATE and ALTER SEQUENCE. */
import type { AlterSeqStmt, CreateSeqStmt, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { SequenceDescriptor } from '../../catalog/descriptor.ts';
import { SEQUENCE_TREE, sequenceKey } from '../../catalog/trees.ts';
import { OID } from '../../types/oid.ts';
import { canonicalInt8 } from '../../types/value.ts';
import type { DdlContext } from './context.ts';
import { creationSchema, displayName, findRelation, truncateIdentifier, undefinedRelation } from './names.ts';
import { ownedByOption, restartOption, sequenceFromOptions, sequenceTypeOption } from './sequence-options.ts';

export async function createSequence(context: DdlContext, statement: CreateSeqStmt): Promise<void> {
  const relation = statement.sequence ?? {};
  const schema = creationSchema(context, relation.schemaname);
  const name = truncateIdentifier(relation.relname ?? '');
  if (await context.editor.nameTaken(schema.oid, 'relation', name)) {
    if (statement.if_not_exists !== true) throw new SqlError('duplicate_table', `relation "${name}" already exists`);
    context.notice(`relation "${name}" already exists, skipping`, '42P07');
    return;
  }
  const options = statement.options ?? [];
  const typeName = sequenceTypeOption(options);
  const type = typeName === undefined ? { oid: OID.int8, modifier: -1 } : context.resolveType(typeName);
  const place = { oid: await context.editor.newId(), schema: schema.oid, schemaName: schema.name, name };
  await context.editor.create(withOwner(context, sequenceFromOptions(place, options, type), options));
}

export async function alterSequence(context: DdlContext, statement: AlterSeqStmt): Promise<void> {
  const relation = statement.sequence ?? {};
  const found = findRelation(context, relation);
  if (found === undefined) {
    if (statement.missing_ok !== true) throw undefinedRelation(relation);
    context.notice(`relation "${displayName(relation)}" does not exist, skipping`);
    return;
  }
  if (found.kind !== 'sequence') throw new SqlError('wrong_object_type', `"${found.name}" is not a sequence`);
  const options = statement.options ?? [];
  const typeName = sequenceTypeOption(options);
  const type = typeName === undefined ? found.type : context.resolveType(typeName);
  const changed = withOwner(context, sequenceFromOptions(found, options, type, found), options);
  await context.editor.replace(changed);
  const restart = restartOption(options);
  if (restart === undefined) return;
  const value = restart === 'start' ? changed.start : canonicalInt8(restart);
  context.editor.transaction.put(SEQUENCE_TREE, sequenceKey(found.oid), [found.oid, value, false]);
}

function withOwner(context: DdlContext, sequence: SequenceDescriptor, options: readonly Node[]): SequenceDescriptor {
  const owner = ownedByOption(options);
  if (owner === undefined) return sequence;
  if (owner.length === 1) return { ...sequence, ownedBy: undefined };
  const table = findRelation(context, {
    relname: owner[owner.length - 2],
    ...(owner.length > 2 ? { schemaname: owner[owner.length - 3] } : {}),
  });
  if (table?.kind !== 'table') throw new SqlError('undefined_table', `relation "${owner.slice(0, -1).join('.')}" does not exist`);
  const column = table.columns.find((candidate) => candidate.name === owner[owner.length - 1]);
  if (column === undefined)
    throw new SqlError('undefined_column', `column "${owner[owner.length - 1]}" of relation "${table.name}" does not exist`);
  return { ...sequence, ownedBy: { table: table.oid, column: column.id } };
}
