import avro from "avsc";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Batch } from "../../batch/batch.ts";
import { BatchBuilder } from "../../batch/builder.ts";
import { headersAt, rowReader } from "../../batch/rows.ts";
import type { AvroRecord } from "../../model/avro-schema.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import { readSchema } from "../../model/schema.ts";
import type { Entry } from "../driver.ts";
import { unreadableIn } from "../unreadable.ts";
import { decodePartition } from "./entry-decode.ts";
import { encodeOutputs } from "./entry-encode.ts";
import { encodeHeaders, type RecordBatch, RecordBatchWriter, whole } from "./record-batch.ts";
import { avroSchemas, declaredSchema, type NamedSchema, type RecordSchema } from "./record-schemas.ts";

/* Avro's values, held against a library that is not ours. */

const shape = {
  id: z.int(),
  amount: z.number(),
  note: z.string().nullable(),
  at: z.iso.datetime(),
  day: z.iso.date().optional(),
  paid: z.boolean(),
  size: z.enum(["S", "M", "L"]).nullable(),
  address: z.object({ street: z.string(), floor: z.int().optional(), tags: z.array(z.string()).nullable() }),
  prices: z.record(z.string(), z.number()).optional(),
  either: z.union([z.string(), z.int(), z.array(z.boolean()), z.null()]),
  anything: z.unknown(),
};

function topicOf(fields: z.ZodRawShape): TopicDecl {
  const { jsonSchema: schema, columns } = readSchema(z.object(fields), "test");
  return { name: "shop.orders", schema, columns, partitions: 1, eventTime: "at" };
}

const topic = topicOf(shape);
const schemas = new Map<string, RecordSchema>();
const declared = declaredSchema({ decl: topic }) as NamedSchema<AvroRecord>;
schemas.set(declared.id, declared.schema);

const records = [
  { id: 1, amount: 2.5, note: "ü \u{1f600}", at: "2024-02-29T12:00:00.123Z", day: "2024-02-29", paid: true, size: "M", address: { street: "a", floor: 3, tags: ["x", ""] }, prices: { b: 1, a: 2.5 }, either: "text", anything: { deep: [1, null] } },
  { id: -(2 ** 52), amount: -0, note: null, at: "1969-12-31T23:59:59.999Z", paid: false, size: null, address: { street: "", tags: null }, either: 9007199254740990, anything: null },
  { id: 2 ** 31, amount: Number.NaN, note: "", at: "9999-12-31T23:59:59.000Z", day: "0001-01-01", paid: true, size: "L", address: { tags: [], street: "key order" }, prices: {}, either: [true, false], anything: "null" },
  { id: -(2 ** 30) - 1, amount: Number.MAX_VALUE, note: "x", at: "-000001-01-01T00:00:00.000Z", day: "9999-12-31", paid: true, size: "S", address: { street: "s", tags: [] }, prices: { ["__proto__"]: 1 }, either: null, anything: 0 },
];

function batchOf(of: TopicDecl, some: object[]): Batch {
  const builder = new BatchBuilder({ columns: of.columns, eventTime: of.eventTime, where: "test" });
  for (const record of some) builder.append(record, 1_000);
  return builder.finish();
}

function written(of: TopicDecl, batch: Batch): RecordBatch {
  const { batches, schemas: used } = encodeOutputs([{ topic: of.name, partition: 0, batch }], { spec: { name: of.name, decl: of }, values: "avro", nowMs: 1 });
  for (const { id, schema } of used) schemas.set(id, schema);
  return batches[0];
}

function read({ bytes, count }: RecordBatch, of = topic, knowsAll = true): Entry[] {
  const options = { spec: { name: of.name, decl: of }, values: "avro", schemaOf: (id: string) => schemas.get(id), knowsAll, decompress: (_: number, same: Uint8Array) => same, from: 0, bytesMax: 1e9 } as const;
  return decodePartition({ topic: "t", partition: 0, fault: 0, end: count, aborted: [], records: bytes }, options).entries;
}

function rows(entries: Entry[], of = topic): object[] {
  const optional = new Set(of.columns.filter((column) => column.optional).map(({ name }) => name));
  return entries.flatMap(({ batch }) => Array.from({ length: batch?.count ?? 0 }, (_, i) => rowReader(batch as Batch, optional)(i)));
}

/** Values that somebody else wrote, each with its headers. */
function foreign(values: { value: Uint8Array; headers?: [string, string][] }[]): RecordBatch {
  const writer = new RecordBatchWriter();
  for (const { value, headers = [] } of values) writer.add(9, undefined, whole(value), headers.length > 0 ? encodeHeaders(headers) : undefined);
  return writer.finish();
}

const theirs = avro.Type.forSchema(declared.schema as never, { wrapUnions: "always" } as never);
/** A record as the library wants it: unions by the name of their branch, times as numbers. */
function asTheirs(record: Record<string, any>): object {
  const in1 = (name: string, value: unknown) => (value === undefined || value === null ? null : { [name]: value });
  const { address, either } = record;
  return {
    ...record,
    note: in1("string", record.note),
    at: Date.parse(record.at),
    day: in1("int", record.day && Math.floor(Date.parse(`${record.day}T00:00:00Z`) / 86_400_000)),
    size: in1("shop.orders_size", record.size),
    address: { street: address.street, floor: in1("long", address.floor), tags: in1("array", address.tags) },
    prices: in1("map", record.prices),
    either: in1(Array.isArray(either) ? "array" : typeof either === "string" ? "string" : "long", either),
    anything: in1("string", record.anything === null ? null : JSON.stringify(record.anything)),
  };
}

test("the schema is one that another library takes, and both write the same bytes", () => {
  const batch = written(topic, batchOf(topic, records));
  for (const [i, record] of records.entries()) {
    const bytes = theirs.toBuffer(asTheirs(record));
    expect(batch.bytes.includes(bytes), `record ${i}`).toBe(true);
  }
  expect(rows(read(batch))).toEqual(records);
});

test("what another library wrote is read, by the declaration or by the schema that it names", () => {
  const headers: [string, string][] = [["mr.schema", declared.id], ["trace", "t1"]];
  const entries = read(foreign(records.map((record, i) => ({ value: theirs.toBuffer(asTheirs(record)), headers: i % 2 === 0 ? headers : undefined }))));
  expect(rows(entries)).toEqual(records);
  expect(entries.map(({ batch }) => headersAt(batch as Batch, 0))).toEqual([[["trace", "t1"]], [], [["trace", "t1"]], []]);
  expect(entries.map(({ batch }) => batch?.eventTime[0])).toEqual(records.map(({ at }) => Date.parse(at)));
});

test.each([
  ["one of a few names that it is not", { ...records[0], size: "XL" }],
  ["a field that nobody declared", { ...records[0], address: { street: "a", tags: null, more: 1 } }],
  ["a field that is missing", { ...records[0], address: { street: "a" } }],
  ["a null in the place of nothing", { ...records[0], address: { street: "a", tags: null, floor: null } }],
  ["a list in the place of an object", { ...records[0], address: [] }],
  ["a fraction in the place of a whole number", { ...records[0], either: 1.5 }],
])("%s is kept as it is, by a schema that takes all", (_, record) => {
  const [own, wide] = avroSchemas(batchOf(topic, []), { name: topic.name, decl: topic });
  const batch = written(topic, batchOf(topic, [records[0], record]));
  expect(rows(read(batch))).toEqual([records[0], record]);
  expect([batch.bytes.includes(own.id), batch.bytes.includes(wide.id)]).toEqual([false, true]);
});

test("records of an older schema come as they were written", () => {
  const { anything: _, ...old } = shape;
  const before = topicOf(old);
  const { anything: __, ...record } = records[0];
  const batch = written(before, batchOf(before, [record]));
  expect(batch.bytes.includes(declared.id)).toBe(false);
  expect(rows(read(batch, topic))).toEqual([record]);
});

test("bytes that are no record of the schema are told, and their neighbours are read", () => {
  const good = theirs.toBuffer(asTheirs(records[0]));
  const bad = [good.subarray(0, 5), Buffer.concat([good, Buffer.of(0)]), Buffer.from('{"id":1}'), Buffer.alloc(0), Buffer.alloc(40, 0xff)];
  const [entry] = read(foreign([good, ...bad, good].map((value) => ({ value }))));
  expect(unreadableIn(entry.batch as Batch).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
  expect(rows([entry]).filter((_, i) => i === 0 || i === 6)).toEqual([records[0], records[0]]);
  expect(headersAt(entry.batch as Batch, 3)).toContainEqual(["mr.unreadable.value", '{"id":1}']);
});

test("whole numbers and times beyond what a record can hold are told", () => {
  const long = (value: bigint): Buffer => {
    const bytes: number[] = [];
    for (let left = (value << 1n) ^ (value >> 63n); ; left >>= 7n) {
      bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
      if (left <= 0x7fn) return Buffer.from(bytes);
    }
  };
  const small = topicOf({ id: z.int(), at: z.iso.datetime() });
  const pairs: [bigint, bigint][] = [[2n ** 53n - 1n, 0n], [1n - 2n ** 53n, 8_640_000_000_000_000n], [2n ** 53n, 0n], [-(2n ** 53n), 0n], [2n ** 63n - 1n, 0n], [0n, 8_640_000_000_000_001n]];
  const [entry] = read(foreign(pairs.map(([id, at]) => ({ value: Buffer.concat([long(id), long(at)]) }))), small);
  expect(unreadableIn(entry.batch as Batch).map(({ index }) => index)).toEqual([2, 3, 4, 5]);
  expect(rows([entry]).slice(0, 2)).toEqual([{ id: 2 ** 53 - 1, at: "1970-01-01T00:00:00.000Z" }, { id: 1 - 2 ** 53, at: "+275760-09-13T00:00:00.000Z" }]);
});

test("a schema that nobody knows: first its name may be new, then the record is at fault", () => {
  const batch = foreign([{ value: Buffer.of(0), headers: [["mr.schema", "nobody"]] }]);
  expect(() => read(batch, topic, false)).toThrow(expect.objectContaining({ code: "MR-LOG-003" }));
  const [entry] = read(batch);
  expect(unreadableIn(entry.batch as Batch)).toEqual([{ index: 0, why: 'there is no schema "nobody"' }]);
});
