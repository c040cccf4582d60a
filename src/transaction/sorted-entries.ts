/**
 * Sorts byte strings that lie end to end without comparing most of them: four bytes after what all have in common, and the entry's number
 * below them, make one number each; those are sorted as numbers. Where the four bytes are equal the strings decide.
 */

/** Entries up to this leave 32 bits of a double's 53 for the head. */
const ENTRIES_MAX = 2 ** 21;

/** The numbers of `count` strings in their order. String n is `bytes` from `starts[n]` to `starts[n + 1]`. */
export function sortedEntries(bytes: Uint8Array, starts: Uint32Array, count: number): Int32Array {
  const order = new Int32Array(count);
  const compare = (a: number, b: number): number => compareStrings(bytes, starts, a, b);
  if (count > ENTRIES_MAX) {
    for (let entry = 0; entry < count; entry++) order[entry] = entry;
    return order.sort(compare);
  }
  const shared = sharedLength(bytes, starts, count);
  const numbers = new Float64Array(count);
  for (let entry = 0; entry < count; entry++)
    numbers[entry] = headAt(bytes, starts[entry] + shared, starts[entry + 1]) * ENTRIES_MAX + entry;
  numbers.sort();
  for (let at = 0; at < count; at++) order[at] = numbers[at] % ENTRIES_MAX;
  let from = 0;
  for (let at = 1; at <= count; at++) {
    if (at < count && Math.floor(numbers[at] / ENTRIES_MAX) === Math.floor(numbers[from] / ENTRIES_MAX)) continue;
    if (at - from > 1) order.subarray(from, at).sort(compare);
    from = at;
  }
  return order;
}

/** How many bytes all strings begin with alike. */
function sharedLength(bytes: Uint8Array, starts: Uint32Array, count: number): number {
  let shared = count === 0 ? 0 : starts[1];
  for (let entry = 1; entry < count && shared > 0; entry++) {
    const from = starts[entry];
    const length = Math.min(shared, starts[entry + 1] - from);
    shared = 0;
    while (shared < length && bytes[shared] === bytes[from + shared]) shared++;
  }
  return shared;
}

/** Four bytes from `from` as a number, big-endian, zeros past `end`. */
function headAt(bytes: Uint8Array, from: number, end: number): number {
  let head = 0;
  for (let at = from; at < from + 4; at++) head = head * 256 + (at < end ? bytes[at] : 0);
  return head;
}

function compareStrings(bytes: Uint8Array, starts: Uint32Array, a: number, b: number): number {
  const fromA = starts[a];
  const fromB = starts[b];
  const lengthA = starts[a + 1] - fromA;
  const lengthB = starts[b + 1] - fromB;
  const common = Math.min(lengthA, lengthB);
  for (let at = 0; at < common; at++) {
    const difference = bytes[fromA + at] - bytes[fromB + at];
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
