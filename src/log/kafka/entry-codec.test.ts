import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Batch, Header } from "../../batch/batch.ts";
import { BatchBuilder } from "../../batch/builder.ts";
import { headersAt, keyAt, rowReader } from "../../batch/rows.ts";
import { MillraceError } from "../../errors.ts";
import type { Column } from "../../model/manifest.ts";
import { type ValueFormat, valueFormats } from "../../model/value-format.ts";
import type { Entry, Output } from "../driver.ts";
import { unreadableIn } from "../unreadable.ts";
import { decodePartition, type DecodeOptions } from "./entry-decode.ts";
import { type EncodeOptions, encodeOutputs } from "./entry-encode.ts";
import type { FetchedPartition } from "./kafka-port.ts";
import { encodeHeaders, type RecordBatch, RecordBatchWriter, stamp, whole } from "./record-batch.ts";
import type { RecordSchema } from "./record-schemas.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: true },
  { name: "text", type: "string", nullable: true },
  { name: "n", type: "number", nullable: true },
  { name: "at", type: "timestamp", nullable: true },
  { name: "flag", type: "boolean", nullable: true },
  { name: "more", type: "json", nullable: true },
  { name: "day", type: "date", nullable: true },
];

/** What stands behind the ids that headers name. */
const written = new Map<string, RecordSchema>();
const options: DecodeOptions = { spec: { name: "t", decl: { name: "t", columns, schema: {}, partitions: 1, eventTime: "at" } }, values: "json", schemaOf: (id) => written.get(id), decompress: (_, bytes) => bytes, from: 0, bytesMax: 1e9 };

/** Batches as a broker gives them, one behind the other from offset 0 on. */
function fetched(batches: RecordBatch[], aborted: FetchedPartition["aborted"] = []): FetchedPartition {
  let offset = 0;
  for (const { bytes, count } of batches) {
    bytes.writeBigInt64BE(BigInt(offset), 0);
    offset += count;
  }
  return { topic: "t", partition: 0, fault: 0, end: offset, aborted, records: Buffer.concat(batches.map(({ bytes }) => bytes)) };
}

type Written = Omit<Output, "topic" | "partition">;

function encodeAs(values: ValueFormat, outputs: Written[], more: Partial<EncodeOptions["spec"]> = {}): RecordBatch[] {
  const { batches, schemas } = encodeOutputs(outputs.map((output) => ({ topic: "t", partition: 0, ...output })), { spec: { ...options.spec, ...more }, values, nowMs: 5 });
  for (const { id, schema } of schemas) written.set(id, schema);
  return batches;
}

const encode = (...outputs: Written[]): RecordBatch[] => encodeAs("json", outputs);
const decode = (batches: RecordBatch[], more: Partial<DecodeOptions> = {}): Entry[] => decodePartition(fetched(batches), { ...options, ...more }).entries;
const rows = ({ batch }: Entry): object[] => Array.from({ length: batch?.count ?? 0 }, (_, i) => rowReader(batch as Batch)(i));

function batchOf(records: object[], more: { key?: string | null; headers?: Header[]; eventTime?: number } = {}): Batch {
  const builder = new BatchBuilder({ columns, where: "test" });
  for (const record of records) builder.append(record, 1_000, more);
  return builder.finish();
}

test.each(valueFormats)("values come back as they are from %s", (values) => {
  const texts = ["", "plain", "ü €\u{1f600}", "quote \" back \\ slash / line\nend\u0000\u001f", "\ud800 alone", " \t ", "}{,\":"];
  const numbers = [0, -0, 1, -1, 999_999_999, 1e9, 1e15, 123456789012345.6, 0.1, 1 / 3, -2.5e-300, 5e-324, Number.MAX_VALUE, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const times = ["2024-02-29T12:00:00.123Z", "1969-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.000Z", "-000001-01-01T00:00:00.000Z"];
  const nested = [null, 1, "x", [], {}, { a: [1, { b: "}\"]" }], c: null }, "a\"b,c"];
  const records = Array.from({ length: 119 }, (_, i) => ({
    id: i % 11 === 0 ? null : [i, -i, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER][i % 4],
    text: i % 13 === 0 ? null : texts[i % 7],
    n: numbers[i % 17],
    at: times[i % 5],
    flag: [true, false, null][i % 3],
    more: nested[i % 7],
    day: [null, "2024-02-29", "0001-01-01", "1999-12-31"][i % 4],
  }));
  // One by one and all together: what one record needs must not change how another is read.
  for (const some of [records, ...records.map((record) => [record])]) {
    const [entry] = decode(encodeAs(values, [{ batch: batchOf(some) }]));
    expect(rows(entry)).toEqual(some.map((record) => ({ ...record, text: record.text?.toWellFormed() ?? null })));
  }
});

test.each([[900.5, 900], [-5, 0], [Number.NEGATIVE_INFINITY, 0], [Number.POSITIVE_INFINITY, 2_000], [3_000, 2_000]])("a marker of watermark %d has the time %d, by which Kafka removes it with the records it speaks of", (watermark, time) => {
  const { batches } = encodeOutputs([{ topic: "t", partition: 0, mark: { lane: "l", watermark, status: "end" } }], { spec: options.spec, values: "json", nowMs: 2_000 });
  const maxTimeAt = 35;
  expect(batches.map(({ bytes }) => Number(bytes.readBigInt64BE(maxTimeAt)))).toEqual([time]);
});

test("what the log's headers say of another topic means nothing where somebody has handed them on", () => {
  const elsewhere: Column[] = [{ name: "id", type: "integer", nullable: true }, { name: "other", type: "string", nullable: true }];
  const builder = new BatchBuilder({ columns: elsewhere, where: "test" });
  builder.append({ id: 1, other: "x" }, -0.5, { headers: [["a", "1"]] });
  const handed = encodeAs("json", [{ batch: builder.finish(), mark: { lane: "stage/0", watermark: 9_000, status: "active" } }], { name: "elsewhere" });
  const [{ batch, mark, appendedAt }] = decode(handed, { schemaOf: () => undefined });
  expect((batch as Batch).columns.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
  expect(rowReader(batch as Batch)(0)).toMatchObject({ id: 1, text: null });
  expect([headersAt(batch as Batch, 0), mark, (batch as Batch).eventTime[0], appendedAt]).toEqual([[["a", "1"]], undefined, 0, 0]);
  const own = encodeAs("json", [{ batch: batchOf([{ id: 1 }]), mark: { lane: "stage/0", watermark: 9_000, status: "active" } }]);
  expect(decode(own)[0].mark).toEqual({ lane: "stage/0", watermark: 9_000, status: "active" });
});

test.each(["json", "columnar"] as const)("a field may have any name in %s", (values) => {
  const odd: Column[] = [{ name: 'te"xt\n', type: "string", nullable: false }];
  const builder = new BatchBuilder({ columns: odd, where: "test" });
  builder.append({ 'te"xt\n': "x" }, 1);
  expect(rows(decode(encodeAs(values, [{ batch: builder.finish() }]))[0])).toEqual([{ 'te"xt\n': "x" }]);
});

test.each(valueFormats)("keys, headers, event times and tombstones come back from %s", (values) => {
  const builder = new BatchBuilder({ columns, where: "test" });
  builder.append({ id: 1 }, -0.5, { key: "k", headers: [["a", "1"], ["", ""], ["a", "ü"]] });
  builder.append({ id: 2 }, 1e15);
  builder.appendTombstone("gone", 17.25);
  const [{ batch, offset, next, appendedAt }] = decode(encodeAs(values, [{ batch: builder.finish() }]));
  const read = batch as Batch;
  expect([0, 1, 2].map((i) => keyAt(read, i))).toEqual(["k", null, "gone"]);
  expect([0, 1, 2].map((i) => headersAt(read, i))).toEqual([[["a", "1"], ["", ""], ["a", "ü"]], [], []]);
  expect([...read.eventTime]).toEqual([-0.5, 1e15, 17.25]);
  expect([...(read.tombstones ?? [])]).toEqual([0, 0, 1]);
  expect({ offset, next, appendedAt }).toEqual({ offset: 0, next: 3, appendedAt: 5 });
});

test.each(valueFormats)("a header that is the log's own is nobody else's, in %s", (values) => {
  for (const name of ["mr.log.mark", "mr.schema"]) expect(() => encodeAs(values, [{ batch: batchOf([{ id: 1 }], { headers: [[name, "{}"]] }) }])).toThrow(expect.objectContaining({ code: "MR-LOG-011" }));
});

test.each(valueFormats)("outputs stay apart, each with its mark, and read from anywhere among them, in %s", (values) => {
  const mark = { lane: "l", watermark: 7, status: "active" } as const;
  const batches = encodeAs(values, [{ batch: batchOf([{ id: 0 }, { id: 1 }]) }, { batch: batchOf([{ id: 2 }]), mark }, { mark }, { batch: batchOf([{ id: 4 }, { id: 5 }]) }]);
  expect(batches).toHaveLength(1);
  const shape = (entries: Entry[]) => entries.map(({ offset, next, mark, batch }) => [offset, next, batch?.count, mark?.watermark]);
  expect(shape(decode(batches))).toEqual([[0, 2, 2, undefined], [2, 3, 1, 7], [3, 4, undefined, 7], [4, 6, 2, undefined]]);
  expect(shape(decode(batches, { from: 3 }))).toEqual([[3, 4, undefined, 7], [4, 6, 2, undefined]]);
  expect(shape(decode(batches, { from: 5 }))).toEqual([[4, 6, 2, undefined]]);
  expect(shape(decode(batches, { bytesMax: 1 }))).toEqual([[0, 2, 2, undefined]]);
});

test("records of all formats stand side by side in a topic, whatever it is set to now", () => {
  const batches = [...valueFormats, ...valueFormats].flatMap((values, id) => encodeAs(values, [{ batch: batchOf([{ id, more: { values } }, { id: id + 10 }]) }]));
  const theirs = new RecordBatchWriter();
  theirs.add(9, undefined, whole(Buffer.from('{"id":99}')));
  const wanted = [0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15];
  for (const values of valueFormats) {
    const entries = decode(batches, { values });
    expect(entries.flatMap(rows).map((row) => (row as { id: number }).id)).toEqual(wanted);
    expect(entries.map(({ offset, next }) => [offset, next])).toEqual([0, 2, 4, 6, 8, 10].map((offset) => [offset, offset + 2]));
  }
  // What somebody else writes into a topic of columns is JSON.
  for (const values of ["json", "columnar"] as const) expect(decode([...batches, theirs.finish()], { values }).flatMap(rows).at(-1)).toMatchObject({ id: 99 });
});

test("columns that are too large for one batch of Kafka are cut, and none is lost", () => {
  const text = randomBytes(600_000).toString("hex");
  const records = Array.from({ length: 40 }, (_, id) => ({ id, text: `${id}${text}` }));
  const mark = { lane: "l", watermark: 7, status: "active" } as const;
  const batches = encodeAs("columnar", [{ batch: batchOf([{ id: -1 }]) }, { batch: batchOf(records), mark }]);
  expect(batches.length).toBeGreaterThan(1);
  const entries = decode(batches);
  expect(entries.flatMap(rows).map((row) => (row as { id: number }).id)).toEqual([-1, ...records.map(({ id }) => id)]);
  expect(entries.map((entry) => entry.mark)).toEqual([...entries.slice(1).map(() => undefined), mark]);
});

/** Kafka's own record of how a transaction ended. */
function ending(producer: bigint, commit: boolean): RecordBatch {
  const writer = new RecordBatchWriter();
  writer.add(0, whole(Buffer.from([0, 0, 0, commit ? 1 : 0])), whole(Buffer.alloc(6)));
  const batch = writer.finish();
  stamp(batch, { id: producer, epoch: 0 }, -1, true, () => 0);
  batch.bytes.writeInt16BE(0x30, 21);
  return batch;
}

test("transactions that were given up are not seen, and what is passed over belongs to the entry before it", () => {
  const by = (producer: bigint, id: number): RecordBatch => {
    const [batch] = encode({ batch: batchOf([{ id }]) });
    stamp(batch, { id: producer, epoch: 0 }, 0, true, () => 0);
    return batch;
  };
  const partition = fetched([by(1n, 0), by(2n, 1), ending(1n, true), by(1n, 3), ending(2n, false), ending(1n, true), by(2n, 6), ending(2n, true)], [{ producer: 2n, firstOffset: 1 }]);
  const { entries, next } = decodePartition(partition, options);
  expect(entries.map((entry) => [entry.offset, entry.next, ...rows(entry).map((row) => (row as { id: number }).id)])).toEqual([[0, 3, 0], [3, 6, 3], [6, 8, 6]]);
  expect(next).toBe(8);
  expect(decodePartition({ ...partition, records: fetched([by(2n, 0), ending(2n, false)]).records, aborted: [{ producer: 2n, firstOffset: 0 }] }, options)).toEqual({ entries: [], bytes: 0, next: 2 });
});

test("what others wrote is read by the declaration, and what is no record of it says why", () => {
  const writer = new RecordBatchWriter();
  const values = ['{"at": "2024-01-01T00:00:01Z", "id": 1}', "", "[]", '{"id":"x"}', "{\"id\":1", '\uFEFF{"id":1}', "\u0000", '{"id":4,"at":"2024-01-01T00:00:02.000Z","text":"t"}'];
  for (const value of values) writer.add(9, undefined, whole(Buffer.from(value)));
  writer.add(9, whole(Buffer.from([0xff, 0xfe])), whole(Buffer.from([0xff, 0x00])), encodeHeaders([["h", "v"]]));
  const [entry] = decode([writer.finish()]);
  const batch = entry.batch as Batch;
  expect(unreadableIn(batch).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6, 8]);
  expect(rows(entry).map((row) => (row as { id: number }).id)).toEqual([1, null, null, null, null, null, null, 4, null]);
  expect(headersAt(batch, 3).at(-1)).toEqual(["mr.unreadable.value", values[3]]);
  expect(headersAt(batch, 8)).toEqual([["h", "v"], ["mr.unreadable", expect.any(String)], ["mr.unreadable.value", "base64,/wA="]]);
  expect(batch.eventTime[0]).toBe(9);
});

test.each(valueFormats)("damaged bytes of %s are an error or something else, but never the end of the process", (values) => {
  const [{ bytes }] = encodeAs(values, [{ batch: batchOf([{ id: 1, n: 2.5, text: "abc", more: [1] }, { id: 2 }], { headers: [["h", "v"]] }) }]);
  for (let at = 0; at < bytes.byteLength; at++) {
    for (const byte of [0, 0x7f, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = byte;
      try {
        const { entries } = decodePartition({ topic: "t", partition: 0, fault: 0, end: 2, aborted: [], records: damaged }, options);
        // Columns are looked at later, and trusted: brokers have checked the sum of what was written.
        if (values !== "columnar") entries.map(rows);
      } catch (error) {
        expect(error).toBeInstanceOf(MillraceError);
      }
    }
  }
});
