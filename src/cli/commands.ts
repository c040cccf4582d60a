import type { Command } from './command.ts';

/** A command before it is needed: the engine is large, and `--help` should not wait for it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'dev',
    summary: 'Serve a database over HTTP and PostgreSQL’s protocol',
    load: async () => (await import('./dev-command.ts')).devCommand,
  },
  {
    name: 'sql',
    summary: 'Run SQL: from arguments, a file, standard input, or typed',
    load: async () => (await import('./sql-command.ts')).sqlCommand,
  },
  {
    name: 'create',
    summary: 'Make an empty database, encrypted or not',
    load: async () => (await import('./create-command.ts')).createCommand,
  },
  {
    name: 'doctor',
    summary: 'Say whether a bucket may be trusted with a database',
    load: async () => (await import('./doctor-command.ts')).doctorCommand,
  },
  {
    name: 'import',
    summary: 'Load a CSV or .tbl file (.gz too) into a table',
    load: async () => (await import('./import-command.ts')).importCommand,
  },
  {
    name: 'inspect',
    summary: 'Show root, checkpoint, tables, segments and the tail of the log',
    load: async () => (await import('./inspect-command.ts')).inspectCommand,
  },
  {
    name: 'checkpoint',
    summary: 'Merge the tail of the log into pages',
    load: async () => (await import('./checkpoint-command.ts')).checkpointCommand,
  },
  {
    name: 'log',
    summary: 'Show what was committed: when, by whom, how many rows of which tables',
    load: async () => (await import('./log-command.ts')).logCommand,
  },
  {
    name: 'verify',
    summary: 'Read everything and say what is damaged',
    load: async () => (await import('./verify-command.ts')).verifyCommand,
  },
  {
    name: 'restore',
    summary: 'Make an earlier state the newest one',
    load: async () => (await import('./restore-command.ts')).restoreCommand,
  },
  {
    name: 'branch',
    summary: 'Create, list, compare, delete and promote branches',
    load: async () => (await import('./branch-command.ts')).branchCommand,
  },
  {
    name: 'backup',
    summary: 'Back the newest state up to another bucket',
    load: async () => (await import('./backup-command.ts')).backupCommand,
  },
  {
    name: 'key',
    summary: 'Make, show and rotate the keys of an encrypted database',
    load: async () => (await import('./key-command.ts')).keyCommand,
  },
];
