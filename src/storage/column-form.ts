import { typeDefinition } from '../types/types.ts';
import type { Physical, SqlType, StoredValue, TypeDefinition } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** How the values of one column lie in storage: what is kept, and the way there and back (undefined: the value itself). */
export interface ColumnForm {
  readonly definition: TypeDefinition;
  readonly physical: Physical;
  readonly store: ((value: Value) => StoredValue) | undefined;
  readonly load: ((stored: StoredValue) => Value) | undefined;
}

const forms = new Map<number, ColumnForm>();

/** The form of columns of `type`; the modifier plays no part. */
export function columnForm(type: SqlType): ColumnForm {
  const known = forms.get(type.oid);
  if (known !== undefined) return known;
  const definition = typeDefinition(type.oid);
  const form: ColumnForm = { definition, physical: definition.physical, store: definition.store, load: definition.load };
  forms.set(type.oid, form);
  return form;
}
