/** What requests cost by list price, for an estimate: rough, of one region, and to be checked against the bill. */

export interface Prices {
  /** Whose they are, and where. */
  readonly of: string;
  /** Dollars per million. */
  readonly write: number;
  readonly read: number;
  readonly list: number;
  /** Dollars per GB and month. */
  readonly storage: number;
}

export const PRICES: Readonly<Record<string, Prices>> = {
  s3: { of: 'Amazon S3 Standard, us-east-1', write: 5, read: 0.4, list: 5, storage: 0.023 },
  az: { of: 'Azure Blob hot LRS, East US', write: 5, read: 0.4, list: 5, storage: 0.018 },
  gs: { of: 'Google Cloud Storage Standard, us-central1', write: 5, read: 0.4, list: 5, storage: 0.02 },
  r2: { of: 'Cloudflare R2 Standard', write: 4.5, read: 0.36, list: 4.5, storage: 0.015 },
};

export interface CostEstimate {
  readonly prices: string;
  /** Dollars per million point reads, linearizable, of cached pages: each asks the store once whether it is current. */
  readonly perMillionReads: number;
  /** Dollars per million commits of one transaction each, without what maintenance adds. */
  readonly perMillionCommits: number;
  /** Dollars per GB stored and month. */
  readonly perGigabyteMonth: number;
  /** Dollars while nobody asks anything. */
  readonly perIdleDay: number;
}

/** An estimate for a URL's scheme; undefined for what costs nothing, or where an endpoint of its own says that nobody knows. */
export function costEstimate(scheme: string, hasEndpoint: boolean, hasClock: boolean): CostEstimate | undefined {
  const prices = Object.hasOwn(PRICES, scheme) ? PRICES[scheme] : undefined;
  if (prices === undefined || hasEndpoint) return undefined;
  const confirmation = hasClock ? 0 : prices.read; // without a clock, each conclusion is confirmed by a read of root
  return {
    prices: prices.of,
    perMillionReads: prices.read + confirmation,
    perMillionCommits: prices.write + confirmation,
    perGigabyteMonth: prices.storage,
    perIdleDay: 0,
  };
}
