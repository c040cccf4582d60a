/**
 * A workload whose rows tell whether commits are kept, whole and made once.
 *
 *     entry(id, account, amount)      one row a transfer, its id chosen by the client
 *     account(id, balance)            changed by the same transaction, and by all others too
 *
 * Invariants
 *   T1  Every acknowledged transfer is there, and was there for every read that began after its answer.
 *   T2  Nothing is there that was refused or never asked for; what was left without an answer may be there, once.
 *   T3  Each balance is the sum of its entries: transactions are whole, and no increment is lost or made twice.
 */
export const ACCOUNTS = 3;

export const SCHEMA: readonly string[] = [
  'CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL)',
  'CREATE TABLE entry (id int PRIMARY KEY, account int NOT NULL REFERENCES account, amount int NOT NULL)',
  `INSERT INTO account SELECT id, 0 FROM generate_series(1, ${ACCOUNTS}) AS id`,
];

export interface Transfer {
  readonly id: number;
  readonly account: number;
  readonly amount: number;
}

export class Ledger {
  readonly #transfers = new Map<number, Transfer>();
  readonly #acknowledged = new Set<number>();
  readonly #refused = new Set<number>();

  /** The request's body for a new transfer: one batch, so one transaction. */
  begin(transfer: Transfer): unknown {
    this.#transfers.set(transfer.id, transfer);
    const { id, account, amount } = transfer;
    return {
      queries: [
        { query: 'INSERT INTO entry VALUES ($1, $2, $3)', params: [String(id), String(account), String(amount)] },
        { query: 'UPDATE account SET balance = balance + $1 WHERE id = $2', params: [String(amount), String(account)] },
      ],
    };
  }

  acknowledge(id: number): void {
    this.#acknowledged.add(id);
  }

  refuse(id: number): void {
    this.#refused.add(id);
  }

  get acknowledged(): ReadonlySet<number> {
    return new Set(this.#acknowledged);
  }

  /** What is wrong with the ids that a read returned, given what was acknowledged before it began (T1, T2). */
  faultsOfRead(ids: readonly number[], before: ReadonlySet<number>): string[] {
    const seen = new Set(ids);
    const faults = seen.size === ids.length ? [] : ['an id is there twice'];
    for (const id of before) if (!seen.has(id)) faults.push(`acknowledged, yet missing: ${id}`);
    for (const id of seen) {
      if (!this.#transfers.has(id)) faults.push(`never asked for: ${id}`);
      if (this.#refused.has(id)) faults.push(`refused, yet there: ${id}`);
    }
    return faults;
  }

  /** What is wrong with the tables in the end (T1, T2, T3). */
  faultsOfState(entries: readonly Transfer[], balances: ReadonlyMap<number, number>): string[] {
    const faults = this.faultsOfRead(
      entries.map((entry) => entry.id),
      this.#acknowledged,
    );
    const sums = new Map(Array.from({ length: ACCOUNTS }, (_, at) => [at + 1, 0]));
    for (const entry of entries) {
      const asked = this.#transfers.get(entry.id);
      if (asked === undefined || asked.account !== entry.account || asked.amount !== entry.amount)
        faults.push(`not what was asked for: ${entry.id}`);
      sums.set(entry.account, (sums.get(entry.account) ?? 0) + entry.amount);
    }
    if (balances.size !== ACCOUNTS) faults.push(`${balances.size} accounts`);
    for (const [account, sum] of sums)
      if (balances.get(account) !== sum) faults.push(`account ${account} holds ${balances.get(account)}, its entries ${sum}`);
    return faults;
  }
}
