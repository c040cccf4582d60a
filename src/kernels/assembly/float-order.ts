// PostgreSQL's order of floats: NaN equals NaN and is above everything, -0 equals 0.

/** Whether the kept least stays against a value: only if it is below. */
@inline
export function keepsLess(kept: f64, value: f64): bool {
  return kept < value || (value != value && kept == kept);
}

/** Whether the kept greatest stays against a value: only if it is above. */
@inline
export function keepsMore(kept: f64, value: f64): bool {
  return kept > value || (kept != kept && value == value);
}
