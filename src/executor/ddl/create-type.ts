/** CREATE TYPE … AS ENUM and CREATE DOMAIN. */
import type { CreateDomainStmt, CreateEnumStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnDescriptor } from '../../catalog/descriptor.ts';
import { columnId } from '../../storage/tree.ts';
import { oid, type Oid } from '../../types/oid.ts';
import { userTypeOid } from '../../types/user-types.ts';
import type { DdlContext } from './context.ts';
import { chooseName, creationSchema, namesOf, splitName } from './names.ts';

export async function createEnum(context: DdlContext, statement: CreateEnumStmt): Promise<void> {
  const { schema: schemaName, name } = splitName(namesOf(statement.typeName));
  const schema = creationSchema(context, schemaName);
  const labels = namesOf(statement.vals);
  const repeated = labels.find((label, at) => labels.indexOf(label) !== at);
  if (repeated !== undefined) throw new SqlError('duplicate_object', `enum label "${repeated}" already exists`);
  const typeOid = freeTypeOid(context, ['enum', name, ...labels]);
  await context.editor.create({ kind: 'enum', oid: typeOid, arrayOid: arrayOidOf(typeOid), schema: schema.oid, name, labels });
}

export async function createDomain(context: DdlContext, statement: CreateDomainStmt): Promise<void> {
  const { schema: schemaName, name } = splitName(namesOf(statement.domainname));
  const schema = creationSchema(context, schemaName);
  const base = context.resolveType(statement.typeName ?? {});
  let notNull = false;
  let defaultText: string | undefined;
  const checks: { name: string; expressionText: string }[] = [];
  for (const node of statement.constraints ?? []) {
    if (!('Constraint' in node)) continue;
    const constraint = node.Constraint;
    if (constraint.contype === 'CONSTR_NOTNULL') notNull = true;
    else if (constraint.contype === 'CONSTR_DEFAULT' && constraint.raw_expr !== undefined) {
      context.expressionType(constraint.raw_expr, [], 'default', base);
      defaultText = context.textOf(constraint.raw_expr);
    } else if (constraint.contype === 'CONSTR_CHECK' && constraint.raw_expr !== undefined) {
      context.expressionType(constraint.raw_expr, [valueColumn(base)], 'check');
      const given =
        constraint.conname ?? (await chooseName([name], 'check', (candidate) => checks.some((check) => check.name === candidate)));
      checks.push({ name: given, expressionText: context.textOf(constraint.raw_expr) });
    }
  }
  const typeOid = freeTypeOid(context, ['domain', name, base.oid]);
  await context.editor.create({
    kind: 'domain',
    oid: typeOid,
    arrayOid: arrayOidOf(typeOid),
    schema: schema.oid,
    name,
    base,
    notNull,
    defaultText,
    checks,
  });
}

/** The OID of a type of this content: the next candidate when this database has another object of it. */
function freeTypeOid(context: DdlContext, content: readonly unknown[]): Oid {
  for (let attempt = 0; ; attempt++) {
    const candidate = userTypeOid(content, attempt);
    if (context.editor.snapshot.object(candidate) === undefined) return candidate;
  }
}

function arrayOidOf(type: Oid): Oid {
  return oid(type + 1);
}

/** The column VALUE that a domain's checks speak of. */
export function valueColumn(type: ColumnDescriptor['type']): ColumnDescriptor {
  return {
    id: columnId(1),
    name: 'value',
    type,
    notNull: false,
    defaultText: undefined,
    generated: undefined,
    identity: undefined,
    sequence: undefined,
    missing: null,
  };
}
