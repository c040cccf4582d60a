// Dictionary codes of several columns as one: the twin of ../twin/codes.ts.

export function combineCodes(a: usize, b: usize, count: u32, n: usize, dst: usize): void {
  const times = i32x4.splat(count);
  for (let at: usize = 0; at < n << 2; at += 16) v128.store(dst + at, i32x4.add(i32x4.mul(v128.load(a + at), times), v128.load(b + at)));
}

export function usedCodes(codes: usize, n: usize, table: usize, dst: usize): u32 {
  let used: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const code = load<u32>(codes + (at << 2));
    const place = table + (<usize>code << 2);
    if (load<u32>(place) != 0) continue;
    store<u32>(dst + (<usize>used << 2), code);
    store<u32>(place, ++used);
  }
  return used;
}
