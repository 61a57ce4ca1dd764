import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { readAvro, writeAvro } from "./avro-container.ts";
import { batchOf, scratchLake } from "./lake-for-tests.ts";
import { readManifest } from "./manifest-file.ts";
import { readManifestList } from "./manifest-list.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "odd name!", type: "string", nullable: true },
];

test("manifests carry field ids, the schema and the spec, and every count", async () => {
  const { lake, files } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "odd name!", transform: "identity" }] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ id: 1, "odd name!": "a" }, { id: 2, "odd name!": "b" }, { id: 3, "odd name!": "a" }, { id: 4, "odd name!": null }]));
  const snapshot = await writer.commit();
  const bytesAt = async (location: string) => (await files.read(files.keyAt(location) as string)) as Uint8Array;

  const listAt = snapshot?.["manifest-list"] as string;
  const list = await readAvro(await bytesAt(listAt), listAt);
  expect(list.metadata).toMatchObject({ "format-version": "2", "sequence-number": "1", "snapshot-id": String(snapshot?.["snapshot-id"]), "parent-snapshot-id": "null" });
  const [ref] = await readManifestList(await bytesAt(listAt), listAt);
  expect(ref).toMatchObject({ sequenceNumber: 1n, minSequenceNumber: 1n, specId: 0, content: 0, files: { added: 3n, existing: 0n, deleted: 0n }, rows: { added: 4n } });
  expect(ref.partitions).toMatchObject([{ containsNull: true, lower: Buffer.from("a"), upper: Buffer.from("b") }]);

  const manifest = await bytesAt(ref.location);
  expect(BigInt(manifest.length)).toBe(ref.bytes);
  const { metadata } = await readAvro(manifest, ref.location);
  expect(metadata).toMatchObject({ "format-version": "2", content: "data", "schema-id": "0", "partition-spec-id": "0" });
  expect(JSON.parse(metadata.schema).fields).toHaveLength(2);
  expect(JSON.parse(metadata["partition-spec"])).toEqual([{ "source-id": 2, "field-id": 1000, name: "odd name!", transform: "identity" }]);
  expect(fieldsWithoutId(JSON.parse(metadata["avro.schema"]))).toEqual([]);
  expect((await readManifest(manifest, ref.location)).map(({ status, file }) => [status, file.partition, file.records])).toEqual([
    ["added", ["a"], 2n],
    ["added", ["b"], 1n],
    ["added", [null], 1n],
  ]);
  await lake.close();
});

test("a container of many blocks comes back; damage is an error by code", async () => {
  const schema = { type: "record", name: "r", fields: [{ name: "n", type: "long", "field-id": 1 }] };
  const records = Array.from({ length: 10_000 }, (_, i) => ({ n: BigInt(i) << 40n }));
  const bytes = await writeAvro(schema, records, { note: "ü" });
  const back = await readAvro(bytes, "here");
  expect(back.metadata.note).toBe("ü");
  expect(back.records.map((record) => record.plain())).toEqual(records);
  for (const broken of [bytes.subarray(0, 3), bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 40), Buffer.from("PAR1")]) {
    await expect(readAvro(broken, "here")).rejects.toMatchObject({ code: "MR-LAKE-005" });
  }
});

/** Names of Avro fields, arrays and maps that a reader could not find by id. */
function fieldsWithoutId(schema: unknown, path = ""): string[] {
  if (Array.isArray(schema)) return schema.flatMap((one) => fieldsWithoutId(one, path));
  if (typeof schema !== "object" || schema === null) return [];
  const { type, items, fields, ...rest } = schema as Record<string, unknown>;
  const own = type === "array" && rest.logicalType !== "map" && rest["element-id"] === undefined ? [path] : [];
  const inner = ((fields ?? []) as Record<string, unknown>[]).flatMap((field) => [
    ...(field["field-id"] === undefined ? [`${path}.${field.name}`] : []),
    ...fieldsWithoutId(field.type, `${path}.${field.name}`),
  ]);
  return [...own, ...inner, ...fieldsWithoutId(items, `${path}[]`), ...(typeof type === "object" ? fieldsWithoutId(type, path) : [])];
}
