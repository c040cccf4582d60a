/** Enums: their values are their labels. Conversions are made here, since the registry knows built-in types only. */
import { SqlError } from '../base/sql-error.ts';
import type { SqlCast } from '../types/function.ts';
import { OID, type Oid } from '../types/oid.ts';
import type { Binding } from './binding.ts';

const TEXTUAL: ReadonlySet<Oid> = new Set([OID.text, OID.varchar, OID.bpchar, OID.name]);

/** The cast between an enum and text, either way; undefined when neither type is an enum. */
export function enumCast(binding: Binding, source: Oid, target: Oid): SqlCast | undefined {
  const { catalog } = binding.sources;
  if (TEXTUAL.has(target) && catalog.userType(source)?.kind === 'enum') {
    return { source, target, context: 'assignment', convert: (value) => value };
  }
  const made = catalog.userType(target);
  if (!TEXTUAL.has(source) || made?.kind !== 'enum' || made.oid !== target) return undefined;
  return { source, target, context: 'explicit', convert: (value) => checkedLabel(made.name, made.labels, String(value)) };
}

/** A literal as a label of the enum `oid`, SQLSTATE 22P02 when it has no such label; undefined when `oid` is no enum. */
export function enumLabel(binding: Binding, oid: Oid, text: string): string | undefined {
  const type = binding.sources.catalog.userType(oid);
  return type?.kind === 'enum' && type.oid === oid ? checkedLabel(type.name, type.labels, text) : undefined;
}

function checkedLabel(name: string, labels: readonly string[], text: string): string {
  if (labels.includes(text)) return text;
  throw new SqlError('invalid_text_representation', `invalid input value for enum ${name}: "${text}"`);
}
