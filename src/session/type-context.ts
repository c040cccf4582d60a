import type { TypeContext } from '../types/type.ts';
import type { Settings } from './settings.ts';

/** The part of the settings that values' text depends on; made anew only when a setting changed. */
export class SessionTypeContext {
  readonly #settings: Settings;
  #version = -1;
  #context: TypeContext | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get current(): TypeContext {
    if (this.#context === undefined || this.#version !== this.#settings.version) {
      this.#context = contextOf(this.#settings);
      this.#version = this.#settings.version;
    }
    return this.#context;
  }
}

const FORMATS = { iso: 'ISO', sql: 'SQL', postgres: 'POSTGRES', german: 'GERMAN' } as const;
const ORDERS = { mdy: 'MDY', dmy: 'DMY', ymd: 'YMD' } as const;
const INTERVAL_STYLES = ['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'] as const;

function contextOf(settings: Settings): TypeContext {
  const [format = 'iso', order = 'mdy'] = settings.show('datestyle').toLowerCase().split(', ');
  const style = settings.show('intervalstyle');
  return {
    timeZone: settings.show('timezone'),
    dateStyle: { format: FORMATS[format as keyof typeof FORMATS] ?? 'ISO', order: ORDERS[order as keyof typeof ORDERS] ?? 'MDY' },
    intervalStyle: INTERVAL_STYLES.find((known) => known === style) ?? 'postgres',
    byteaOutput: settings.show('bytea_output') === 'escape' ? 'escape' : 'hex',
    extraFloatDigits: Number(settings.show('extra_float_digits')),
  };
}
