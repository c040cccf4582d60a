declare const brand: unique symbol;

/** A nominal type: a `Base` that only its own checking constructor makes, so that a slot is never passed for a length. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
