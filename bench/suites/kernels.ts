/** Nanoseconds a value of the hot kernels, compiled and as their twins in TypeScript, over full vectors in a core's own cache. */
import { packBits } from '../../src/kernels/bit-packing.ts';
import { COMPARE } from '../../src/kernels/interface/compare.ts';
import { loadKernels, twinKernels, type Kernels } from '../../src/kernels/kernels.ts';
import { compileLike } from '../../src/kernels/like-pattern.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { figure, type Figure } from '../report.ts';

const ROWS = 2048;
const ROUNDS = 30;
const CALLS = 50;

interface Case {
  readonly name: string;
  readonly run: (kernels: Kernels) => unknown;
}

/** Each kernel over vectors of numbers that repeat after ROWS. */
export function kernels(options: BenchOptions): Figure[] {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
  const compiled = loadKernels(memory, false);
  if (compiled === undefined) throw new Error('this host compiles WebAssembly');
  const twins = twinKernels(memory);
  return casesOver(memory)
    .filter(({ name }) => isWanted(options, name))
    .map(({ name, run }) => {
      const ours = nanoseconds(() => run(compiled), CALLS);
      const peer = options.isAlone ? {} : { peer: nanoseconds(() => run(twins), 1), peerName: 'twin' };
      return figure({ suite: 'kernels', case: name, ours, ...peer, unit: 'ns', rounds: ROUNDS, consistency: 'none', durability: 'none' });
    });
}

/** The best of many short rounds, which others on the machine do not all meet; after as many that are not counted. */
function nanoseconds(run: () => unknown, calls: number): number {
  let best = Infinity;
  for (let round = -ROUNDS; round < ROUNDS; round++) {
    const started = performance.now();
    for (let call = 0; call < calls; call++) run();
    if (round >= 0) best = Math.min(best, performance.now() - started);
  }
  return (best * 1e6) / calls / ROWS;
}

function casesOver(memory: WebAssembly.Memory): Case[] {
  const bytes = new Uint8Array(memory.buffer);
  let used = 64;
  const room = (length: number): number => {
    const address = used;
    used += ((length + 15) & ~15) + 16;
    return address;
  };
  const put = (data: ArrayBufferView): number => {
    const address = room(data.byteLength);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
    return address;
  };
  /** Numbers below `bound` that follow no pattern. */
  const noise = (at: number, bound: number): number => (Math.imul(at + 1, 0x9e3779b1) >>> 3) % bound;
  const numbers = Array.from({ length: ROWS }, (_, at) => noise(at, 100_000));

  const i32 = put(Int32Array.from(numbers));
  const i64 = put(BigInt64Array.from(numbers, BigInt));
  const other64 = put(BigInt64Array.from(numbers, (value) => BigInt(value * 3)));
  const wide64 = put(BigInt64Array.from(numbers, (value) => BigInt(value) << 36n));
  const f64 = put(Float64Array.from(numbers, (value) => value / 7));
  const half = put(Uint8Array.from(numbers, (value) => value & 1));
  const tenth = put(Uint8Array.from(numbers, (value) => Number(value % 10 === 0)));
  const selection = put(Uint32Array.from(numbers.keys()).filter((at) => at % 2 === 0));
  const codes = put(Uint32Array.from(numbers, (value) => value % 100));
  const cell32 = put(Int32Array.of(50_000));
  const cell64 = put(BigInt64Array.of(50_000n));
  const cellFloat = put(Float64Array.of(7000));
  const dates = put(Int32Array.from(numbers, (value) => (value % 9000) - 4000));
  const packed = (width: number): number =>
    put(
      packBits(
        Uint32Array.from(numbers, (value) => value % 2 ** width),
        ROWS,
        width,
      ),
    );
  const [packed7, packed13, packed20, packed30] = [7, 13, 20, 30].map(packed);
  const bits = put(Uint8Array.from({ length: ROWS / 8 }, (_, at) => noise(at, 256)));
  const dst = room(ROWS * 8);

  const encoder = new TextEncoder();
  const texts = (of: (at: number) => string, gap: number): number => {
    const refs = new Uint32Array(ROWS * 2);
    for (let at = 0; at < ROWS; at++) {
      const text = encoder.encode(of(at));
      refs.set([used, text.length], at * 2);
      bytes.set(text, used);
      used += text.length + gap;
    }
    used = (used + 31) & ~15;
    return put(refs);
  };
  const text = (address: number, value: Uint8Array): number => {
    const at = put(value);
    new Uint32Array(memory.buffer).set([at, value.length], address / 4);
    return address;
  };
  const words = (at: number): string => `row ${noise(at, 100_000).toString(36)} ok`;
  const short = texts(words, 0);
  const apart = texts(words, 40);
  const long = texts((at) => `the quick brown ${noise(at, 1000).toString(3)} jumps over lazy dogs`, 0);
  const needle = text(room(8), encoder.encode('x'));
  const word = text(room(8), encoder.encode('row 1'));
  const absent = text(room(8), encoder.encode('~'));
  const rare = text(room(8), encoder.encode('xyz'));
  const common = text(room(8), encoder.encode('ow'));
  const pattern = put(compileLike('%quick%111%', '')?.bytes ?? new Uint8Array());
  const arena = room(ROWS * 64);

  return [
    { name: 'compareI32', run: (k) => k.compareI32(COMPARE.lt, i32, i32, ROWS, dst) },
    { name: 'compareConstantI32', run: (k) => k.compareConstantI32(COMPARE.lt, i32, cell32, ROWS, dst) },
    { name: 'compareI64', run: (k) => k.compareI64(COMPARE.lt, i64, other64, ROWS, dst) },
    { name: 'compareConstantI64', run: (k) => k.compareConstantI64(COMPARE.lt, i64, cell64, ROWS, dst) },
    { name: 'compareConstantF64', run: (k) => k.compareConstantF64(COMPARE.lt, f64, cellFloat, ROWS, dst) },
    { name: 'compareConstantStr_eq', run: (k) => k.compareConstantStr(COMPARE.eq, short, word, ROWS, dst) },
    { name: 'compareConstantStr_lt', run: (k) => k.compareConstantStr(COMPARE.lt, short, word, ROWS, dst) },
    { name: 'betweenI64', run: (k) => k.betweenI64(i64, cell64, cell64, ROWS, dst) },
    { name: 'andBool', run: (k) => k.andBool(half, 0, tenth, 0, ROWS, dst, 0) },
    { name: 'countMask', run: (k) => k.countMask(half, ROWS) },
    { name: 'select_half', run: (k) => k.select(half, 0, ROWS, dst) },
    { name: 'select_tenth', run: (k) => k.select(tenth, 0, ROWS, dst) },
    { name: 'gather64_half', run: (k) => k.gather64(i64, selection, ROWS / 2, dst) },
    { name: 'lookup32', run: (k) => k.lookup32(codes, i32, ROWS, dst) },
    { name: 'blend64', run: (k) => k.blend64(half, i64, other64, ROWS, dst) },
    { name: 'addI32', run: (k) => k.addI32(i32, i32, 0, ROWS, dst) },
    { name: 'addI64', run: (k) => k.addI64(i64, other64, 0, ROWS, dst) },
    { name: 'mulI64_narrow', run: (k) => k.mulI64(i64, other64, 0, ROWS, dst) },
    { name: 'mulI64_wide', run: (k) => k.mulI64(wide64, wide64, 0, ROWS, dst) },
    { name: 'mulConstantI64', run: (k) => k.mulConstantI64(wide64, cell64, 0, ROWS, dst) },
    { name: 'rsubConstantI64', run: (k) => k.rsubConstantI64(i64, cell64, 0, ROWS, dst) },
    { name: 'divConstantI64', run: (k) => k.divConstantI64(i64, cell64, 0, ROWS, dst) },
    { name: 'mulF64', run: (k) => k.mulF64(f64, f64, 0, ROWS, dst) },
    { name: 'divF64', run: (k) => k.divF64(f64, f64, 0, ROWS, dst) },
    { name: 'i64ToF64', run: (k) => k.i64ToF64(i64, ROWS, dst) },
    { name: 'dateYear', run: (k) => k.dateYear(dates, 0, ROWS, dst) },
    { name: 'unpackI32_7', run: (k) => k.unpackI32(packed7, 0, ROWS, 7, cell64, dst) },
    { name: 'unpackI64_13', run: (k) => k.unpackI64(packed13, 0, ROWS, 13, cell64, dst) },
    { name: 'unpackI64_20', run: (k) => k.unpackI64(packed20, 0, ROWS, 20, cell64, dst) },
    { name: 'unpackI64_30', run: (k) => k.unpackI64(packed30, 0, ROWS, 30, cell64, dst) },
    { name: 'bitsToBytes', run: (k) => k.bitsToBytes(bits, 0, ROWS, dst) },
    { name: 'fitsI32', run: (k) => k.fitsI32(i64, ROWS) },
    { name: 'containsStr_short', run: (k) => k.containsStr(short, needle, ROWS, dst) },
    { name: 'containsStr_none', run: (k) => k.containsStr(short, absent, ROWS, dst) },
    { name: 'containsStr_one', run: (k) => k.containsStr(short, rare, ROWS, dst) },
    { name: 'containsStr_all', run: (k) => k.containsStr(short, common, ROWS, dst) },
    { name: 'containsStr_apart', run: (k) => k.containsStr(apart, needle, ROWS, dst) },
    { name: 'likeStr_long', run: (k) => k.likeStr(long, pattern, ROWS, dst) },
    { name: 'prefixStr', run: (k) => k.prefixStr(short, word, ROWS, dst) },
    { name: 'lengthStr', run: (k) => k.lengthStr(short, ROWS, dst) },
    { name: 'substringStr', run: (k) => k.substringStr(short, 1, 2, ROWS, dst) },
    { name: 'upperStr', run: (k) => k.upperStr(short, ROWS, arena, arena + ROWS * 64, dst) },
    { name: 'concatStr', run: (k) => k.concatStr(short, short, ROWS, arena, arena + ROWS * 64, dst) },
  ];
}
