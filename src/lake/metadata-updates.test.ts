import { expect, test } from "vitest";
import { parseExact, stringifyExact } from "./exact-json.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { applyUpdates, noMetadata } from "./metadata-updates.ts";
import { newTableAt } from "./new-table-input.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";

const now = 1_000_000_000_000;
const field = (id: number, name: string, type: unknown, required = false): SchemaField => ({ id, name, type, required }) as SchemaField;
const struct = (...fields: SchemaField[]) => ({ type: "struct", fields });
const id = field(1, "id", "long", true);
const at = field(2, "at", "timestamptz");
const count = field(3, "count", "int");

const table = (more: object = {}): TableMetadata => newTableAt({ schema: struct(id, at, count), ...more }, "file:///lake/a.t-1", now);
const snapshot = (n: number, more: object = {}) => ({
  "snapshot-id": BigInt(n),
  "sequence-number": n,
  "timestamp-ms": now + n,
  "manifest-list": `file:///lake/a.t-1/metadata/${n}.avro`,
  summary: { operation: "append" },
  ...more,
});
const main = (n: number) => ({ action: "set-snapshot-ref", "ref-name": "main", type: "branch", "snapshot-id": BigInt(n) });
const append = (n: number, more: object = {}) => [{ action: "add-snapshot", snapshot: snapshot(n, more) }, main(n)];
const apply = (base: TableMetadata, ...updates: object[]) => applyUpdates(base, updates, now + 1_000);
const schema = (...fields: SchemaField[]) => [{ action: "add-schema", schema: struct(...fields) }, { action: "set-current-schema", "schema-id": -1 }];

test("a table is created by updates alone, and what it leaves out is filled in", () => {
  const created = apply(
    noMetadata,
    { action: "assign-uuid", uuid: "00000000-0000-4000-8000-000000000000" },
    { action: "upgrade-format-version", "format-version": 2 },
    ...schema(id),
    { action: "set-location", location: "file:///lake/a/" },
    { action: "set-properties", updates: { a: "1", "format-version": "2" } },
    ...append(1),
  );
  expect(created).toMatchObject({ location: "file:///lake/a", properties: { a: "1" }, "last-column-id": 1, "current-snapshot-id": 1n, "partition-specs": [{ "spec-id": 0, fields: [] }], "sort-orders": [{ "order-id": 0, fields: [] }], "last-partition-id": 999 });
  const partly = [{ action: "assign-uuid", uuid: "00000000-0000-4000-8000-000000000000" }, ...schema(id), { action: "set-location", location: "file:///lake/a" }];
  expect(() => apply(noMetadata, ...partly.slice(1))).toThrow(/no UUID/);
  expect(() => apply(noMetadata, ...partly.slice(0, -1))).toThrow(/no location/);
  expect(() => apply(noMetadata, partly[0], partly[3])).toThrow(/no current schema/);
});

test("a new table's fields get ids of ours, and what is said of them by id follows", () => {
  const made = table({
    schema: { ...struct(field(0, "id", "long", true), field(7, "place", { type: "struct", fields: [field(9, "lat", "double")] }), field(8, "tags", { type: "list", "element-id": 10, element: "string", "element-required": false })), "identifier-field-ids": [0] },
    "partition-spec": { fields: [{ "source-id": 0, "field-id": 77, name: "id_bucket", transform: "bucket[4]" }, { "source-id": 9, name: "lat", transform: "void" }] },
    "write-order": { "order-id": 3, fields: [{ "source-id": 9, transform: "identity", direction: "asc", "null-order": "nulls-first" }] },
  });
  expect(currentSchema(made)).toEqual({
    type: "struct",
    "schema-id": 0,
    "identifier-field-ids": [1],
    fields: [field(1, "id", "long", true), field(2, "place", { type: "struct", fields: [field(4, "lat", "double")] }), field(3, "tags", { type: "list", "element-id": 5, element: "string", "element-required": false })],
  });
  expect(made["partition-specs"]).toEqual([{ "spec-id": 0, fields: [{ "source-id": 1, "field-id": 1000, name: "id_bucket", transform: "bucket[4]" }, { "source-id": 4, "field-id": 1001, name: "lat", transform: "void" }] }]);
  expect(made["sort-orders"]).toEqual([{ "order-id": 1, fields: [{ "source-id": 4, transform: "identity", direction: "asc", "null-order": "nulls-first" }] }]);
  expect(made).toMatchObject({ "default-sort-order-id": 1, "last-column-id": 5, "last-partition-id": 1001 });
});

test("-1 means what was just added, and nothing else", () => {
  const wider = apply(table(), ...schema(id, at, count, field(4, "more", "string")));
  expect(wider).toMatchObject({ "current-schema-id": 1, "last-column-id": 4 });
  expect(apply(wider, { action: "set-current-schema", "schema-id": 0 })["current-schema-id"]).toBe(0);
  for (const action of ["set-current-schema", "set-default-spec", "set-default-sort-order"]) {
    const key = { "set-current-schema": "schema-id", "set-default-spec": "spec-id", "set-default-sort-order": "sort-order-id" }[action] as string;
    expect(() => apply(table(), { action, [key]: -1 })).toThrow(/none was/);
    expect(() => apply(table(), { action, [key]: 9 })).toThrow(/there is no/);
  }
});

test("a schema, spec or order that says the same as one before is that one", () => {
  const base = table();
  const same = apply(base, ...schema(id, at, count), { action: "add-spec", spec: { fields: [] } }, { action: "set-default-spec", "spec-id": -1 }, { action: "add-sort-order", "sort-order": { fields: [] } }, { action: "set-default-sort-order", "sort-order-id": -1 });
  expect(same).toBe(base);
});

test("an id stands for one field for ever", () => {
  const dropped = apply(table(), ...schema(id, at));
  expect(dropped["last-column-id"]).toBe(3);
  expect(() => apply(apply(dropped, { action: "remove-schemas", "schema-ids": [0] }), ...schema(id, at, field(3, "other", "int")))).toThrow(/was another's/);
  expect(apply(dropped, ...schema(id, at, field(4, "count", "string")))["last-column-id"]).toBe(4);
});

test.each([
  ["int", "long", true],
  ["float", "double", true],
  ["decimal(9,2)", "decimal(12, 2)", true],
  ["long", "int", false],
  ["int", "string", false],
  ["decimal(9,2)", "decimal(12,3)", false],
  ["date", "timestamp", false],
])("of a table with rows a column of %s becomes %s: %s", (from, to, allowed) => {
  const base = newTableAt({ schema: struct(field(1, "a", from)) }, "file:///lake/a", now);
  const widened = () => apply(apply(base, ...append(1)), ...schema(field(1, "a", to)));
  if (allowed) expect(currentSchema(widened()).fields[0].type).toBe(to);
  else expect(widened).toThrow(/cannot become/);
  // A table that is replaced as a whole has no rows that its new columns would have to read.
  expect(currentSchema(apply(apply(base, ...append(1)), { action: "remove-snapshot-ref", "ref-name": "main" }, ...schema(field(1, "a", to)))).fields[0].type).toBe(to);
});

const spec = (...fields: object[]) => [{ action: "add-spec", spec: { fields } }, { action: "set-default-spec", "spec-id": -1 }];

test("specs keep the ids of their fields, and new fields get new ones", () => {
  const byDay = { "source-id": 2, "field-id": 1000, name: "at_day", transform: "day" };
  const first = apply(table(), ...spec(byDay));
  expect(first).toMatchObject({ "default-spec-id": 1, "last-partition-id": 1000 });
  const second = apply(first, ...spec({ "source-id": 1, name: "id_bucket", transform: "bucket[16]" }, { "source-id": 2, name: "at_day", transform: "day" }));
  expect(second["partition-specs"][2].fields.map((one) => one["field-id"])).toEqual([1001, 1000]);
  expect(apply(second, ...spec(byDay))["default-spec-id"]).toBe(1);
  expect(() => apply(first, ...spec({ ...byDay, transform: "hour" }))).toThrow(/belongs to the partition field "at_day"/);
  expect(() => apply(first, ...schema(id, count))).toThrow(/the column behind partition field "at_day" is gone/);
  expect(() => apply(first, { action: "remove-partition-specs", "spec-ids": [1] })).toThrow(/default/);
  expect(apply(first, { action: "remove-partition-specs", "spec-ids": [0] })["partition-specs"]).toHaveLength(1);
});

test.each([
  [{ "source-id": 9, name: "x", transform: "day" }, /no column of id 9/],
  [{ "source-id": 1, name: "x", transform: "day" }, /does not fit/],
  [{ "source-id": 1, name: "x", transform: "bucket" }, /not known/],
  [{ "source-id": 1, name: "x", transform: "bucket[0]" }, /not known/],
  [{ "source-id": 1, name: "x", transform: "zorder" }, /not known/],
  [{ "source-id": 1, name: "x", transform: "constructor" }, /not known/],
  [{ "source-id": 1, name: "count", transform: "identity" }, /is a column/],
  [{ "source-id": 1, name: "", transform: "identity" }, /no name/],
  [{ "source-id": 1, "field-id": 5, name: "x", transform: "identity" }, /from 1000/],
])("a partition field %j is refused", (wrong, why) => {
  expect(() => apply(table(), ...spec(wrong))).toThrow(why);
});

test("sort orders: that of no fields is 0, others count from 1", () => {
  const byTime = { "source-id": 2, transform: "day", direction: "desc", "null-order": "nulls-last" };
  const order = (...fields: object[]) => [{ action: "add-sort-order", "sort-order": { "order-id": 5, fields } }, { action: "set-default-sort-order", "sort-order-id": -1 }];
  const sorted = apply(table(), ...order(byTime));
  expect(sorted).toMatchObject({ "default-sort-order-id": 1, "sort-orders": [{ "order-id": 0 }, { "order-id": 1, fields: [byTime] }] });
  expect(apply(sorted, ...order())["default-sort-order-id"]).toBe(0);
  expect(() => apply(table(), ...order({ ...byTime, direction: "up" }))).toThrow(/asc/);
  expect(() => apply(sorted, ...schema(id, count))).toThrow(/sorted by a column/);
});

test("snapshots follow one another, and main moves the log", () => {
  const two = apply(apply(table(), ...append(1)), ...append(2, { "parent-snapshot-id": 1n }));
  expect(two).toMatchObject({ "last-sequence-number": 2, "current-snapshot-id": 2n, "last-updated-ms": now + 2 });
  expect(two["snapshot-log"].map((entry) => entry["snapshot-id"])).toEqual([1n, 2n]);
  expect(() => apply(two, ...append(2))).toThrow(/there already/);
  expect(() => apply(two, ...append(3, { "sequence-number": 2 }))).toThrow(/not above the table's/);
  expect(() => apply(two, ...append(3, { "timestamp-ms": now - 120_000 }))).toThrow(/clock/);
  expect(() => apply(two, ...append(3, { "schema-id": 8 }))).toThrow(/no schema of id 8/);
  const back = apply(two, main(1));
  expect(back).toMatchObject({ "current-snapshot-id": 1n, "last-updated-ms": now + 1_000 });
  expect(back["snapshot-log"].at(-1)).toEqual({ "timestamp-ms": now + 1_000, "snapshot-id": 1n });
});

test("what was current only inside of one request was never current", () => {
  const both = apply(table(), ...append(1), ...append(2, { "parent-snapshot-id": 1n }));
  expect(both.snapshots).toHaveLength(2);
  expect(both["snapshot-log"].map((entry) => entry["snapshot-id"])).toEqual([2n]);
});

test("where a table stands in its input goes on from snapshot to snapshot", () => {
  const positions = '[{"topic":"t","partition":0,"offset":3}]';
  const base = apply(table(), ...append(1, { summary: { operation: "append", "millrace.positions": positions } }));
  const next = apply(base, ...append(2, { "parent-snapshot-id": 1n }));
  expect(next.snapshots[1].summary).toEqual({ operation: "append", "millrace.positions": positions });
  // Rows that were replaced as a whole hold none of the input.
  expect(apply(base, ...append(2)).snapshots[1].summary).toEqual({ operation: "append" });
});

test("branches and tags", () => {
  const base = apply(table(), ...append(1));
  const ref = (name: string, more: object) => ({ action: "set-snapshot-ref", "ref-name": name, "snapshot-id": 1n, ...more });
  const tagged = apply(base, ref("v1", { type: "tag", "max-ref-age-ms": 10 }), ref("try", { type: "branch", "min-snapshots-to-keep": 2 }));
  expect(tagged.refs).toMatchObject({ v1: { type: "tag", "max-ref-age-ms": 10 }, try: { type: "branch", "min-snapshots-to-keep": 2 } });
  expect(apply(tagged, ref("v1", { type: "tag", "max-ref-age-ms": 10 }))).toBe(tagged);
  expect(apply(tagged, { action: "remove-snapshot-ref", "ref-name": "v1" }, { action: "remove-snapshot-ref", "ref-name": "none" }).refs).not.toHaveProperty("v1");
  expect(() => apply(base, ref("v1", { type: "tag", "min-snapshots-to-keep": 2 }))).toThrow(/a tag has no/);
  expect(() => apply(base, ref("main", { type: "tag" }))).toThrow(/main is a branch/);
  expect(() => apply(base, ref("x", { type: "branch", "snapshot-id": 9n }))).toThrow(/no snapshot 9/);
  expect(() => apply(base, ref("x", { type: "label" }))).toThrow(/branch/);
});

test("snapshots that are removed take their branches, statistics and log with them", () => {
  const statistics = (n: number) => ({ action: "set-statistics", statistics: { "snapshot-id": BigInt(n), "statistics-path": "p" } });
  const base = apply(table(), ...append(1), { action: "set-snapshot-ref", "ref-name": "old", type: "tag", "snapshot-id": 1n }, statistics(1));
  const three = apply(apply(base, ...append(2, { "parent-snapshot-id": 1n })), ...append(3, { "parent-snapshot-id": 2n }), statistics(3), { action: "set-partition-statistics", "partition-statistics": { "snapshot-id": 1n, "statistics-path": "q" } });
  const left = apply(three, { action: "remove-snapshots", "snapshot-ids": [1n, 99n] });
  expect(left.snapshots.map((one) => one["snapshot-id"])).toEqual([2n, 3n]);
  expect(left["snapshot-log"].map((entry) => entry["snapshot-id"])).toEqual([2n, 3n]);
  expect(Object.keys(left.refs)).toEqual(["main"]);
  expect([left.statistics, left["partition-statistics"]]).toEqual([[{ "snapshot-id": 3n, "statistics-path": "p" }], []]);
  expect(apply(left, { action: "remove-statistics", "snapshot-id": 3n }).statistics).toEqual([]);
  expect(() => apply(three, { action: "remove-snapshots", "snapshot-ids": [3n] })).toThrow(/current snapshot/);
});

test("properties, location, schemas", () => {
  const base = apply(table(), { action: "set-properties", updates: { a: "1", b: "2" } }, { action: "remove-properties", removals: ["a", "none"] });
  expect(base.properties).toEqual({ "write.format.default": "parquet", "write.parquet.compression-codec": "zstd", b: "2" });
  expect(() => apply(base, { action: "remove-schemas", "schema-ids": [0] })).toThrow(/current schema/);
  expect(() => apply(base, { action: "assign-uuid", uuid: "11111111-0000-4000-8000-000000000000" })).toThrow(/another UUID/);
  expect(apply(base, { action: "assign-uuid", uuid: base["table-uuid"] })).toBe(base);
});

const nested = (depth: number): unknown => (depth === 0 ? "int" : { type: "list", "element-id": depth + 1, element: nested(depth - 1), "element-required": false });

test.each([
  ["no list", {}, /a list is needed/],
  ["more updates than a commit takes", Array.from({ length: 10_001 }, () => ({ action: "set-properties", updates: {} })), /10001 updates/],
  ["an update that is no object", ["x"], /an object is needed/],
  ["an unknown update", [{ action: "add-view-version" }], /"add-view-version" is not known/],
  ["a name of every object", [{ action: "constructor" }], /not known/],
  ["version 1", [{ action: "upgrade-format-version", "format-version": 1 }], /version 1 is not supported/],
  ["version 3", [{ action: "upgrade-format-version", "format-version": 3 }], /version 3 is not supported/],
  ["version 3 as a property", [{ action: "set-properties", updates: { "format-version": "3" } }], /version 3 is not supported/],
  ["a type of version 3", schema(field(1, "a", "variant")), /version 3/],
  ["a default of version 3", schema({ ...field(1, "a", "int"), "initial-default": 1 } as SchemaField), /default/],
  ["a type that is none", schema(field(1, "a", "text")), /not known/],
  ["a decimal too wide", schema(field(1, "a", "decimal(39,2)")), /38 digits/],
  ["two fields of one name", schema(field(1, "a", "int"), field(4, "a", "int")), /two fields are called/],
  ["two fields that differ by case alone", schema(field(1, "Id", "int"), field(4, "id", "int")), /differ by case alone/],
  ["two fields of a struct that differ by case alone", schema(field(1, "s", struct(field(4, "A", "int"), field(5, "a", "int")))), /differ by case alone/],
  ["a field without a name", schema(field(1, "", "int")), /no name/],
  ["a field with a NUL in its name", schema(field(1, "a\0b", "int")), /no name of a field/],
  ["two fields of one id", schema(field(1, "a", "long"), field(1, "b", "long")), /stands for two fields/],
  ["an id beyond 32 bits", schema(field(2 ** 32, "a", "int")), /an integer from/],
  ["types too deep", schema(field(1, "a", nested(150))), /more than 100 deep/],
  ["a property that is no text", [{ action: "set-properties", updates: { a: 1 } }], /a text is needed/],
  ["a snapshot without an operation", append(1, { summary: {} }), /append/],
  ["a snapshot without a manifest list", append(1, { "manifest-list": undefined }), /manifest list/],
  ["a snapshot id that is no integer", append(1, { "snapshot-id": 1.5 }), /64 bits/],
  ["a snapshot id that means none", append(1, { "snapshot-id": -1n }), /from 1 on/],
  ["a snapshot that stands on itself", append(1, { "parent-snapshot-id": 1n }), /no snapshot 1/],
  ["a snapshot that stands on none that is there", append(1, { "parent-snapshot-id": 9n }), /no snapshot 9/],
  ["a snapshot of tomorrow", append(1, { "timestamp-ms": now + 86_400_000 }), /ahead of this machine's clock/],
  ["a sequence number that leaves none to others", append(1, { "sequence-number": Number.MAX_SAFE_INTEGER }), /far above/],
  ["a tag without end", [...append(1), { action: "set-snapshot-ref", "ref-name": "x".repeat(1_001), type: "tag", "snapshot-id": 1n }], /at most 1000/],
  ["a tag of two lines", [...append(1), { action: "set-snapshot-ref", "ref-name": "a\nb", type: "tag", "snapshot-id": 1n }], /control character/],
  ["a snapshot id of 65 bits", append(1, { "snapshot-id": 2n ** 64n }), /64 bits/],
])("%s is refused by its place", (_title, updates, why) => {
  const base = table();
  const before = stringifyExact(base);
  expect(() => applyUpdates(base, updates, now)).toThrow(why);
  expect(() => applyUpdates(base, updates, now)).toThrow(expect.objectContaining({ code: "MR-ICE-001" }));
  expect(stringifyExact(base)).toBe(before);
});

test("ten thousand changes of properties cost as many steps, and leave those of the base alone", () => {
  const base = apply(table(), { action: "set-properties", updates: { kept: "1", gone: "1" } });
  const before = { ...base.properties };
  const reads = { of: 0 };
  const counted = new Proxy(base.properties, { ownKeys: (target) => (reads.of++, Reflect.ownKeys(target)) });
  const updates = Array.from({ length: 9_999 }, (_, i) => ({ action: "set-properties", updates: { [`p${i}`]: "v" } }));
  const { properties } = apply({ ...base, properties: counted }, ...updates, { action: "remove-properties", removals: ["gone"] });
  expect([Object.keys(properties).length, properties.kept, properties.gone]).toEqual([Object.keys(before).length + 9_998, "1", undefined]);
  expect(base.properties).toEqual(before);
  expect(reads.of).toBeLessThan(10);
});

test("what we do not know in an update goes through unharmed", () => {
  const big = 2n ** 62n + 1n;
  const sent = parseExact(stringifyExact(append(1, { "snapshot-id": big, "first-row-id": 2n ** 60n, "x-note": { a: [1] } }))) as object[];
  const next = apply(table(), sent[0], { ...main(1), "snapshot-id": big });
  expect(next.snapshots[0]).toMatchObject({ "snapshot-id": big, "first-row-id": 2n ** 60n, "x-note": { a: [1] } });
});
