import { bytesOfBase64 } from './base64.ts';
import type { FloatArithmeticKernels, IntegerArithmeticKernels, IntegerDivisionKernels } from './interface/arithmetic.ts';
import type { BlockKernels } from './interface/block.ts';
import type { CodeKernels } from './interface/codes.ts';
import type { CompareKernels } from './interface/compare.ts';
import type { ConvertKernels } from './interface/convert.ts';
import type { DateKernels } from './interface/date.ts';
import type { DecodeKernels } from './interface/decode.ts';
import type { LogicKernels } from './interface/logic.ts';
import type { RelationalKernels } from './interface/relational.ts';
import type { SelectKernels } from './interface/select.ts';
import type { StringKernels, StringTestKernels } from './interface/string.ts';
import { blockTwin } from './twin/block.ts';
import { codesTwin } from './twin/codes.ts';
import { compareTwin } from './twin/compare.ts';
import { convertTwin } from './twin/convert.ts';
import { dateTwin } from './twin/date.ts';
import { decodeTwin } from './twin/decode.ts';
import { floatArithmeticTwin } from './twin/float-arithmetic.ts';
import { integerArithmeticTwin } from './twin/integer-arithmetic.ts';
import { integerDivisionTwin } from './twin/integer-division.ts';
import { logicTwin } from './twin/logic.ts';
import { MemoryViews, type KernelMemory } from './twin/memory-views.ts';
import { relationalTwin } from './twin/relational.ts';
import { selectTwin } from './twin/select.ts';
import { stringTestTwin } from './twin/string-test.ts';
import { stringTwin } from './twin/string.ts';
import { PRIVATE_KERNELS, SHARED_KERNELS } from './wasm.generated.ts';

/** Every kernel, over addresses in one memory. `loadKernels` compiles them; `twinKernels` are the same in TypeScript. */
export interface Kernels
  extends
    RelationalKernels,
    BlockKernels,
    DecodeKernels,
    CodeKernels,
    CompareKernels,
    LogicKernels,
    SelectKernels,
    IntegerArithmeticKernels,
    IntegerDivisionKernels,
    FloatArithmeticKernels,
    ConvertKernels,
    DateKernels,
    StringTestKernels,
    StringKernels {}

/** The kernels in plain TypeScript over `memory`: what the compiled ones must do, and what serves where there are none. */
export function twinKernels(memory: KernelMemory): Kernels {
  const views = new MemoryViews(memory);
  return overFreshViews(views, {
    ...relationalTwin(views),
    ...blockTwin(views),
    ...decodeTwin(views),
    ...codesTwin(views),
    ...compareTwin(views),
    ...logicTwin(views),
    ...selectTwin(views),
    ...integerArithmeticTwin(views),
    ...integerDivisionTwin(views),
    ...floatArithmeticTwin(views),
    ...convertTwin(views),
    ...dateTwin(views),
    ...stringTestTwin(views),
    ...stringTwin(views),
  });
}

/** Each twin, after a look whether the memory has grown. */
function overFreshViews(views: MemoryViews, twins: Kernels): Kernels {
  const fresh = Object.entries(twins as unknown as Record<string, (...given: number[]) => unknown>).map(([name, twin]) => [
    name,
    (...given: number[]) => {
      views.refresh();
      return twin(...given);
    },
  ]);
  return Object.fromEntries(fresh) as Kernels;
}

/** The kernels over `memory`; undefined where the host does not compile WebAssembly at run time: the twins then serve. */
export function loadKernels(memory: WebAssembly.Memory, isShared: boolean): Kernels | undefined {
  try {
    const module = new WebAssembly.Module(bytesOfBase64(isShared ? SHARED_KERNELS : PRIVATE_KERNELS));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return isKernels(exports) ? exports : undefined;
  } catch {
    return undefined;
  }
}

function isKernels(exports: object): exports is Kernels {
  const names = Object.keys(twinKernels({ buffer: new ArrayBuffer(0) }));
  return names.every((name) => typeof (exports as Record<string, unknown>)[name] === 'function');
}
