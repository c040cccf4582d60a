export { compress } from "./lz4";
export { scanRecords, validText } from "./scan";
export { extractFields, fitStrings } from "./fields";
export { convertInt32, convertInt64, convertDecimal, convertFloat32, convertFloat64, convertBool } from "./numbers";
export { convertDate, convertTimestamp } from "./dates";
export { summary32, summary64, pack32, pack64, packCodes, runs32, runs64, bitmap } from "./integers";
export { buildDictionary, sortDictionary, boundsOfStrings, copyStrings, moveStrings, totalLength } from "./strings";
export { writeKeys, firstDisorder, sharedBytes, writeKeyChunk } from "./keys";
export { headsOfKeys, sortRows, orderOfRows, gather1, gather4, gather8, gatherKeys } from "./order";
