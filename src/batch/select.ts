import type { Batch, BatchColumn, Vector } from "./batch.ts";

/**
 * The records of `batch` at `indices`, in that order. Dictionaries are shared, not copied.
 *
 * @param indices - record indices, 0 to `batch.count - 1`; may repeat
 */
export function select(batch: Batch, indices: Int32Array): Batch {
  const done = new Map<Vector, Vector>();
  const take = (vector: Vector): Vector => {
    let taken = done.get(vector);
    if (taken === undefined) done.set(vector, (taken = takeVector(vector, indices)));
    return taken;
  };
  const columns = batch.columns.map(({ name, type, vector }): BatchColumn => ({ name, type, vector: take(vector) }));
  const timeColumn = batch.columns.findIndex((column) => column.type === "timestamp" && column.vector.kind === "f64" && column.vector.values === batch.eventTime);
  const eventTime = timeColumn >= 0 ? (columns[timeColumn].vector as Extract<Vector, { kind: "f64" }>).values : takeF64(batch.eventTime, indices);
  return {
    count: indices.length,
    columns,
    eventTime,
    keys: batch.keys && (take(batch.keys) as Batch["keys"]),
    headers: batch.headers && (take(batch.headers) as Batch["headers"]),
    tombstones: batch.tombstones && takeU8(batch.tombstones, indices),
    offsets: batch.offsets && takeI32(batch.offsets, indices),
  };
}

function takeVector(vector: Vector, indices: Int32Array): Vector {
  const valid = vector.valid && takeU8(vector.valid, indices);
  switch (vector.kind) {
    case "i32":
      return { kind: "i32", values: takeI32(vector.values, indices), valid };
    case "f64":
      return { kind: "f64", values: takeF64(vector.values, indices), valid };
    case "bool":
      return { kind: "bool", values: takeU8(vector.values, indices), valid };
    case "str":
      return { kind: "str", codes: takeI32(vector.codes, indices), dictionary: vector.dictionary, valid };
  }
}

// One function an array type, so that each loop stays of one type in the compiler's eyes.
function takeI32(values: Int32Array, indices: Int32Array): Int32Array {
  const out = new Int32Array(indices.length);
  for (let i = 0; i < indices.length; i++) out[i] = values[indices[i]];
  return out;
}

function takeF64(values: Float64Array, indices: Int32Array): Float64Array {
  const out = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i++) out[i] = values[indices[i]];
  return out;
}

function takeU8(values: Uint8Array, indices: Int32Array): Uint8Array {
  const out = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) out[i] = values[indices[i]];
  return out;
}

/** The records from `start` (inclusive) to `end` (exclusive), both clipped to the batch. The whole batch is returned as it is. */
export function slice(batch: Batch, start: number, end = batch.count): Batch {
  if (start === 0 && end === batch.count) return batch;
  start = Math.max(0, start);
  const indices = new Int32Array(Math.max(0, Math.min(end, batch.count) - start));
  for (let i = 0; i < indices.length; i++) indices[i] = start + i;
  return select(batch, indices);
}

/** A stretch of a batch whose first record, or the entry that it came from, stands at `offset`: see `offsetAt`. */
export interface Stretch {
  offset: number;
  batch: Batch;
}

/** The records from index `start` to `end` of what stands at `offset`, so that each keeps its offset. */
export function stretch({ offset, batch }: Stretch, start: number, end = batch.count): Stretch {
  // Offsets that a batch carries are counted from its entry, wherever it is cut.
  return { offset: batch.offsets ? offset : offset + start, batch: slice(batch, start, end) };
}

/** The offset of record `index`. */
export function offsetAt({ offset, batch }: Stretch, index: number): number {
  return offset + (batch.offsets ? batch.offsets[index] : index);
}

/** Without the records that only delete a key; the others keep their offsets. */
export function withoutTombstones(batch: Batch): Batch {
  const { tombstones, count, offsets } = batch;
  if (!tombstones?.subarray(0, count).includes(1)) return batch;
  const kept = Int32Array.from({ length: count }, (_, index) => index).filter((index) => tombstones[index] !== 1);
  return { ...select(batch, kept), tombstones: undefined, offsets: offsets ? kept.map((index) => offsets[index]) : kept };
}
