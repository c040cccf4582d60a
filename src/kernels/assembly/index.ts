export { compress, decompress } from "./lz4";
export { unpack, unpackI32, unpackI64 } from "./bit-packing";
export { bitsToBytes, codesInRange, f32ToF64, fitsI32, narrowI64, stringRefs, runsI32, runsI64 } from "./decode";
export {
  betweenF64,
  betweenI32,
  betweenI64,
  compareConstantF64,
  compareConstantI32,
  compareConstantI64,
  compareF64,
  compareI32,
  compareI64,
} from "./compare";
export { compareConstantStr, compareStr, inListStr } from "./compare-text";
export { inListI32, inListI64 } from "./in-list";
export {
  andBool,
  countMask,
  isNotNull,
  isNull,
  maskAnd,
  maskAndNot,
  maskAnyAll,
  maskOr,
  maskXor,
  notBool,
  orBool,
  orNulls,
} from "./logic";
export {
  blend32,
  blend64,
  blend8,
  fill32,
  fill64,
  fill8,
  gather32,
  gather64,
  gather8,
  iota,
  lookup32,
  lookup64,
  lookup8,
  scatter32,
  scatter64,
  scatter8,
  select,
} from "./select";
