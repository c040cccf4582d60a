/** `velocidb log`: what was committed, by whom and when, newest first. */
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import { COUNTER_TREE, SEQUENCE_TREE, STATISTICS_TREE } from '../catalog/trees.ts';
import { logEntries, type LogEntry, type TreeChange } from '../maintenance/log-entries.ts';
import type { Control } from '../transaction/record.ts';
import { isoTime } from '../transaction/past.ts';
import { CATALOG_TREE_MAX } from '../transaction/transaction.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { columnsText } from './output/columns.ts';
import { write } from './terminal.ts';

interface Shown {
  readonly slot: number;
  readonly committedAt: string;
  readonly writer: string;
  readonly transactions: number;
  readonly tables: readonly { readonly table: string; readonly written: number; readonly deleted: number; readonly cleared: boolean }[];
  /** Whatever else: changes of the catalog, numbers drawn, restores. */
  readonly notes: readonly string[];
}

const LIMIT = 20;

export const logCommand: Command = {
  usage: '[options]',
  options: {
    url: URL_OPTION,
    limit: { type: 'string', short: 'n', value: 'N', help: `how many records (default ${LIMIT}; 0: all that are there)` },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'table, json (default table)' },
  },
  notes: 'Nothing is written. A writer is a process that had the database open. Records are kept for as long as the past is readable.',
  async run(args, terminal) {
    const url = requiredUrl(args.text('url'), terminal.environment);
    const format = args.choice('output', ['table', 'json']) ?? 'table';
    const limit = args.number('limit', 0, Number.MAX_SAFE_INTEGER) ?? LIMIT;
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async ({ engine, database }) => {
      await database.confirm({ kind: 'linearizable' });
      const transaction = database.begin({ isolation: 'read committed', readOnly: true });
      const names = treeNames(await engine.catalogs.of(transaction));
      transaction.rollback();
      const shown: Shown[] = [];
      for await (const entry of logEntries(database)) {
        shown.push(shownEntry(entry, names));
        if (shown.length === limit) break;
      }
      await write(terminal.output, format === 'json' ? `${JSON.stringify(shown, undefined, 2)}\n` : logText(shown));
      return EXIT.ok;
    });
  },
};

/** Tables by their tree as they are now; null for the trees of indexes, which follow their tables. */
function treeNames(catalog: CatalogSnapshot): ReadonlyMap<number, string | null> {
  const names = new Map<number, string | null>();
  for (const relation of catalog.relations()) {
    if (relation.kind !== 'table') continue;
    for (const index of relation.indexes) names.set(index.tree.id, null);
    names.set(relation.tree.id, relation.schemaName === 'public' ? relation.name : `${relation.schemaName}.${relation.name}`);
  }
  return names;
}

function shownEntry(entry: LogEntry, names: ReadonlyMap<number, string | null>): Shown {
  const notes = new Set<string>();
  const tables: Shown['tables'][number][] = [];
  for (const change of entry.changes) {
    const name = names.get(change.tree);
    const note = noteOf(change);
    if (note !== undefined) notes.add(note);
    else if (name !== null)
      tables.push({
        table: name ?? `tree ${change.tree}`,
        written: change.written + change.loaded,
        deleted: change.deleted,
        cleared: change.cleared,
      });
  }
  for (const control of entry.controls) notes.add(controlText(control));
  notes.delete('');
  const { slot, writer, transactions } = entry;
  return { slot, committedAt: isoTime(entry.committedAt), writer, transactions, tables, notes: [...notes] };
}

/** Trees that are no table's: undefined for those that may be. */
function noteOf({ tree }: TreeChange): string | undefined {
  if (tree === COUNTER_TREE.id) return '';
  if (tree === SEQUENCE_TREE.id) return 'sequence numbers';
  if (tree === STATISTICS_TREE.id) return 'statistics';
  return tree <= CATALOG_TREE_MAX ? 'schema' : undefined;
}

function controlText(control: Control): string {
  switch (control.kind) {
    case 'state':
      return `restored from ${control.origin}`;
    case 'closed':
      return `closed: ${control.reason}`;
    case 'doom':
      return `segments to epoch ${control.epoch} given up`;
    case 'versions':
      return `readers ≥ ${control.reader}, writers ≥ ${control.writer}`;
  }
}

function logText(entries: readonly Shown[]): string {
  return columnsText([
    ['slot', 'committed', 'writer', 'what'],
    ...entries.map(({ slot, committedAt, writer, tables, notes }) => [
      String(slot),
      committedAt,
      writer.slice(0, 8),
      [...tables.map(tableText), ...notes].join(', '),
    ]),
  ]);
}

function tableText({ table, written, deleted, cleared }: Shown['tables'][number]): string {
  const counts = [cleared ? 'cleared' : '', written > 0 ? `+${written}` : '', deleted > 0 ? `-${deleted}` : ''];
  return [table, ...counts.filter((count) => count !== '')].join(' ');
}
