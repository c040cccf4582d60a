/** What a statement is, as far as the session treats it apart. */
import type { Node, VariableSetStmt } from '@pgsql/types';
import type { ParsedStatement } from '../sql/parse.ts';
import { transactionCommand } from './transaction-command.ts';

/** Whether a statement shares no implicit transaction with its neighbours: BEGIN and its like, VACUUM, what reads the past. */
export function isByItself({ node, asOf }: ParsedStatement): boolean {
  return transactionCommand(node) !== undefined || asOf !== undefined || ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd === true);
}

/** SET TRANSACTION …. */
export function isSetTransaction(node: Node): node is { VariableSetStmt: VariableSetStmt } {
  return 'VariableSetStmt' in node && node.VariableSetStmt.name === 'TRANSACTION';
}
