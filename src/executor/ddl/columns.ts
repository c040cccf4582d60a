/** Column definitions: from syntax to descriptors, with what each asks of the table around it. */
import type { ColumnDef, Constraint, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnDescriptor, SequenceDescriptor } from '../../catalog/descriptor.ts';
import { unqualified } from '../../sql/deparse.ts';
import type { ColumnId } from '../../storage/tree.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { quoteIdentifier } from '../../types/functions/text/quote.ts';
import type { SqlType } from '../../types/type.ts';
import { isCollatable } from '../../types/types.ts';
import type { DdlContext } from './context.ts';
import { chooseName, namesOf, relationNameTaken } from './names.ts';
import { sequenceFromOptions } from './sequence-options.ts';

const SERIAL_TYPES: Readonly<Record<string, Oid>> = {
  serial: OID.int4,
  serial4: OID.int4,
  bigserial: OID.int8,
  serial8: OID.int8,
  smallserial: OID.int2,
  serial2: OID.int2,
};

export interface BuiltColumn {
  readonly column: ColumnDescriptor;
  /** PRIMARY KEY, UNIQUE, CHECK and REFERENCES written on the column, to be added as the table's. */
  readonly constraints: readonly Constraint[];
  /** To be created with the table. */
  readonly sequence: SequenceDescriptor | undefined;
}

/** What is known of the table a column is for. */
export interface ColumnOwner {
  readonly oid: Oid;
  readonly schema: Oid;
  readonly schemaName: string;
  readonly name: string;
}

export async function buildColumn(context: DdlContext, owner: ColumnOwner, id: ColumnId, definition: ColumnDef): Promise<BuiltColumn> {
  const name = definition.colname ?? '';
  const serial = serialType(definition);
  const type: SqlType = serial === undefined ? context.resolveType(definition.typeName ?? {}) : { oid: serial, modifier: -1 };
  if (definition.collClause !== undefined && !isCollatable(type.oid))
    throw new SqlError('datatype_mismatch', `collations are not supported by type ${context.typeText({ ...type, modifier: -1 })}`);
  let notNull = serial !== undefined;
  let nullable = false;
  let defaultNode: Node | undefined;
  let generated: Node | undefined;
  let identity: ColumnDescriptor['identity'];
  let sequenceOptions: readonly Node[] | undefined = serial === undefined ? undefined : [];
  const constraints: Constraint[] = [];
  for (const constraint of columnConstraints(definition)) {
    switch (constraint.contype) {
      case 'CONSTR_NULL':
        nullable = true;
        break;
      case 'CONSTR_NOTNULL':
        notNull = true;
        break;
      case 'CONSTR_DEFAULT':
        if (defaultNode !== undefined)
          throw new SqlError('syntax_error', `multiple default values specified for column "${name}" of table "${owner.name}"`);
        defaultNode = constraint.raw_expr;
        break;
      case 'CONSTR_GENERATED':
        generated = constraint.raw_expr === undefined ? undefined : unqualified(constraint.raw_expr, owner.name);
        break;
      case 'CONSTR_IDENTITY':
        if (type.oid !== OID.int2 && type.oid !== OID.int4 && type.oid !== OID.int8) {
          throw new SqlError('invalid_parameter_value', 'identity column type must be smallint, integer, or bigint');
        }
        identity = constraint.generated_when === 'a' ? 'always' : 'by default';
        notNull = true;
        sequenceOptions = constraint.options ?? [];
        break;
      case 'CONSTR_PRIMARY':
        notNull = true;
        constraints.push({ ...constraint, keys: [{ String: { sval: name } }] });
        break;
      case 'CONSTR_UNIQUE':
        constraints.push({ ...constraint, keys: [{ String: { sval: name } }] });
        break;
      case 'CONSTR_FOREIGN':
        constraints.push({ ...constraint, fk_attrs: [{ String: { sval: name } }] });
        break;
      case 'CONSTR_CHECK':
        constraints.push(constraint);
        break;
      default:
        break;
    }
  }
  if (nullable && notNull)
    throw new SqlError('syntax_error', `conflicting NULL/NOT NULL declarations for column "${name}" of table "${owner.name}"`);
  if (defaultNode !== undefined && identity !== undefined) {
    throw new SqlError('syntax_error', `both default and identity specified for column "${name}" of table "${owner.name}"`);
  }
  if (defaultNode !== undefined && generated !== undefined) {
    throw new SqlError('syntax_error', `both default and generation expression specified for column "${name}" of table "${owner.name}"`);
  }
  const sequence = sequenceOptions === undefined ? undefined : await ownedSequence(context, owner, name, id, type, sequenceOptions);
  if (defaultNode !== undefined) context.expressionType(defaultNode, [], 'default', type);
  const column: ColumnDescriptor = {
    id,
    name,
    type,
    notNull,
    defaultText: defaultText(context, { defaultNode, generated, sequence, identity }),
    generated: generated === undefined ? undefined : 'stored',
    identity,
    sequence: sequence?.oid,
    missing: null,
  };
  return { column, constraints, sequence };
}

/** Fails when a name appears twice. */
export function requireDistinctNames(columns: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw new SqlError('duplicate_column', `column "${name}" specified more than once`);
    if (SYSTEM_COLUMNS.has(name)) throw new SqlError('duplicate_column', `column name "${name}" conflicts with a system column name`);
    seen.add(name);
  }
}

const SYSTEM_COLUMNS = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax']);

function columnConstraints(definition: ColumnDef): Constraint[] {
  return (definition.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}

function serialType(definition: ColumnDef): Oid | undefined {
  const names = namesOf(definition.typeName?.names);
  return names.length === 1 ? SERIAL_TYPES[names[0]] : undefined;
}

async function ownedSequence(
  context: DdlContext,
  owner: ColumnOwner,
  column: string,
  id: ColumnId,
  type: SqlType,
  options: readonly Node[],
): Promise<SequenceDescriptor> {
  const name = await chooseName([owner.name, column], 'seq', relationNameTaken(context, owner.schema));
  const place = { oid: await context.editor.newId(), schema: owner.schema, schemaName: owner.schemaName, name };
  return { ...sequenceFromOptions(place, options, type), ownedBy: { table: owner.oid, column: id } };
}

function defaultText(
  context: DdlContext,
  given: {
    defaultNode: Node | undefined;
    generated: Node | undefined;
    sequence: SequenceDescriptor | undefined;
    identity: ColumnDescriptor['identity'];
  },
): string | undefined {
  if (given.generated !== undefined) return context.textOf(given.generated);
  if (given.defaultNode !== undefined) return context.textOf(given.defaultNode);
  if (given.sequence !== undefined && given.identity === undefined) return nextvalText(given.sequence);
  return undefined;
}

/** The default of a serial column. */
export function nextvalText(sequence: { readonly schemaName: string; readonly name: string }): string {
  const qualified = `${quoteIdentifier(sequence.schemaName)}.${quoteIdentifier(sequence.name)}`;
  return `nextval('${qualified.replaceAll("'", "''")}'::regclass)`;
}
