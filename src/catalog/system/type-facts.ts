/** What pg_type and pg_attribute say of a type: of the built-in ones from their table, of arrays and user types by rule. */
import { oid, type Oid } from '../../types/oid.ts';
import type { TypeDefinition } from '../../types/type.ts';
import { findType } from '../../types/types.ts';
import { TYPE_SHAPES } from './type-shapes.ts';

/** A type's support function, as `name:oid` was written; OID 0 is none. */
export interface SupportFunction {
  readonly name: string;
  readonly oid: number;
}

export interface TypeFacts {
  readonly length: number;
  readonly byValue: boolean;
  readonly typeType: string;
  readonly isArray: boolean;
  readonly align: string;
  readonly storage: string;
  readonly collation: number;
  readonly displayName: string;
  readonly element: number;
  readonly subscript: SupportFunction;
  readonly input: SupportFunction;
  readonly output: SupportFunction;
  readonly receive: SupportFunction;
  readonly send: SupportFunction;
  readonly modifierInput: SupportFunction;
  readonly modifierOutput: SupportFunction;
}

/** The facts of a type; those of a row type where nobody registered the OID. */
export function typeFacts(type: number): TypeFacts {
  const definition = findType(oid(type));
  if (definition === undefined) return ROW;
  const shape = shapes().get(definition.oid);
  if (shape !== undefined) return { ...shape, length: definition.length, displayName: definition.displayName };
  if (definition.category === 'A') return arrayFacts(definition);
  if (definition.category === 'E') return { ...ENUM, displayName: definition.displayName };
  return domainFacts(definition);
}

/** The support functions of all types, once each. */
export function supportFunctions(): readonly SupportFunction[] {
  const found = new Map<number, SupportFunction>();
  for (const facts of [...shapes().values(), ARRAY, ENUM, DOMAIN, ROW]) {
    for (const made of [facts.subscript, facts.input, facts.output, facts.receive, facts.send, facts.modifierInput, facts.modifierOutput]) {
      if (made.oid !== 0) found.set(made.oid, made);
    }
  }
  return [...found.values()].toSorted((a, b) => a.oid - b.oid);
}

type Shape = Omit<TypeFacts, 'length' | 'displayName'>;

let parsed: ReadonlyMap<Oid, Shape> | undefined;

function shapes(): ReadonlyMap<Oid, Shape> {
  parsed ??= new Map(
    TYPE_SHAPES.trim()
      .split('\n')
      .map((line): [Oid, Shape] => {
        const [
          id,
          ,
          byValue,
          typeType,
          element,
          subscript,
          input,
          output,
          receive,
          send,
          modifierInput,
          modifierOutput,
          align,
          storage,
          collation,
        ] = line.split(' ');
        return [
          oid(Number(id)),
          {
            byValue: byValue === 't',
            typeType,
            isArray: false,
            element: Number(element),
            subscript: functionOf(subscript),
            input: functionOf(input),
            output: functionOf(output),
            receive: functionOf(receive),
            send: functionOf(send),
            modifierInput: functionOf(modifierInput),
            modifierOutput: functionOf(modifierOutput),
            align,
            storage,
            collation: Number(collation),
          },
        ];
      }),
  );
  return parsed;
}

function functionOf(text: string): SupportFunction {
  const [name, id = '0'] = text.split(':');
  return { name, oid: Number(id) };
}

const NO_FUNCTION: SupportFunction = { name: '-', oid: 0 };
const VARIABLE: TypeFacts = {
  length: -1,
  byValue: false,
  typeType: 'b',
  isArray: false,
  align: 'i',
  storage: 'x',
  collation: 0,
  displayName: '',
  element: 0,
  subscript: NO_FUNCTION,
  input: NO_FUNCTION,
  output: NO_FUNCTION,
  receive: NO_FUNCTION,
  send: NO_FUNCTION,
  modifierInput: NO_FUNCTION,
  modifierOutput: NO_FUNCTION,
};
const ARRAY: TypeFacts = {
  ...VARIABLE,
  isArray: true,
  subscript: functionOf('array_subscript_handler:6179'),
  input: functionOf('array_in:750'),
  output: functionOf('array_out:751'),
  receive: functionOf('array_recv:2400'),
  send: functionOf('array_send:2401'),
};
const ENUM: TypeFacts = {
  ...VARIABLE,
  length: 4,
  byValue: true,
  typeType: 'e',
  storage: 'p',
  input: functionOf('enum_in:3506'),
  output: functionOf('enum_out:3507'),
  receive: functionOf('enum_recv:3532'),
  send: functionOf('enum_send:3533'),
};
const DOMAIN: TypeFacts = { ...VARIABLE, typeType: 'd', input: functionOf('domain_in:2597'), receive: functionOf('domain_recv:2598') };
const ROW: TypeFacts = {
  ...VARIABLE,
  typeType: 'c',
  align: 'd',
  input: functionOf('record_in:2290'),
  output: functionOf('record_out:2291'),
  receive: functionOf('record_recv:2402'),
  send: functionOf('record_send:2403'),
};

function arrayFacts(definition: TypeDefinition): TypeFacts {
  const element = typeFacts(definition.elementOid);
  return {
    ...ARRAY,
    align: element.align === 'd' ? 'd' : 'i',
    collation: element.collation,
    element: definition.elementOid,
    displayName: `${element.displayName}[]`,
    modifierInput: element.modifierInput,
    modifierOutput: element.modifierOutput,
  };
}

/** A domain looks like its base type, whose definition it shares. */
function domainFacts(definition: TypeDefinition): TypeFacts {
  const base = [...shapes().entries()].find(([id]) => isBase(findType(id), definition))?.[1] ?? VARIABLE;
  return {
    ...base,
    length: definition.length,
    typeType: 'd',
    displayName: definition.displayName,
    input: DOMAIN.input,
    receive: DOMAIN.receive,
    modifierInput: NO_FUNCTION,
    modifierOutput: NO_FUNCTION,
    element: 0,
    subscript: NO_FUNCTION,
  };
}

function isBase(candidate: TypeDefinition | undefined, domain: TypeDefinition): boolean {
  return (
    candidate !== undefined &&
    candidate.input === domain.input &&
    candidate.length === domain.length &&
    candidate.category === domain.category
  );
}
