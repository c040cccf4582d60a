/**
 * The constants of the SHA-2 family (FIPS 180-4): for the first `count` primes, the first 64 bits of the fraction of the
 * square (`degree` 2) or cube (`degree` 3) root, as unsigned bigints.
 */
export function primeRoots(count: number, degree: 2 | 3): bigint[] {
  const roots: bigint[] = [];
  for (let candidate = 2; roots.length < count; candidate++) {
    if (isPrime(candidate)) roots.push(BigInt.asUintN(64, integerRoot(BigInt(candidate) << BigInt(64 * degree), degree)));
  }
  return roots;
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}

/** The largest integer whose `degree`-th power is at most `value`, bit by bit. */
function integerRoot(value: bigint, degree: 2 | 3): bigint {
  let root = 0n;
  for (let bit = 1n << 70n; bit > 0n; bit >>= 1n) {
    const larger = root | bit;
    if (larger ** BigInt(degree) <= value) root = larger;
  }
  return root;
}
