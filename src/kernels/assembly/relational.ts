// What groups, joins and sorts are made of.
export { hashBool, hashF64, hashI32, hashI64, hashStr } from "./hash";
export {
  copyStrings,
  readFieldBool,
  readField64,
  readFieldI32,
  readHashes,
  readState64,
  readStateBool,
  readStateI32,
  readSumInt,
  stringBytes,
  tupleAddresses,
  writeField64,
  writeFieldBool,
  writeFieldI32,
  writeHashes,
} from "./tuples";
export { groupFind, groupGrow } from "./groups";
export {
  groupAnd,
  groupCount,
  groupMaxF64,
  groupMaxI32,
  groupMaxI64,
  groupMaxStr,
  groupMinF64,
  groupMinI32,
  groupMinI64,
  groupMinStr,
  groupOr,
  groupSumF64,
  groupSumI32,
  groupSumI64,
  groupVarF64,
} from "./group-aggregate";
export {
  totalAnd,
  totalCount,
  totalMaxF64,
  totalMaxI32,
  totalMaxI64,
  totalMaxStr,
  totalMinF64,
  totalMinI32,
  totalMinI64,
  totalMinStr,
  totalOr,
  totalSumF64,
  totalSumI32,
  totalSumI64,
  totalVarF64,
} from "./total-aggregate";
export {
  mergeAnd,
  mergeCount,
  mergeMaxF64,
  mergeMaxInt,
  mergeMaxStr,
  mergeMinF64,
  mergeMinInt,
  mergeMinStr,
  mergeOr,
  mergeSumF64,
  mergeSumInt,
  mergeVarF64,
} from "./merge-aggregate";
export {
  directCandidates,
  directInsert,
  joinCandidates,
  joinExists,
  joinInsert,
  joinProbe,
  markRows,
  markTuples,
  readMatched,
} from "./joins";
export { denseCandidates, denseList, densePlaces, denseSetI32, denseSetI64, groupDirect, groupPlace } from "./dense";
export { bloomInsert, bloomTest } from "./bloom";
export { sortKeyBool, sortKeyF64, sortKeyI32, sortKeyI64, sortKeyStr, topMask } from "./sort-key";
export { mergeSorted, sortedStarts, sortTuples, tupleSortKeys } from "./sort";
export { copyTuples, packTexts, partition, partitionPlaces, shiftTexts, tuplesAt } from "./spill";
