/** `velocidb branch`: databases that begin with a state of this one and share its pages. */
import { createBranch, deleteBranch, listBranches, openBranch } from '../maintenance/branch.ts';
import { diffStates } from '../maintenance/branch-diff.ts';
import { promoteBranch } from '../maintenance/branch-promote.ts';
import { checkpoint } from '../maintenance/checkpoint.ts';
import type { OpenedEngine } from '../platform/open-engine.ts';
import { timestampNow } from '../transaction/commit-time.ts';
import { isoTime } from '../transaction/past.ts';
import type { Moment } from '../transaction/transaction.ts';
import type { Arguments, Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { momentOption } from './moment.ts';
import { columnsText } from './output/columns.ts';
import { size } from './progress.ts';
import { write } from './terminal.ts';

export const branchCommand: Command = {
  usage: 'create NAME [--at MOMENT] | list | diff NAME | delete NAME | promote NAME [--force]   [options]',
  options: {
    url: URL_OPTION,
    at: { type: 'string', value: 'MOMENT', help: "create: a slot, a timestamp, or an interval ago ('-10m'); default now" },
    force: { type: 'boolean', help: 'promote: although the database has changed since the branch began' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'list, diff: table, json (default table)' },
  },
  notes:
    'A branch is opened with ?branch=NAME behind the URL, by every command and door. Creating one copies nothing; both go their own ways\n' +
    'from there. diff counts rows by key against the database as it is now. promote makes the branch’s state the newest one of the\n' +
    'database, by one commit; the branch stays.',
  async run(args, terminal) {
    const url = requiredUrl(args.text('url'), terminal.environment);
    const format = args.choice('output', ['table', 'json']) ?? 'table';
    const [action = '', name = ''] = args.positionals;
    const work = ACTIONS.get(action);
    if (work === undefined) throw new UsageError(`branch takes ${[...ACTIONS.keys()].join(', ')}, not "${action}"`);
    if ((name === '') !== (action === 'list') || args.positionals.length > 2)
      throw new UsageError(action === 'list' ? 'branch list takes no name' : `branch ${action} takes the name of a branch`);
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async (opened) => {
      await write(terminal.output, await work(opened, name, args, format === 'json'));
      return EXIT.ok;
    });
  },
};

type Action = (opened: OpenedEngine, name: string, args: Arguments, json: boolean) => Promise<string>;

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['create', create],
  ['list', list],
  ['diff', diff],
  ['delete', remove],
  ['promote', promote],
]);

async function create({ engine, database, runtime }: OpenedEngine, name: string, args: Arguments): Promise<string> {
  const at = args.text('at');
  await database.confirm({ kind: 'linearizable' });
  const moment: Moment =
    at === undefined
      ? { kind: 'slot', slot: database.slot }
      : momentOption('at', at, engine.session().typeContext, timestampNow(runtime.clock));
  const { slot, committedAt } = await createBranch(database, name, moment);
  return `branch ${name} of slot ${slot} (${isoTime(committedAt)})\n`;
}

async function list({ database }: OpenedEngine, _: string, __: Arguments, json: boolean): Promise<string> {
  const branches = (await listBranches(database)).map((branch) => ({ ...branch, committedAt: isoTime(branch.committedAt) }));
  if (json) return `${JSON.stringify(branches, undefined, 2)}\n`;
  return columnsText([['branch', 'slot', 'of'], ...branches.map(({ name, slot, committedAt }) => [name, String(slot), committedAt])]);
}

async function diff({ database }: OpenedEngine, name: string, _: Arguments, json: boolean): Promise<string> {
  const tables = await diffStates(database, await openBranch(database, name));
  if (json) return `${JSON.stringify(tables, undefined, 2)}\n`;
  if (tables.length === 0) return 'no difference\n';
  const schemas = {
    same: '',
    changed: 'other columns',
    'only in the first': 'not in the branch',
    'only in the second': 'only in the branch',
  };
  return columnsText([
    ['table', 'added', 'removed', 'changed', ''],
    ...tables.map(({ table, added, removed, changed, schema }) => [table, `+${added}`, `-${removed}`, `~${changed}`, schemas[schema]]),
  ]);
}

async function remove({ database }: OpenedEngine, name: string): Promise<string> {
  await deleteBranch(database, name);
  return `branch ${name} deleted\n`;
}

async function promote({ database }: OpenedEngine, name: string, args: Arguments): Promise<string> {
  const { from, before, slot, copiedBytes } = await promoteBranch(database, name, { force: args.is('force') });
  await checkpoint(database);
  return `branch ${name} of slot ${from} promoted by slot ${slot}, ${size(copiedBytes)} copied; to undo it, restore to slot ${before}\n`;
}
