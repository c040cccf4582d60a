/** Moments as options name them. */
import type { TypeContext } from '../types/type.ts';
import { timeOfText } from '../session/as-of.ts';
import { slot } from '../storage/tree.ts';
import type { Moment } from '../transaction/transaction.ts';
import { UsageError } from './exit-code.ts';

/** A slot (a number), a timestamp, or an interval before `now` (timestamptz microseconds); else a UsageError. */
export function momentOption(name: string, text: string, types: TypeContext, now: number): Moment {
  const number = /^(?:slot\s+)?(\d{1,15})$/i.exec(text.trim())?.[1];
  if (number !== undefined) return { kind: 'slot', slot: slot(Number(number)) };
  const moment = timeOfText(text, types, now);
  if (moment === undefined) throw new UsageError(`--${name} takes a slot, a timestamp or an interval like -10m, not "${text}"`);
  return moment;
}
