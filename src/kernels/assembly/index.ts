export { compress, decompress } from "./lz4";
export { unpack } from "./bit-packing";
