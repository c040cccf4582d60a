import type { ViewDescriptor } from './descriptor.ts';

/** A view's query as pg_get_viewdef gives it: after a blank, with a semicolon. */
export function viewText(view: ViewDescriptor): string {
  return ` ${view.queryText};`;
}
