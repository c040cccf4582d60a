/** Who can reach an address. Everybody but this machine needs a password. */
import { isIPv4, isIPv6 } from 'node:net';
import { SqlError } from '../base/sql-error.ts';

/** Whether only this machine can reach `host`: 127.0.0.0/8, ::1, or the name localhost. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  const four = bare.replace(/^::ffff:/, '');
  return isIPv4(four) && four.startsWith('127.');
}

/** SQLSTATE 22023 when `host` is open to other machines and nobody would be asked for a password. */
export function requirePasswordBeyondLoopback(host: string, password: string | undefined): void {
  if (isLoopback(host) || (password !== undefined && password !== '')) return;
  throw new SqlError('invalid_parameter_value', `listening on "${host}" requires a password`, {
    hint: 'Set VELOCIDB_PASSWORD or name a password file, or listen on 127.0.0.1.',
  });
}

/** The authority part of a URL for `host` and `port`; IPv6 addresses in brackets, wildcard addresses as localhost. */
export function authority(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
