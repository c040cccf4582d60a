/** The evaluation context of one statement. */
import type { Runtime } from '../base/runtime.ts';
import type { CatalogFunctions, EvaluationContext } from '../types/function.ts';
import type { TypeContext } from '../types/type.ts';
import type { Cancellation } from './cancellation.ts';
import { RandomNumbers } from './random-numbers.ts';
import type { Notice } from './session.ts';
import type { Settings } from './settings.ts';

/** Milliseconds from 1970 to 2000, where PostgreSQL's timestamps start. */
const EPOCH_2000_MS = 946_684_800_000;

export interface StatementParts {
  readonly runtime: Runtime;
  readonly types: TypeContext;
  readonly settings: Settings;
  readonly catalog: CatalogFunctions;
  readonly cancellation: Cancellation;
  readonly transactionTime: number;
  readonly statementTime: number;
  readonly numbers: RandomNumbers;
  readonly user: string;
  readonly database: string;
  readonly notify: (notice: Notice) => void;
}

export function evaluationContext(parts: StatementParts): EvaluationContext {
  const { runtime, settings, cancellation, numbers } = parts;
  return {
    ...parts.types,
    transactionTime: parts.transactionTime,
    statementTime: parts.statementTime,
    clockTime: () => timestampNow(runtime),
    random: () => numbers.next(),
    setSeed: (seed) => numbers.seed(seed),
    randomBytes: (length) => runtime.random.bytes(length),
    setting: (name) => settings.get(name),
    setSetting: (name, value, local) => settings.set(name, value, local),
    userName: parts.user,
    databaseName: parts.database,
    catalog: parts.catalog,
    checkCancelled: cancellation.check,
    sleep: (ms) => cancellation.sleep(ms),
    notice: (severity, message, code = severity === 'WARNING' ? '01000' : '00000') => parts.notify({ severity, message, code }),
  };
}

/** timestamptz microseconds of the host's clock. */
export function timestampNow(runtime: Runtime): number {
  return Math.round((runtime.clock.now() - EPOCH_2000_MS) * 1000);
}
