export * from "./relational";
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
export { combineCodes, usedCodes } from "./codes";
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
export {
  addConstantI32,
  addConstantI64,
  addI32,
  addI64,
  mulConstantI32,
  mulConstantI64,
  mulI32,
  mulI32ToI64,
  mulI64,
  rsubConstantI32,
  rsubConstantI64,
  subConstantI32,
  subConstantI64,
  subI32,
  subI64,
} from "./integer-arithmetic";
export {
  absI32,
  absI64,
  divConstantI32,
  divConstantI64,
  divI32,
  divI64,
  modConstantI32,
  modConstantI64,
  modI32,
  modI64,
  negI32,
  negI64,
  scaleDownI64,
} from "./integer-division";
export {
  absF64,
  addConstantF64,
  addF64,
  ceilF64,
  divConstantF64,
  divF64,
  floorF64,
  mulConstantF64,
  mulF64,
  negF64,
  roundF64,
  rsubConstantF64,
  subConstantF64,
  subF64,
} from "./float-arithmetic";
export { f64ToI32, f64ToI64, i32ToF64, i32ToI64, i64ToF64, i64ToI32, roundF32 } from "./convert";
export {
  dateAddDays,
  dateAddDaysConstant,
  dateDay,
  dateMonth,
  dateQuarter,
  dateSubtract,
  dateToTimestamp,
  dateTruncMonth,
  dateTruncQuarter,
  dateTruncYear,
  dateYear,
  timestampHour,
  timestampMicrosOfMinute,
  timestampMinute,
  timestampToDate,
  timestampTrunc,
} from "./date";
export { prefixStr, suffixStr } from "./text-constant";
export { containsStr, likeStr } from "./text-search";
export { lengthStr, octetLengthStr, rtrimStr, substringStr } from "./string";
export { concatStr, copyStr, lowerStr, upperStr } from "./string-build";
