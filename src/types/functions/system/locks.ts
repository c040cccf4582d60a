import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar, STABLE, VOLATILE } from '../define.ts';

const { bool, int4, int8, text } = OID;

/** Advisory locks. Nothing waits for them here: concurrent writers are told apart by validation at commit, so every lock is granted. */
export function lockFunctions(): SqlFunction[] {
  const keys = [[int8], [int4, int4]];
  const locks = ['pg_advisory_lock', 'pg_advisory_lock_shared', 'pg_advisory_xact_lock', 'pg_advisory_xact_lock_shared'];
  const tries = [
    'pg_try_advisory_lock',
    'pg_try_advisory_lock_shared',
    'pg_try_advisory_xact_lock',
    'pg_try_advisory_xact_lock_shared',
    'pg_advisory_unlock',
    'pg_advisory_unlock_shared',
  ];
  return [
    ...locks.flatMap((name) => keys.map((args) => scalar(name, args, OID.void, () => '', VOLATILE))),
    ...tries.flatMap((name) => keys.map((args) => scalar(name, args, bool, () => true, VOLATILE))),
    scalar('pg_advisory_unlock_all', [], OID.void, () => '', VOLATILE),
    ...inetFunctions(),
  ];
}

/** Without a socket there is no address: all null. PostgreSQL's type here is inet; text stands for it. */
function inetFunctions(): SqlFunction[] {
  return [
    ...['inet_client_addr', 'inet_server_addr'].map((name) => scalar(name, [], text, () => null, STABLE)),
    ...['inet_client_port', 'inet_server_port'].map((name) => scalar(name, [], int4, () => null, { strict: false, volatility: 'stable' })),
  ];
}
