import { SqlError } from '../base/sql-error.ts';
import { intervalModifier, intervalPrecision, intervalRange } from './datetime/interval-modifier.ts';
import { numericModifier, numericModifierParts } from './numeric/rounding.ts';
import { OID, type Oid } from './oid.ts';

const CHARACTERS_MAX = 10_485_760;
const NUMERIC_PRECISION_MAX = 1000;
const SECOND_DIGITS_MAX = 6;

/** The modifier of a type from its written arguments; `name` is its typname, for messages. */
export function parseModifier(type: Oid, name: string, args: readonly number[]): number {
  switch (type) {
    case OID.varchar:
      return characterModifier('varchar', args);
    case OID.bpchar:
      return characterModifier('char', args);
    case OID.numeric:
      return parseNumericModifier(args);
    case OID.time:
      return precisionModifier('TIME', '', args);
    case OID.timetz:
      return precisionModifier('TIME', ' WITH TIME ZONE', args);
    case OID.timestamp:
      return precisionModifier('TIMESTAMP', '', args);
    case OID.timestamptz:
      return precisionModifier('TIMESTAMP', ' WITH TIME ZONE', args);
    case OID.interval:
      return intervalModifier(args);
    default:
      throw new SqlError('syntax_error', `type modifier is not allowed for type "${name}"`);
  }
}

/** A type's display name with its modifier, which is not -1. */
export function modifierText(type: Oid, displayName: string, modifier: number): string {
  switch (type) {
    case OID.varchar:
    case OID.bpchar:
      return modifier > 4 ? `${displayName}(${modifier - 4})` : displayName;
    case OID.numeric: {
      const { precision, scale } = numericModifierParts(modifier);
      return `numeric(${precision},${scale})`;
    }
    case OID.time:
    case OID.timetz:
    case OID.timestamp:
    case OID.timestamptz: {
      const space = displayName.indexOf(' ');
      return `${displayName.slice(0, space)}(${modifier})${displayName.slice(space)}`;
    }
    case OID.interval: {
      const range = intervalRange(modifier);
      const precision = intervalPrecision(modifier);
      return `interval${range === undefined ? '' : ` ${range}`}${precision === undefined ? '' : `(${precision})`}`;
    }
    default:
      return displayName;
  }
}

function characterModifier(name: string, args: readonly number[]): number {
  const [length] = args;
  if (args.length !== 1) throw new SqlError('invalid_parameter_value', 'invalid type modifier');
  if (length < 1) throw new SqlError('invalid_parameter_value', `length for type ${name} must be at least 1`);
  if (length > CHARACTERS_MAX) throw new SqlError('invalid_parameter_value', `length for type ${name} cannot exceed ${CHARACTERS_MAX}`);
  return length + 4;
}

function parseNumericModifier(args: readonly number[]): number {
  const [precision, scale = 0] = args;
  if (args.length !== 1 && args.length !== 2) throw new SqlError('invalid_parameter_value', 'invalid NUMERIC type modifier');
  if (precision < 1 || precision > NUMERIC_PRECISION_MAX)
    throw new SqlError('invalid_parameter_value', `NUMERIC precision ${precision} must be between 1 and ${NUMERIC_PRECISION_MAX}`);
  if (scale < -1000 || scale > 1000) throw new SqlError('invalid_parameter_value', `NUMERIC scale ${scale} must be between -1000 and 1000`);
  return numericModifier(precision, scale);
}

function precisionModifier(name: string, suffix: string, args: readonly number[]): number {
  const [precision] = args;
  if (args.length !== 1) throw new SqlError('invalid_parameter_value', 'invalid type modifier');
  if (precision < 0) throw new SqlError('invalid_parameter_value', `${name}(${precision})${suffix} precision must not be negative`);
  return Math.min(precision, SECOND_DIGITS_MAX);
}
