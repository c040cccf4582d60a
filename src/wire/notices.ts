import type { Notice } from '../session/session.ts';

const ORDER: Readonly<Record<string, number>> = {
  debug5: 0,
  debug4: 0,
  debug3: 0,
  debug2: 0,
  debug1: 0,
  debug: 0,
  log: 1,
  notice: 2,
  warning: 3,
  error: 4,
};

/** Whether `client_min_messages` lets a notice through; INFO always passes. */
export function isWanted(notice: Notice, least: string | undefined): boolean {
  if (notice.severity === 'INFO') return true;
  return ORDER[notice.severity.toLowerCase()] >= (ORDER[least ?? 'notice'] ?? ORDER['notice']);
}
