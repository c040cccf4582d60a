// Parts of rows by hash, and tuples made to be moved: the twin of ../twin/spill.ts.
import { copyBytes } from "./bytes";
import { addressOf, lengthOf, refOf } from "./text";

const VECTOR_ROWS_MAX: u32 = 2048;

/** Rows as u32[n], those of part 0 first, each part ascending; u32[2^bits] counts. A row's part is (hash >> shift) of `bits` bits. */
export function partition(hashes: usize, n: u32, shift: u32, bits: u32, dstRows: usize, dstCounts: usize): void {
  const parts: u32 = (<u32>1) << bits;
  memory.fill(dstCounts, 0, <usize>parts << 2);
  for (let row: u32 = 0; row < n; row++) {
    const count = dstCounts + <usize>(((load<u32>(hashes + (<usize>row << 2)) >> shift) & (parts - 1)) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let start: u32 = 0;
  for (let part: u32 = 0; part < parts; part++) {
    const count = load<u32>(dstCounts + (<usize>part << 2));
    store<u32>(dstCounts + (<usize>part << 2), start);
    start += count;
  }
  for (let row: u32 = 0; row < n; row++) {
    const next = dstCounts + <usize>(((load<u32>(hashes + (<usize>row << 2)) >> shift) & (parts - 1)) << 2);
    const at = load<u32>(next);
    store<u32>(dstRows + (<usize>at << 2), row);
    store<u32>(next, at + 1);
  }
  // Each now says where its part ends.
  for (let part = parts - 1; part > 0; part--) {
    const end = dstCounts + (<usize>part << 2);
    store<u32>(end, load<u32>(end) - load<u32>(end - 4));
  }
}

/** Where rows go that are kept by part, `capacity` places to a part: u32[n] places, part × capacity and on from the part's fill, which
 * grows. How many parts have not the room for VECTOR_ROWS_MAX more. */
export function partitionPlaces(hashes: usize, n: u32, shift: u32, bits: u32, capacity: u32, fills: usize, dstPlaces: usize): u32 {
  const parts: u32 = (<u32>1) << bits;
  const end = hashes + (<usize>n << 2);
  let place = dstPlaces;
  for (let at = hashes; at < end; at += 4) {
    const part = (load<u32>(at) >> shift) & (parts - 1);
    const fillAt = fills + (<usize>part << 2);
    const fill = load<u32>(fillAt);
    store<u32>(fillAt, fill + 1);
    store<u32>(place, part * capacity + fill);
    place += 4;
  }
  let full: u32 = 0;
  for (let part: u32 = 0; part < parts; part++) full += u32(load<u32>(fills + (<usize>part << 2)) + VECTOR_ROWS_MAX > capacity);
  return full;
}

/** u32[n] addresses of the tuples at places u32[n], counted from `base`. */
export function tuplesAt(places: usize, n: u32, base: u32, stride: u32, dst: usize): void {
  for (let row: u32 = 0; row < n; row++) store<u32>(dst + (<usize>row << 2), base + load<u32>(places + (<usize>row << 2)) * stride);
}

/** Copies n tuples one behind the other. */
export function copyTuples(tuples: usize, n: u32, stride: u32, dst: usize): void {
  let to = dst;
  for (let row: u32 = 0; row < n; row++) {
    const tuple: usize = load<u32>(tuples + (<usize>row << 2));
    for (let offset: usize = 0; offset < <usize>stride; offset += 8) store<u64>(to + offset, load<u64>(tuple + offset));
    to += stride;
  }
}

/** Copies the texts of a field to `arena` and refers to them by their distance from `base`; with `hasRoom` 1 the field is a state that
 * keeps room for a text. Bytes used, or -1, nothing done, when there is not the room. */
export function packTexts(tuples: usize, n: u32, field: usize, hasRoom: u32, arena: usize, arenaEnd: usize, base: usize): i32 {
  let bytes: u64 = 0;
  for (let row: u32 = 0; row < n; row++) bytes += <u64>roomOf(load<u64>(fieldAt(tuples, row, field)), hasRoom);
  if (bytes > <u64>(arenaEnd - arena)) return -1;
  let to = arena;
  for (let row: u32 = 0; row < n; row++) {
    const at = fieldAt(tuples, row, field);
    const ref = load<u64>(at);
    if (ref == 0) continue;
    const room = roomOf(ref, hasRoom);
    copyBytes(to, addressOf(ref), <u32>lengthOf(ref));
    store<u64>(at, refOf(to - base, lengthOf(ref)));
    if (hasRoom != 0) store<u32>(at, room, 12);
    to += room;
  }
  return <i32>(to - arena);
}

@inline
function roomOf(ref: u64, hasRoom: u32): u32 {
  const length = <u32>lengthOf(ref);
  return hasRoom != 0 ? (length + 15) & ~15 : length;
}

/** Adds `distance` (of 32 bits, wrapping) to the addresses in a field; a reference of 0 stays. */
export function shiftTexts(tuples: usize, n: u32, field: usize, distance: u32): void {
  for (let row: u32 = 0; row < n; row++) {
    const at = fieldAt(tuples, row, field);
    if (load<u64>(at) != 0) store<u32>(at, load<u32>(at) + distance);
  }
}

@inline
function fieldAt(tuples: usize, row: u32, field: usize): usize {
  return <usize>load<u32>(tuples + (<usize>row << 2)) + field;
}
