/** Numbers that are the same in every run: each row draws from a stream of its own, so that tables can be made in any order. */
export class RowRandom {
  #state: number;

  /** The stream of row `row` of the table numbered `table`. */
  constructor(table: number, row: number) {
    this.#state = mixed(mixed(table + 0x9e3779b9) ^ Math.imul(row, 0x85ebca6b));
  }

  /** A whole number between `low` and `high`, both included; uniform up to 2^32 of them. */
  between(low: number, high: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return low + Math.floor(((mixed(this.#state) >>> 0) / 4_294_967_296) * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)];
  }
}

/** The finishing step of splitmix32. */
function mixed(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
