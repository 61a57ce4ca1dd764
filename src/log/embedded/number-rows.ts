/** Rows of numbers, one behind the other in one array: a hundred thousand of them are one piece of memory. */
export class NumberRows {
  readonly #width: number;
  #values: Float64Array;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#values = new Float64Array(width * 64);
  }

  get count(): number {
    return this.#count;
  }

  push(row: number[]): void {
    const at = this.#count * this.#width;
    if (at === this.#values.length) {
      const larger = new Float64Array(2 * at);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(row, at);
    this.#count++;
  }

  at(row: number, column: number): number {
    return this.#values[row * this.#width + column];
  }

  /** All rows, little-endian as every machine is that Node runs on. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#values.buffer, 0, this.#count * this.#width * 8);
  }

  /** Rows at the beginning of `bytes`, which need not be aligned. */
  static from(width: number, count: number, bytes: Uint8Array): NumberRows {
    const rows = new NumberRows(width);
    // An array of its own: 8-byte numbers want an aligned place.
    rows.#values = new Float64Array(Math.max(64, count) * width);
    new Uint8Array(rows.#values.buffer).set(bytes.subarray(0, count * width * 8));
    rows.#count = count;
    return rows;
  }
}
