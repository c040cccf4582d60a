import type { StringKernels } from '../interface/string.ts';
import type { MemoryViews } from './memory-views.ts';

export function stringTwin(memory: MemoryViews): StringKernels {
  const setRef = (address: number, from: number, length: number): void => {
    const words = memory.u32;
    words[address >>> 2] = from;
    words[(address >>> 2) + 1] = length;
  };
  /** `change` answers bytes for each row, or undefined to give up. */
  const build = (n: number, arena: number, arenaEnd: number, dst: number, change: (row: number) => Uint8Array | undefined): number => {
    let to = arena;
    for (let at = 0; at < n; at++) {
      const bytes = change(at);
      if (bytes === undefined || bytes.length > arenaEnd - to) return -1;
      memory.u8.set(bytes, to);
      setRef(dst + at * 8, to, bytes.length);
      to += bytes.length;
    }
    return to - arena;
  };
  const turned = (first: number): StringKernels['upperStr'] => {
    return (refs, n, arena, arenaEnd, dst) =>
      build(n, arena, arenaEnd, dst, (row) => {
        const bytes = memory.bytesOf(refs + row * 8);
        if (bytes.some((byte) => byte >= 0x80)) return undefined;
        return bytes.map((byte) => (byte >= first && byte < first + 26 ? byte ^ 0x20 : byte));
      });
  };

  return {
    lengthStr(refs, n, dst) {
      for (let at = 0; at < n; at++) {
        let count = 0;
        for (const byte of memory.bytesOf(refs + at * 8)) if ((byte & 0xc0) !== 0x80) count++;
        memory.i32[dst / 4 + at] = count;
      }
    },
    octetLengthStr(refs, n, dst) {
      for (let at = 0; at < n; at++) memory.i32[dst / 4 + at] = memory.i32[refs / 4 + at * 2 + 1];
    },
    rtrimStr(refs, n, dst) {
      for (let at = 0; at < n; at++) {
        const bytes = memory.bytesOf(refs + at * 8);
        let length = bytes.length;
        while (length > 0 && bytes[length - 1] === 0x20) length--;
        setRef(dst + at * 8, memory.u32[refs / 4 + at * 2], length);
      }
    },
    substringStr(refs, start, count, n, dst) {
      const first = Math.max(start, 1) - 1;
      const stop = count < 0 ? Infinity : start + count - 1;
      for (let at = 0; at < n; at++) {
        const bytes = memory.bytesOf(refs + at * 8);
        /** Where each character begins. */
        const starts = [...bytes.keys()].filter((place) => (bytes[place] & 0xc0) !== 0x80);
        const from = starts[first] ?? bytes.length;
        const to = stop <= first ? from : (starts[stop] ?? bytes.length);
        setRef(dst + at * 8, memory.u32[refs / 4 + at * 2] + from, to - from);
      }
    },
    copyStr: (refs, n, arena, arenaEnd, dst) => build(n, arena, arenaEnd, dst, (row) => memory.bytesOf(refs + row * 8).slice()),
    upperStr: turned(0x61),
    lowerStr: turned(0x41),
    concatStr(a, b, n, arena, arenaEnd, dst) {
      return build(n, arena, arenaEnd, dst, (row) => {
        const left = memory.bytesOf(a + row * 8);
        const right = memory.bytesOf(b + row * 8);
        const both = new Uint8Array(left.length + right.length);
        both.set(left);
        both.set(right, left.length);
        return both;
      });
    },
  };
}
