/** From measured seconds to figures: ours beside each peer that took part. */
import { figure, type Figure } from './report.ts';

/** The name of our side among the contestants. */
export const OURS = 'ours';

export interface Promised {
  readonly suite: string;
  readonly case: string;
  readonly consistency: string;
  readonly durability: string;
  readonly scale?: number | undefined;
}

/** `seconds` are per operation, by contestant. One figure for each peer; one without a peer when none was there. */
export function versus(promised: Promised, seconds: ReadonlyMap<string, number>, unit: 'op/s' | 'rows/s' | 'ms'): Figure[] {
  const shown = (each: number) => (unit === 'ms' ? each * 1000 : 1 / each);
  const mine = seconds.get(OURS);
  if (mine === undefined) throw new Error(`${promised.suite} ${promised.case} was not measured`);
  const { scale, ...rest } = promised;
  const base = { ...rest, ...(scale === undefined ? {} : { scale }), unit, ours: shown(mine) };
  const peers = [...seconds].filter(([name]) => name !== OURS);
  if (peers.length === 0) return [figure(base)];
  return peers.map(([peerName, theirs]) => figure({ ...base, peer: shown(theirs), peerName }));
}
