import type { Vector } from "../batch/batch.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import type { IcebergType } from "./iceberg-type.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";

/** Numbers the partitions that rows fall into, in the order in which they first appear. */
export class RowGroups {
  readonly #columns: PartitionColumn[];
  readonly #numbers = new Map<PartitionValue | undefined, number>();
  /** The partition of each group, by its number. */
  readonly partitions: PartitionValue[][] = [];

  constructor(columns: PartitionColumn[]) {
    this.#columns = columns;
  }

  /**
   * The group of each row.
   * @param sources - the vector of each partition column's source, of dates their days; absent where all rows are null
   */
  assign(sources: (Vector | undefined)[], count: number): Int32Array {
    const groups = new Int32Array(count);
    if (this.#columns.length === 0) {
      if (count > 0) this.#numberOf(undefined, () => []);
      return groups;
    }
    const columns = this.#columns.map((column, i) => partitionValues(column, sources[i], count));
    if (columns.length === 1) return this.#assignOne(columns[0], groups);
    for (let row = 0; row < count; row++) {
      const values = columns.map((column) => column[row]);
      // JSON keeps text and numbers apart; a bigint is the only value that it does not know.
      const key = JSON.stringify(values, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
      groups[row] = this.#numberOf(key, () => values);
    }
    return groups;
  }

  /** Neighbours mostly share a partition: a look at the last value saves the map. */
  #assignOne(values: PartitionValue[], groups: Int32Array): Int32Array {
    let last: PartitionValue | undefined;
    let group = 0;
    for (let row = 0; row < groups.length; row++) {
      const value = values[row];
      if (value !== last || row === 0) {
        group = this.#numberOf(value, () => [value]);
        last = value;
      }
      groups[row] = group;
    }
    return groups;
  }

  #numberOf(key: PartitionValue | undefined, values: () => PartitionValue[]): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.partitions.length;
      this.#numbers.set(key, number);
      this.partitions.push(values());
    }
    return number;
  }
}

function partitionValues({ transform, sourceType }: PartitionColumn, source: Vector | undefined, count: number): PartitionValue[] {
  const values = new Array<PartitionValue>(count).fill(null);
  if (source === undefined) return values;
  const valueAt = source.kind === "str" ? textReader(source) : numberReader(source, sourceType);
  const sameAs = likenessReader(source, sourceType, transform.name);
  let lastLikeness: number | undefined;
  let last: PartitionValue = null;
  for (let row = 0; row < count; row++) {
    if (source.valid && source.valid[row] === 0) continue;
    const likeness = sameAs(row);
    if (likeness !== lastLikeness) {
      last = transform.apply(valueAt(row), sourceType);
      lastLikeness = likeness;
    }
    values[row] = last;
  }
  return values;
}

/** A number that two rows share only when their partition is the same. Rows of one hour share every calendar transform. */
function likenessReader(source: Vector, type: IcebergType, transform: string): (row: number) => number {
  if (source.kind === "str") return (row) => source.codes[row];
  const { values } = source;
  if (type !== "timestamptz" || !["year", "month", "day", "hour"].includes(transform)) return (row) => values[row];
  return (row) => Math.floor(Math.round(values[row] * 1000) / 3_600_000_000);
}

function textReader({ codes, dictionary }: Extract<Vector, { kind: "str" }>): (row: number) => SourceValue {
  return (row) => dictionary.at(codes[row]);
}

function numberReader(source: Exclude<Vector, { kind: "str" }>, type: IcebergType): (row: number) => SourceValue {
  const { values } = source;
  if (type === "boolean") return (row) => values[row] !== 0;
  if (type === "timestamptz") return (row) => microsOf(values[row]);
  return (row) => values[row];
}

function microsOf(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1000n + BigInt(Math.round((ms - whole) * 1000));
}
