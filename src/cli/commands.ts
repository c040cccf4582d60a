import { checkpointCommand } from './checkpoint-command.ts';
import type { Command } from './command.ts';
import { devCommand } from './dev-command.ts';
import { importCommand } from './import-command.ts';
import { inspectCommand } from './inspect-command.ts';
import { sqlCommand } from './sql-command.ts';

/** Every command, in the order help lists them. */
export const COMMANDS: readonly Command[] = [devCommand, sqlCommand, importCommand, inspectCommand, checkpointCommand];
