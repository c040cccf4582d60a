/** From measured seconds to figures: ours beside each peer that took part. */
import type { Measured } from './measure.ts';
import { figure, type Figure } from './report.ts';

/** The name of our side among the contestants. */
export const OURS = 'ours';

export interface Promised {
  readonly suite: string;
  readonly case: string;
  readonly consistency: string;
  readonly durability: string;
  readonly scale?: number | undefined;
  readonly threads?: number;
}

/** Seconds per operation as figures: one for each peer, one without a peer when none was there. A side that was cut off is null. */
export function versus(promised: Promised, measured: Measured, unit: 'op/s' | 'rows/s' | 'ms' | 'cpu ms'): Figure[] {
  const shown = (name: string) => {
    const seconds = measured.get(name);
    if (seconds === undefined) return null;
    return unit.endsWith('ms') ? seconds * 1000 : 1 / seconds;
  };
  if (!measured.has(OURS) && !measured.cutOff.has(OURS)) throw new Error(`${promised.suite} ${promised.case} was not measured`);
  const { scale, ...rest } = promised;
  const base = { ...rest, ...(scale === undefined ? {} : { scale }), unit, ours: shown(OURS), rounds: measured.rounds };
  const peers = [...measured.keys(), ...measured.cutOff].filter((name) => name !== OURS);
  if (peers.length === 0) return [figure(base)];
  return peers.map((peerName) => figure({ ...base, peer: shown(peerName), peerName }));
}
