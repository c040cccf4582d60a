import type { ColumnRef } from '../binder/expression.ts';

const FIRST = 1_000_000_000;
let next = FIRST;

/** A column that no binder has named: they count from 1 within a statement, these from far above. */
export function freshRef(): ColumnRef {
  return next++ as ColumnRef;
}
