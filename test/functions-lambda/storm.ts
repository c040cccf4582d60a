/** Invocations in parallel lanes, some of which die; the ledger is told what was answered and asked whether it holds. */
import type { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { sqlEvent } from './event.ts';
import { ACCOUNTS, Ledger, SCHEMA, type Transfer } from './ledger.ts';
import { invoke, type Bundles, type Ended, type Invocation } from './process.ts';

/** How a process is to die: what of an invocation brings it about. */
export type Doom = Pick<Invocation, 'killBeforeCall' | 'killAfterMs' | 'started'>;

export interface StormOptions {
  readonly bundles: Bundles;
  readonly url: string;
  readonly random: SeededRandom;
  /** The storm ends after so many deaths, */
  readonly kills: number;
  /** or after so many invocations, which fails the test. */
  readonly invocationsMax: number;
  readonly lanes: number;
  /** The environment of the numbered invocation. */
  readonly environment?: ((number: number) => Readonly<Record<string, string>>) | undefined;
  /** A death for the numbered invocation; `what` it was to do. */
  readonly doom: (number: number, what: 'transfer' | 'maintenance') => Doom;
}

export interface StormReport {
  readonly faults: readonly string[];
  readonly invocations: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Transfers without an answer that are there after all. */
  readonly landedUnheard: number;
}

export async function storm(options: StormOptions): Promise<StormReport> {
  const { random, bundles } = options;
  const ledger = new Ledger();
  const faults: string[] = [];
  let [number, kills, refused] = [0, 0, 0];

  const run = (bundle: string, event: unknown, doom: Doom = {}, at: number = ++number): Promise<Ended> =>
    invoke({ bundle, event, environment: { VELOCIDB_URL: options.url, ...options.environment?.(at) }, ...doom });

  const query = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const ended = await run(bundles.query, sqlEvent({ query: text }));
    const answer = answerOf(ended);
    if (answer.status !== 200) throw new Error(`${text}: ${JSON.stringify(ended)}`);
    return rowsOf(answer.body);
  };

  const transfer = async (): Promise<void> => {
    const at = ++number;
    const wanted: Transfer = { id: at, account: 1 + (random.uint32() % ACCOUNTS), amount: 1 + (random.uint32() % 100) };
    const doom = random.uint32() % 2 === 0 ? {} : options.doom(at, 'transfer');
    const ended = await run(bundles.query, sqlEvent(ledger.begin(wanted)), doom, at);
    if (ended.kind === 'failed') faults.push(`invocation ${at}: ${ended.reason}`);
    if (ended.kind === 'killed') kills += 1;
    if (ended.kind !== 'answered') return;
    const { status, body } = answerOf(ended);
    if (status === 200) ledger.acknowledge(at);
    else if (codeOf(body) === '40001') {
      ledger.refuse(at);
      refused += 1;
    } else if (codeOf(body) !== '08007') faults.push(`invocation ${at}: ${JSON.stringify(ended.result)}`);
  };

  const read = async (): Promise<void> => {
    const before = ledger.acknowledged;
    const rows = await query('SELECT id FROM entry');
    faults.push(
      ...ledger.faultsOfRead(
        rows.map((row) => Number(row['id'])),
        before,
      ),
    );
  };

  const maintain = async (): Promise<void> => {
    const at = ++number;
    const ended = await run(bundles.maintenance, {}, random.uint32() % 2 === 0 ? {} : options.doom(at, 'maintenance'), at);
    if (ended.kind === 'failed') faults.push(`maintenance ${at}: ${ended.reason}`);
    if (ended.kind === 'killed') kills += 1;
  };

  for (const statement of SCHEMA) await query(statement);
  const lane = async (): Promise<void> => {
    while (kills < options.kills && number < options.invocationsMax && faults.length === 0) {
      const die = random.uint32() % 10;
      await (die === 0 ? maintain() : die <= 2 ? read() : transfer());
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));

  const entries = (await query('SELECT id, account, amount FROM entry')).map((row) => ({
    id: Number(row['id']),
    account: Number(row['account']),
    amount: Number(row['amount']),
  }));
  const balances = new Map((await query('SELECT id, balance FROM account')).map((row) => [Number(row['id']), Number(row['balance'])]));
  faults.push(...ledger.faultsOfState(entries, balances));
  const acknowledged = ledger.acknowledged.size;
  return { faults, invocations: number, kills, acknowledged, refused, landedUnheard: entries.length - acknowledged };
}

/** The HTTP answer in what a process printed. */
export function answerOf(ended: Ended): { readonly status: number; readonly body: unknown } {
  if (ended.kind !== 'answered') throw new Error(`no answer: ${JSON.stringify(ended)}`);
  const { result } = ended;
  if (typeof result !== 'object' || result === null || !('statusCode' in result) || !('body' in result))
    throw new Error(`not a result: ${JSON.stringify(result)}`);
  return { status: Number(result.statusCode), body: JSON.parse(String(result.body)) };
}

export function rowsOf(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows)) return body.rows;
  throw new Error(`not rows: ${JSON.stringify(body)}`);
}

export function codeOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
}
