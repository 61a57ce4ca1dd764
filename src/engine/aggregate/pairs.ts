/** Records and the slots that they count in: what windows give to the aggregates. A record may count in several slots. */
export class Pairs {
  /** Index of the record in its batch; the pairs of a record follow each other. */
  readonly rows = new Int32Array(pairsMax);
  readonly slots = new Int32Array(pairsMax);
  count = 0;

  push(row: number, slot: number): void {
    this.rows[this.count] = row;
    this.slots[this.count++] = slot;
  }

  /** Whether `more` pairs still fit. */
  fits(more: number): boolean {
    return this.count + more <= pairsMax;
  }
}

/** More than any record has windows, so that a record's pairs always fit together; small enough for the processor's cache. */
export const pairsMax = 1 << 15;
