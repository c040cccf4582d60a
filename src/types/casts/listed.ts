import type { SqlCast } from '../function.ts';
import { datetimeCasts } from './datetime.ts';
import { identifierCasts } from './identifiers.ts';
import { jsonCasts } from './json.ts';
import { lengthCasts } from './length.ts';
import { numberCasts } from './numbers.ts';
import { stringCasts } from './strings.ts';

/** Every cast that PostgreSQL's pg_cast lists between the types we have. */
export function listedCasts(): SqlCast[] {
  return [...numberCasts(), ...stringCasts(), ...datetimeCasts(), ...identifierCasts(), ...jsonCasts(), ...lengthCasts()];
}
