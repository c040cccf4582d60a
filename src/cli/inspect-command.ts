/** `velocidb inspect`: what is in the bucket, without reading any row. */
import { EPOCH_2000_MS } from '../base/epoch.ts';
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import type { OpenedEngine } from '../platform/open-engine.ts';
import { anchorText } from '../transaction/anchor.ts';
import type { Database } from '../transaction/database.ts';
import type { Root } from '../transaction/root-codec.ts';
import { runsOf } from '../storage/manifest.ts';
import type { Keyring } from '../../vfs/encryption/keyring.ts';
import type { Command } from './command.ts';
import { withDatabase } from './connect.ts';
import { masked, requiredUrl, URL_OPTION } from './database-url.ts';
import { EXIT } from './exit-code.ts';
import { size } from './progress.ts';
import { write } from './terminal.ts';

interface TableReport {
  readonly schema: string;
  readonly name: string;
  /** An estimate: exact right after a checkpoint. */
  readonly rows: number;
  readonly runs: number;
  readonly bytes: number;
  readonly indexes: number;
}

interface Report {
  readonly url: string;
  readonly databaseId: string;
  readonly slot: number;
  /** To be remembered elsewhere: `verify --anchor` and `open` refuse an older or another state. */
  readonly anchor: string;
  /** Who holds the key that it is encrypted with; null where it is not. */
  readonly encryption: { readonly provider: string; readonly keyId: string; readonly dataKeys: number } | null;
  readonly root: {
    readonly generation: number;
    readonly minReaderVersion: number;
    readonly minWriterVersion: number;
    readonly boundary: number;
    readonly doomEpoch: number;
  };
  readonly checkpoint: { readonly slot: number; readonly name: string; readonly committedAt: string } | null;
  readonly tail: { readonly records: number; readonly bytes: number };
  readonly segments: { readonly count: number; readonly bytes: number; readonly liveBytes: number };
  readonly tables: readonly TableReport[];
}

export const inspectCommand: Command = {
  usage: '[options]',
  options: {
    url: URL_OPTION,
    output: { type: 'string', short: 'o', value: 'FORMAT', help: 'table, json (default table)' },
  },
  notes: 'Nothing is written. Row counts are estimates between checkpoints.',
  async run(args, terminal) {
    const url = requiredUrl(args.text('url'), terminal.environment);
    const format = args.choice('output', ['table', 'json']) ?? 'table';
    return withDatabase(url, { create: false, checkpoints: 'manual' }, async (opened) => {
      const report = await reportOf(url, opened);
      await write(terminal.output, format === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
      return EXIT.ok;
    });
  },
};

async function reportOf(url: string, { engine, database, keyring }: OpenedEngine): Promise<Report> {
  await database.confirm({ kind: 'linearizable' });
  const { root } = await database.root.read();
  const transaction = database.begin({ isolation: 'read committed', readOnly: true });
  try {
    const catalog = await engine.catalogs.of(transaction);
    const { manifest, tailRecords, tailBytes } = database.tip;
    const uses = [...manifest.segments.values()];
    return {
      url: masked(url),
      databaseId: root.databaseId,
      slot: database.slot,
      anchor: anchorText(database),
      encryption: encryptionOf(await keyring?.current()),
      root: pickRoot(root),
      checkpoint:
        root.checkpoint.name === ''
          ? null
          : { slot: root.checkpoint.slot, name: root.checkpoint.name, committedAt: isoTime(root.checkpoint.committedAt) },
      tail: { records: tailRecords, bytes: tailBytes },
      segments: { count: uses.length, bytes: sum(uses.map((use) => use.totalBytes)), liveBytes: sum(uses.map((use) => use.liveBytes)) },
      tables: tableReports(database, catalog),
    };
  } finally {
    transaction.rollback();
  }
}

function encryptionOf(keyring: Keyring | undefined): Report['encryption'] {
  return keyring === undefined ? null : { ...keyring.wrapped, dataKeys: keyring.keys.length };
}

function pickRoot({ generation, minReaderVersion, minWriterVersion, boundary, doomEpoch }: Root): Report['root'] {
  return { generation, minReaderVersion, minWriterVersion, boundary, doomEpoch };
}

function tableReports(database: Database, catalog: CatalogSnapshot): TableReport[] {
  const { manifest } = database.tip;
  return catalog.relations().flatMap((relation) => {
    if (relation.kind !== 'table') return [];
    const secondary = relation.indexes.filter((index) => !index.primary);
    const trees = [relation.tree, ...secondary.map((index) => index.tree)];
    const bytes = sum(trees.flatMap((tree) => runsOf(manifest, tree.id).flatMap((run) => run.segments.map((share) => share.bytes))));
    return [
      {
        schema: relation.schemaName,
        name: relation.name,
        rows: database.estimateRows(relation.tree.id),
        runs: runsOf(manifest, relation.tree.id).length,
        bytes,
        indexes: secondary.length,
      },
    ];
  });
}

function isoTime(microseconds: number): string {
  return new Date(microseconds / 1000 + EPOCH_2000_MS).toISOString();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function reportText(report: Report): string {
  const { root, checkpoint, tail, segments, tables, encryption } = report;
  const lines = [
    ['bucket', report.url],
    ['database', report.databaseId],
    ['newest slot', String(report.slot)],
    ['anchor', report.anchor],
    ['encryption', encryption === null ? 'none' : `${encryption.provider} key ${encryption.keyId}, data keys: ${encryption.dataKeys}`],
    [
      'root',
      `generation ${root.generation}, readers ≥ ${root.minReaderVersion}, writers ≥ ${root.minWriterVersion}, collected to slot ${root.boundary}, doom epoch ${root.doomEpoch}`,
    ],
    ['checkpoint', checkpoint === null ? 'none' : `slot ${checkpoint.slot}, ${checkpoint.committedAt}, ${checkpoint.name}`],
    ['log tail', `${tail.records} records, ${size(tail.bytes)}`],
    ['segments', `${segments.count}, ${size(segments.bytes)}, of which ${size(segments.liveBytes)} live`],
  ].map(([label, value]) => `${label.padEnd(12)} ${value}`);
  if (tables.length > 0) lines.push('', ...tableLines(tables));
  return `${lines.join('\n')}\n`;
}

function tableLines(tables: readonly TableReport[]): string[] {
  const rows = [
    ['table', 'rows', 'runs', 'size', 'indexes'],
    ...tables.map((table) => [
      `${table.schema}.${table.name}`,
      `~${table.rows}`,
      String(table.runs),
      size(table.bytes),
      String(table.indexes),
    ]),
  ];
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '));
}
