/** The functions and operators of the engine under OIDs: types' support functions under PostgreSQL's own, the others counted from 10000. */
import { OID, type Oid } from '../../types/oid.ts';
import type { SqlFunction, SqlOperator } from '../../types/function.ts';
import { buildRegistry } from '../../types/registry.ts';
import { formatType } from '../../types/types.ts';
import { supportFunctions } from './type-facts.ts';

const FIRST_OID = 10_000;

export interface NumberedFunction {
  readonly oid: number;
  readonly name: string;
  readonly arguments: readonly Oid[];
  readonly result: Oid;
  /** Undefined for the support functions of types, which only clients name. */
  readonly definition: SqlFunction | undefined;
}

export interface NumberedOperator {
  readonly oid: number;
  readonly definition: SqlOperator;
}

interface Numbered {
  readonly functions: readonly NumberedFunction[];
  readonly operators: readonly NumberedOperator[];
  readonly byOid: ReadonlyMap<number, NumberedFunction>;
}

let made: Numbered | undefined;

/** All functions and operators, numbered the same way in every process of one version. */
export function numbered(): Numbered {
  if (made === undefined) {
    const registry = buildRegistry();
    const support = supportFunctions().map((each): NumberedFunction => ({
      oid: each.oid,
      name: each.name,
      arguments: [each.name.endsWith('out') || each.name.endsWith('send') ? OID.any : OID.cstring],
      result: each.name.endsWith('out') ? OID.cstring : OID.any,
      definition: undefined,
    }));
    const library = [...registry.allFunctions()].map((definition, at): NumberedFunction => ({
      oid: FIRST_OID + at,
      name: definition.name,
      arguments: definition.arguments,
      result: definition.result,
      definition,
    }));
    const functions = [...support, ...library];
    made = {
      functions,
      operators: [...registry.allOperators()].map((definition, at) => ({ oid: FIRST_OID + at, definition })),
      byOid: new Map(functions.map((each) => [each.oid, each])),
    };
  }
  return made;
}

/** `integer, text` as pg_get_function_arguments prints them. */
export function argumentsText(of: NumberedFunction): string {
  const last = of.definition?.variadic === undefined ? -1 : of.arguments.length - 1;
  return of.arguments.map((type, at) => `${at === last ? 'VARIADIC ' : ''}${named(type)}`).join(', ');
}

/** A result as pg_get_function_result prints it. */
export function resultText(of: NumberedFunction): string {
  const { definition } = of;
  if (definition?.kind !== 'set') return named(of.result);
  if (definition.columns === undefined) return `SETOF ${named(of.result)}`;
  return `TABLE(${definition.columns.map((column) => `${column.name} ${named(column.type)}`).join(', ')})`;
}

/** `name(integer,text)`: regprocedure's form. */
export function signatureText(of: NumberedFunction): string {
  return `${of.name}(${of.arguments.map(named).join(',')})`;
}

function named(type: Oid): string {
  return type === OID.any ? '"any"' : type === OID.char ? '"char"' : formatType(type, -1);
}
