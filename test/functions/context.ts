import type { CatalogFunctions, EvaluationContext } from '../../src/types/function.ts';

const NOW = 694_267_200_000_000 + 123_456;

/** A context with a fixed clock in UTC and an empty catalog. */
export function testContext(changes: Partial<EvaluationContext> = {}): EvaluationContext {
  const settings = new Map<string, string>([['server_version', '15.18']]);
  let seed = 0.5;
  return {
    timeZone: 'UTC',
    dateStyle: { format: 'ISO', order: 'MDY' },
    intervalStyle: 'postgres',
    byteaOutput: 'hex',
    extraFloatDigits: 1,
    transactionTime: NOW,
    statementTime: NOW,
    clockTime: () => NOW,
    random: () => (seed = (seed * 16807) % 1),
    setSeed: (value) => {
      seed = value;
    },
    randomBytes: (length) => new Uint8Array(length).fill(0xab),
    setting: (name) => settings.get(name),
    setSetting: (name, value) => {
      settings.set(name, value);
    },
    userName: 'tester',
    databaseName: 'testing',
    catalog: EMPTY_CATALOG,
    checkCancelled: () => {},
    notice: () => {},
    ...changes,
  };
}

const EMPTY_CATALOG: CatalogFunctions = {
  relationOid: () => undefined,
  relationName: () => undefined,
  typeOid: () => undefined,
  typeName: () => undefined,
  namespaceOid: () => undefined,
  namespaceName: () => undefined,
  sequenceNext: () => 1,
  sequenceCurrent: () => 1,
  sequenceLast: () => 1,
  sequenceSet: (_relation, value) => value,
  searchPath: () => ['public'],
  describe: () => undefined,
};
