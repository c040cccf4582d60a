/** A view's query as pg_get_viewdef gives it: after a blank, with a semicolon. */
export function viewText(view: { readonly queryText: string }): string {
  return ` ${view.queryText};`;
}
