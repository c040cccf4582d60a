/** One entrance for every command that changes the catalog. */
import type { Node } from '@pgsql/types';
import { alterTable } from './alter-table.ts';
import { comment } from './comment.ts';
import type { DdlContext } from './context.ts';
import { createTable } from './create-table.ts';
import { createDomain, createEnum } from './create-type.ts';
import { createView } from './create-view.ts';
import { drop } from './drop.ts';
import { createIndex } from './indexes.ts';
import { rename, setSchema } from './rename.ts';
import { createSchema } from './schema.ts';
import { alterSequence, createSequence } from './sequence.ts';
import { truncate } from './truncate.ts';

/** Runs `node` if it is a catalog command and answers its command tag, else undefined. */
export async function runDdl(context: DdlContext, node: Node): Promise<string | undefined> {
  if ('CreateStmt' in node) return done('CREATE TABLE', createTable(context, node.CreateStmt));
  if ('IndexStmt' in node) return done('CREATE INDEX', createIndex(context, node.IndexStmt));
  if ('ViewStmt' in node) return done('CREATE VIEW', createView(context, node.ViewStmt));
  if ('CreateSchemaStmt' in node) return done('CREATE SCHEMA', createSchema(context, node.CreateSchemaStmt));
  if ('CreateSeqStmt' in node) return done('CREATE SEQUENCE', createSequence(context, node.CreateSeqStmt));
  if ('AlterSeqStmt' in node) return done('ALTER SEQUENCE', alterSequence(context, node.AlterSeqStmt));
  if ('CreateEnumStmt' in node) return done('CREATE TYPE', createEnum(context, node.CreateEnumStmt));
  if ('CreateDomainStmt' in node) return done('CREATE DOMAIN', createDomain(context, node.CreateDomainStmt));
  if ('AlterTableStmt' in node) return done(`ALTER ${objectWord(node.AlterTableStmt.objtype)}`, alterTable(context, node.AlterTableStmt));
  if ('RenameStmt' in node)
    return done(
      `ALTER ${objectWord(node.RenameStmt.relationType === undefined || node.RenameStmt.renameType !== 'OBJECT_COLUMN' ? node.RenameStmt.renameType : node.RenameStmt.relationType)}`,
      rename(context, node.RenameStmt),
    );
  if ('AlterObjectSchemaStmt' in node)
    return done(`ALTER ${objectWord(node.AlterObjectSchemaStmt.objectType)}`, setSchema(context, node.AlterObjectSchemaStmt));
  if ('DropStmt' in node) return done(`DROP ${objectWord(node.DropStmt.removeType)}`, drop(context, node.DropStmt));
  if ('CommentStmt' in node) return done('COMMENT', comment(context, node.CommentStmt));
  if ('TruncateStmt' in node) {
    truncate(context, node.TruncateStmt);
    return 'TRUNCATE TABLE';
  }
  return undefined;
}

async function done(tag: string, work: Promise<void>): Promise<string> {
  await work;
  return tag;
}

function objectWord(objectType: string | undefined): string {
  const word = (objectType ?? 'OBJECT_TABLE').slice('OBJECT_'.length).replace('_', ' ');
  return word === 'TABCONSTRAINT' || word === 'COLUMN' ? 'TABLE' : word === 'MATVIEW' ? 'MATERIALIZED VIEW' : word;
}
