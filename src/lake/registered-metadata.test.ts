import { expect, test } from "vitest";
import { stringifyExact } from "./exact-json.ts";
import { registeredMetadata } from "./registered-metadata.ts";

const field = (id: number, name: string) => ({ id, name, type: "long", required: false });
const snapshot = { "snapshot-id": 7n, "sequence-number": 1, "timestamp-ms": 1, "manifest-list": "file:///lake/t/metadata/1.avro", summary: { operation: "append" } };
const sound = {
  "format-version": 2,
  "table-uuid": "00000000-0000-4000-8000-000000000000",
  location: "file:///lake/t",
  "last-updated-ms": 1,
  "last-column-id": 1,
  "last-sequence-number": 1,
  "current-schema-id": 0,
  schemas: [{ "schema-id": 0, type: "struct", fields: [field(1, "n")] }],
  "default-spec-id": 0,
  "partition-specs": [{ "spec-id": 0, fields: [{ "source-id": 1, "field-id": 1_000, name: "n", transform: "identity" }] }],
  "current-snapshot-id": 7n,
  snapshots: [snapshot],
  "snapshot-log": [{ "snapshot-id": 7n, "timestamp-ms": 1 }],
};
const read = (file: unknown) => registeredMetadata(Buffer.from(typeof file === "string" ? file : stringifyExact(file)));

test("metadata of another engine is taken, with what the format lets it leave out filled in", () => {
  expect(read(sound)).toMatchObject({ "last-partition-id": 1_000, refs: { main: { "snapshot-id": 7n, type: "branch" } }, "sort-orders": [{ "order-id": 0, fields: [] }] });
});

test.each([
  ["no JSON", "{", /no metadata of a table/],
  ["nothing", "null", /format version undefined/],
  ["a UUID that is none", { "table-uuid": "x" }, /UUID/],
  ["no time", { "last-updated-ms": undefined }, /last-updated-ms/],
  ["properties that are no texts", { properties: { a: 1 } }, /properties\.a/],
  ["schemas that are none", { schemas: [{}] }, /schemas\[0\]/],
  ["columns that differ by case alone", { "last-column-id": 2, schemas: [{ "schema-id": 0, type: "struct", fields: [field(1, "n"), field(2, "N")] }] }, /case alone/],
  ["no current schema", { "current-schema-id": 1 }, /no schema of the id/],
  ["a last column id that is behind", { "last-column-id": 0 }, /last-column-id/],
  ["a spec without fields", { "partition-specs": [{ "spec-id": 0 }], "last-partition-id": 1_000 }, /partition-specs\[0\]\.fields/],
  ["a last partition id that is behind", { "last-partition-id": 999 }, /field-id/],
  ["no default spec", { "default-spec-id": 3 }, /default, 3/],
  ["a partition by a column that is not there", { "partition-specs": [{ "spec-id": 0, fields: [{ "source-id": 9, "field-id": 1_000, name: "x", transform: "identity" }] }] }, /"x" is gone/],
  ["a sort order that is none", { "sort-orders": [{ "order-id": 0, fields: [{}] }] }, /sort-orders\[0\]\.fields\[0\]/],
  ["snapshots that are a text", { snapshots: "x" }, /snapshots/],
  ["a snapshot that is null", { snapshots: [null] }, /snapshots\[0\]/],
  ["two snapshots of one id", { snapshots: [snapshot, snapshot] }, /two snapshots/],
  ["a sequence number beyond the last", { "last-sequence-number": 0 }, /sequence-number/],
  ["a branch at a snapshot that is not there", { refs: { x: { "snapshot-id": 8n, type: "branch" } } }, /snapshot 8, which is not there/],
  ["a current snapshot that is not main's", { snapshots: [snapshot, { ...snapshot, "snapshot-id": 8n }], refs: { main: { "snapshot-id": 8n, type: "branch" } } }, /not that of branch main/],
  ["a log of nothing", { "snapshot-log": [{}] }, /snapshot-log\[0\]/],
  ["metadata files without names", { "metadata-log": [{ "timestamp-ms": 1 }] }, /metadata-log\[0\]\.metadata-file/],
  ["statistics without a path", { statistics: [{ "snapshot-id": 7n }] }, /statistics\[0\]/],
])("%s is refused by its place", (_title, change, why) => {
  const file = typeof change === "string" ? change : { ...sound, ...change };
  expect(() => read(file)).toThrow(expect.objectContaining({ code: "MR-ICE-001", message: expect.stringMatching(why) }));
});
