// Selections, and moving rows by them: the twin of ../twin/select.ts.

export function select(mask: usize, nulls: usize, n: usize, dst: usize): u32 {
  let to = dst;
  let at: usize = 0;
  for (; at + 16 <= n; at += 16) {
    let rows = v128.load(mask + at);
    if (nulls != 0) rows = v128.andnot(rows, v128.load(nulls + at));
    let bits = <u32>i8x16.bitmask(i8x16.shl(rows, 7));
    if (bits == 0) continue;
    if (bits == 0xffff) {
      const first = i32x4.add(i32x4.splat(<i32>at), i32x4(0, 1, 2, 3));
      v128.store(to, first);
      v128.store(to, i32x4.add(first, i32x4.splat(4)), 16);
      v128.store(to, i32x4.add(first, i32x4.splat(8)), 32);
      v128.store(to, i32x4.add(first, i32x4.splat(12)), 48);
      to += 64;
      continue;
    }
    if (popcnt<u32>(bits) <= 4) {
      do {
        store<u32>(to, <u32>at + ctz<u32>(bits));
        to += 4;
        bits &= bits - 1;
      } while (bits != 0);
      continue;
    }
    // Each row is written; only those that are selected move the place on.
    for (let row: u32 = 0; row < 16; row++) {
      store<u32>(to, <u32>at + row);
      to += ((bits >> row) & 1) << 2;
    }
  }
  for (; at < n; at++) {
    store<u32>(to, <u32>at);
    const isTrue = <usize>load<u8>(mask + at) & ~(nulls == 0 ? 0 : <usize>load<u8>(nulls + at));
    to += isTrue << 2;
  }
  return <u32>((to - dst) >> 2);
}

@inline
function gather<T>(src: usize, selection: usize, m: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= m; at += 4) {
    const from = selection + (at << 2);
    const a = load<T>(src + <usize>load<u32>(from) * sizeof<T>());
    const b = load<T>(src + <usize>load<u32>(from, 4) * sizeof<T>());
    const c = load<T>(src + <usize>load<u32>(from, 8) * sizeof<T>());
    const d = load<T>(src + <usize>load<u32>(from, 12) * sizeof<T>());
    const to = dst + at * sizeof<T>();
    store<T>(to, a);
    store<T>(to, b, sizeof<T>());
    store<T>(to, c, 2 * sizeof<T>());
    store<T>(to, d, 3 * sizeof<T>());
  }
  for (; at < m; at++) store<T>(dst + at * sizeof<T>(), load<T>(src + <usize>load<u32>(selection + (at << 2)) * sizeof<T>()));
}

export function gather8(src: usize, selection: usize, m: usize, dst: usize): void {
  gather<u8>(src, selection, m, dst);
}

export function gather32(src: usize, selection: usize, m: usize, dst: usize): void {
  gather<u32>(src, selection, m, dst);
}

export function gather64(src: usize, selection: usize, m: usize, dst: usize): void {
  gather<u64>(src, selection, m, dst);
}

export function lookup8(codes: usize, table: usize, n: usize, dst: usize): void {
  gather8(table, codes, n, dst);
}

export function lookup32(codes: usize, table: usize, n: usize, dst: usize): void {
  gather32(table, codes, n, dst);
}

export function lookup64(codes: usize, table: usize, n: usize, dst: usize): void {
  gather64(table, codes, n, dst);
}

@inline
function scatter<T>(src: usize, selection: usize, m: usize, dst: usize): void {
  for (let at: usize = 0; at < m; at++) store<T>(dst + <usize>load<u32>(selection + (at << 2)) * sizeof<T>(), load<T>(src + at * sizeof<T>()));
}

export function scatter8(src: usize, selection: usize, m: usize, dst: usize): void {
  scatter<u8>(src, selection, m, dst);
}

export function scatter32(src: usize, selection: usize, m: usize, dst: usize): void {
  scatter<u32>(src, selection, m, dst);
}

export function scatter64(src: usize, selection: usize, m: usize, dst: usize): void {
  scatter<u64>(src, selection, m, dst);
}

export function blend8(mask: usize, whenTrue: usize, whenFalse: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at += 16) {
    v128.store(dst + at, v128.bitselect(v128.load(whenTrue + at), v128.load(whenFalse + at), i8x16.neg(v128.load(mask + at))));
  }
}

export function blend32(mask: usize, whenTrue: usize, whenFalse: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 8 <= n; at += 8) {
    const wide = i16x8.neg(v128.load_ext<u8>(mask + at));
    const from = at << 2;
    const low = v128.bitselect(v128.load(whenTrue + from), v128.load(whenFalse + from), i32x4.extend_low_i16x8_s(wide));
    const high = v128.bitselect(v128.load(whenTrue + from, 16), v128.load(whenFalse + from, 16), i32x4.extend_high_i16x8_s(wide));
    v128.store(dst + from, low);
    v128.store(dst + from, high, 16);
  }
  for (; at < n; at++) {
    const from = (load<u8>(mask + at) != 0 ? whenTrue : whenFalse) + (at << 2);
    store<u32>(dst + (at << 2), load<u32>(from));
  }
}

export function blend64(mask: usize, whenTrue: usize, whenFalse: usize, n: usize, dst: usize): void {
  let at: usize = 0;
  for (; at + 4 <= n; at += 4) {
    const wide = i32x4.neg(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask + at))));
    const from = at << 3;
    const low = v128.bitselect(v128.load(whenTrue + from), v128.load(whenFalse + from), i64x2.extend_low_i32x4_s(wide));
    const high = v128.bitselect(v128.load(whenTrue + from, 16), v128.load(whenFalse + from, 16), i64x2.extend_high_i32x4_s(wide));
    v128.store(dst + from, low);
    v128.store(dst + from, high, 16);
  }
  for (; at < n; at++) {
    const from = (load<u8>(mask + at) != 0 ? whenTrue : whenFalse) + (at << 3);
    store<u64>(dst + (at << 3), load<u64>(from));
  }
}

@inline
function fill(value: v128, bytes: usize, dst: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(dst + at, value);
}

export function fill8(constant: usize, n: usize, dst: usize): void {
  fill(v128.load_splat<u8>(constant), n, dst);
}

export function fill32(constant: usize, n: usize, dst: usize): void {
  fill(v128.load_splat<u32>(constant), n << 2, dst);
}

export function fill64(constant: usize, n: usize, dst: usize): void {
  fill(v128.load_splat<u64>(constant), n << 3, dst);
}

export function iota(start: u32, n: usize, dst: usize): void {
  let value = i32x4.add(i32x4.splat(start), i32x4(0, 1, 2, 3));
  for (let at: usize = 0; at < n; at += 4) {
    v128.store(dst + (at << 2), value);
    value = i32x4.add(value, i32x4.splat(4));
  }
}
