/** BEGIN, COMMIT, ROLLBACK and savepoints, read from their syntax trees. */
import type { Node } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import type { TransactionOptions } from './session.ts';

export type TransactionCommand =
  | { readonly kind: 'begin'; readonly options: TransactionOptions; readonly start: boolean }
  | { readonly kind: 'commit' | 'rollback'; readonly chain: boolean }
  | { readonly kind: 'savepoint' | 'release' | 'rollback to'; readonly name: string };

/** The command `node` is, or undefined. Two-phase commit is 0A000. */
export function transactionCommand(node: Node): TransactionCommand | undefined {
  if (!('TransactionStmt' in node)) return undefined;
  const { kind, options, chain = false, savepoint_name: name = '' } = node.TransactionStmt;
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return { kind: 'begin', options: transactionOptions(options), start: kind === 'TRANS_STMT_START' };
    case 'TRANS_STMT_COMMIT':
      return { kind: 'commit', chain };
    case 'TRANS_STMT_ROLLBACK':
      return { kind: 'rollback', chain };
    case 'TRANS_STMT_SAVEPOINT':
      return { kind: 'savepoint', name };
    case 'TRANS_STMT_RELEASE':
      return { kind: 'release', name };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { kind: 'rollback to', name };
    default:
      throw new SqlError('feature_not_supported', 'prepared transactions are not supported');
  }
}

/** The modes listed after BEGIN or SET TRANSACTION. */
export function transactionOptions(nodes: readonly Node[] | undefined): TransactionOptions {
  const options: { isolation?: NonNullable<TransactionOptions['isolation']>; readOnly?: boolean } = {};
  for (const node of nodes ?? []) {
    if (!('DefElem' in node) || node.DefElem.arg === undefined || !('A_Const' in node.DefElem.arg)) continue;
    const constant = node.DefElem.arg.A_Const;
    if (node.DefElem.defname === 'transaction_isolation') {
      const text = constant.sval?.sval;
      options.isolation = text === 'serializable' || text === 'repeatable read' ? text : 'read committed';
    } else if (node.DefElem.defname === 'transaction_read_only') {
      options.readOnly = (constant.ival?.ival ?? 0) !== 0;
    }
  }
  return options;
}
