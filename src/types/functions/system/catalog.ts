import { SqlError } from '../../../base/sql-error.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { formatType } from '../../types.ts';
import type { Value } from '../../value.ts';
import { generic, scalar, STABLE, VARIADIC_ANY, VOLATILE } from '../define.ts';
import { knownType } from '../known-type.ts';
import { valueBytes } from './value-size.ts';

const { bool, int4, int8, name, oid, text, any, regclass, regtype, regnamespace } = OID;
type Int8 = number | bigint;
const UTF8_COLLATABLE: ReadonlySet<Oid> = new Set([OID.text, OID.varchar, OID.bpchar, OID.unknown]);

/** Names and OIDs of catalog objects, sequences, types of values, and transaction numbers. */
export function catalogFunctions(): SqlFunction[] {
  return [
    scalar('to_regclass', [text], regclass, (context, called: string) => context.catalog.relationOid(called) ?? null, STABLE),
    scalar('to_regtype', [text], regtype, (context, called: string) => context.catalog.typeOid(called) ?? null, STABLE),
    scalar('to_regnamespace', [text], regnamespace, (context, called: string) => context.catalog.namespaceOid(called) ?? null, STABLE),
    generic(
      'pg_typeof',
      [any],
      regtype,
      ([type]) =>
        () =>
          type.oid,
      { strict: false, volatility: 'stable' },
    ),
    scalar('format_type', [oid, int4], text, (context, type: Oid | null, modifier: number | null) => typeText(context, type, modifier), {
      strict: false,
      volatility: 'stable',
    }),
    scalar(
      'pg_get_userbyid',
      [oid],
      name,
      (context, role: number) => context.catalog.describe('pg_get_userbyid', [role]) ?? `unknown (OID=${role})`,
      STABLE,
    ),
    scalar('nextval', [regclass], int8, (context, sequence: Oid) => context.catalog.sequenceNext(sequence), VOLATILE),
    scalar('currval', [regclass], int8, (context, sequence: Oid) => context.catalog.sequenceCurrent(sequence), VOLATILE),
    scalar('lastval', [], int8, (context) => context.catalog.sequenceLast(), VOLATILE),
    scalar(
      'setval',
      [regclass, int8],
      int8,
      (context, sequence: Oid, value: Int8) => context.catalog.sequenceSet(sequence, value, true),
      VOLATILE,
    ),
    scalar(
      'setval',
      [regclass, int8, bool],
      int8,
      (context, sequence: Oid, value: Int8, called: boolean) => context.catalog.sequenceSet(sequence, value, called),
      VOLATILE,
    ),
    scalar('txid_current', [], int8, (context) => asked(context, 'txid_current'), STABLE),
    scalar('txid_current_if_assigned', [], int8, (context) => context.catalog.describe('txid_current_if_assigned', []) ?? null, STABLE),
    generic(
      'num_nulls',
      [any],
      int4,
      () =>
        (_, ...values: Value[]) =>
          values.filter((value) => value === null).length,
      VARIADIC_ANY,
    ),
    generic(
      'num_nonnulls',
      [any],
      int4,
      () =>
        (_, ...values: Value[]) =>
          values.filter((value) => value !== null).length,
      VARIADIC_ANY,
    ),
    generic(
      'pg_column_size',
      [any],
      int4,
      ([type]) => {
        const definition = knownType(type.oid);
        return (context: EvaluationContext, value: Exclude<Value, null>) => valueBytes(definition, value, context);
      },
      STABLE,
    ),
    generic('pg_column_compression', [any], text, () => () => null, STABLE),
    generic('pg_collation_for', [any], text, ([type]) => collationOf(type), { strict: false, volatility: 'stable' }),
  ];
}

function asked(context: EvaluationContext, called: string): Value {
  const answer = context.catalog.describe(called, []);
  if (answer === undefined) throw new SqlError('feature_not_supported', `${called}() is not supported`);
  return answer;
}

function typeText(context: EvaluationContext, type: Oid | null, modifier: number | null): string | null {
  if (type === null) return null;
  return context.catalog.typeName(type, modifier ?? -1) ?? formatType(type, modifier ?? -1);
}

function collationOf(type: SqlType) {
  if (type.oid === OID.name) return () => '"C"';
  if (UTF8_COLLATABLE.has(type.oid))
    return (_: EvaluationContext, value: Value) => (value === null && type.oid === OID.unknown ? null : '"default"');
  return () => {
    throw new SqlError('datatype_mismatch', `collations are not supported by type ${knownType(type.oid).displayName}`);
  };
}
