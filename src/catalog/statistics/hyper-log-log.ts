/**
 * Distinct values counted in little memory: HyperLogLog (Flajolet et al., 2007) with linear counting for small numbers. With 4,096
 * registers the standard error is 1.6 %.
 */
const REGISTER_BITS = 12;
const REGISTERS = 1 << REGISTER_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

export class HyperLogLog {
  readonly #registers = new Uint8Array(REGISTERS);

  /** Takes a key that is equal for equal values, as `TypeDefinition.hashKey` makes it. */
  add(key: string | number | bigint | boolean): void {
    const hash = hashOf(key);
    const at = hash >>> (32 - REGISTER_BITS);
    // The bits that did not choose the register, and a bit that ends the run of zeros.
    const rank = Math.clz32((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1;
    if (rank > this.#registers[at]) this.#registers[at] = rank;
  }

  /** About how many different keys were added. */
  count(): number {
    let sum = 0;
    let zeros = 0;
    for (const register of this.#registers) {
      sum += 2 ** -register;
      if (register === 0) zeros++;
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
    if (raw <= 2.5 * REGISTERS && zeros > 0) return Math.round(REGISTERS * Math.log(REGISTERS / zeros));
    // Hashes of 32 bits collide when there are many.
    return Math.round(raw <= 2 ** 32 / 30 ? raw : -(2 ** 32) * Math.log(1 - raw / 2 ** 32));
  }
}

const view = new DataView(new ArrayBuffer(8));

/** 32 well mixed bits (MurmurHash3's finishing steps over FNV-like folding). */
function hashOf(key: string | number | bigint | boolean): number {
  if (typeof key === 'string') {
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return mixed(hash ^ key.length);
  }
  if (typeof key === 'boolean') return mixed(key ? 1 : 2);
  if (typeof key === 'bigint') view.setBigUint64(0, BigInt.asUintN(64, key));
  else if (Number.isSafeInteger(key)) return mixed((key | 0) ^ Math.imul(mixed(Math.floor(key / 2 ** 32) | 0), 0x9e3779b1));
  else view.setFloat64(0, key);
  return mixed(view.getUint32(4) ^ Math.imul(mixed(view.getUint32(0)), 0x9e3779b1));
}

function mixed(bits: number): number {
  let hash = bits ^ (bits >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
