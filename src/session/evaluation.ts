/** The evaluation context of one statement. */
import type { Runtime } from '../base/runtime.ts';
import { timestampNow } from '../transaction/commit-time.ts';
import type { CatalogFunctions, EvaluationContext, SettingFacts } from '../types/function.ts';
import type { TypeContext } from '../types/type.ts';
import type { Cancellation } from './cancellation.ts';
import type { RandomNumbers } from './random-numbers.ts';
import type { Notice } from './session.ts';
import type { Settings } from './settings.ts';

export interface StatementParts {
  readonly runtime: Runtime;
  readonly types: TypeContext;
  readonly settings: Settings;
  readonly catalog: CatalogFunctions;
  readonly cancellation: Cancellation;
  readonly transactionTime: number;
  readonly numbers: RandomNumbers;
  readonly user: string;
  readonly database: string;
  readonly notify: (notice: Notice) => void;
}

export class StatementContext implements EvaluationContext {
  readonly timeZone: string;
  readonly dateStyle: TypeContext['dateStyle'];
  readonly intervalStyle: TypeContext['intervalStyle'];
  readonly byteaOutput: TypeContext['byteaOutput'];
  readonly extraFloatDigits: number;
  readonly transactionTime: number;
  readonly statementTime: number;
  readonly catalog: CatalogFunctions;
  readonly checkCancelled: () => void;
  readonly #parts: StatementParts;

  constructor(parts: StatementParts) {
    this.#parts = parts;
    this.timeZone = parts.types.timeZone;
    this.dateStyle = parts.types.dateStyle;
    this.intervalStyle = parts.types.intervalStyle;
    this.byteaOutput = parts.types.byteaOutput;
    this.extraFloatDigits = parts.types.extraFloatDigits;
    this.transactionTime = parts.transactionTime;
    this.statementTime = timestampNow(parts.runtime.clock);
    this.catalog = parts.catalog;
    this.checkCancelled = parts.cancellation.check;
  }

  get userName(): string {
    return this.#parts.user;
  }

  get databaseName(): string {
    return this.#parts.database;
  }

  clockTime(): number {
    return timestampNow(this.#parts.runtime.clock);
  }

  random(): number {
    return this.#parts.numbers.next();
  }

  setSeed(seed: number): void {
    this.#parts.numbers.seed(seed);
  }

  randomBytes(length: number): Uint8Array {
    return this.#parts.runtime.random.bytes(length);
  }

  setting(name: string): string | undefined {
    return this.#parts.settings.get(name);
  }

  setSetting(name: string, value: string, local: boolean): void {
    this.#parts.settings.set(name, value, local);
  }

  settings(): readonly SettingFacts[] {
    return this.#parts.settings.facts();
  }

  sleep(ms: number): Promise<void> {
    return this.#parts.cancellation.sleep(ms);
  }

  notice(severity: 'NOTICE' | 'WARNING' | 'INFO', message: string, code = severity === 'WARNING' ? '01000' : '00000'): void {
    this.#parts.notify({ severity, message, code });
  }
}
