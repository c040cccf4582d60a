/** Bytes in network order, one after the other. */
export class BinaryWriter {
  #bytes = new Uint8Array(16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  int8(value: number): void {
    const at = this.#advance(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#advance(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.#advance(4);
    this.#view.setInt32(at, value);
  }

  int64(value: bigint): void {
    const at = this.#advance(8);
    this.#view.setBigInt64(at, value);
  }

  float32(value: number): void {
    const at = this.#advance(4);
    this.#view.setFloat32(at, value);
  }

  float64(value: number): void {
    const at = this.#advance(8);
    this.#view.setFloat64(at, value);
  }

  append(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Makes room, which may replace `#view` and `#bytes`. */
  #advance(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
