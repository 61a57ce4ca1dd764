import { expect, test } from "vitest";
import { stringifyExact } from "./exact-json.ts";
import { metadataBytes, parseMetadata } from "./metadata-file.ts";
import { newTableMetadata, type Snapshot, type TableMetadata, withSnapshot } from "./table-metadata.ts";

function grown(count: number, note = ""): TableMetadata {
  let metadata = newTableMetadata({ uuid: "u", location: "file:///t", schema: { type: "struct", "schema-id": 0, fields: [] }, spec: { "spec-id": 0, fields: [] }, properties: { note: '"snapshots":[]}' }, now: 1 });
  for (let n = 1; n <= count; n++) metadata = withSnapshot(metadata, snapshot(n, note));
  return metadata;
}

const snapshot = (n: number, note: string): Snapshot => ({ "snapshot-id": (1n << 62n) + BigInt(n), "sequence-number": n, "timestamp-ms": n, "manifest-list": `l${n}`, summary: { operation: "append", note: `${note}],"snapshots":[` } });

test("metadata comes back from its bytes, with the snapshots of an earlier version or without", () => {
  for (const [before, after] of [[0, 0], [0, 2], [1, 1], [3, 3], [3, 4], [3, 7], [4, 2]]) {
    const earlier = parseMetadata(metadataBytes(grown(before))).snapshots;
    const read = parseMetadata(metadataBytes(grown(after)), earlier);
    expect(read, `${before} and ${after}`).toEqual(grown(after));
    expect(read.snapshots.filter((one) => earlier.includes(one))).toHaveLength(before <= after ? before : 0);
  }
});

test("snapshots that differ are read anew, and so is a file in which the list stands elsewhere", () => {
  expect(parseMetadata(metadataBytes(grown(3, "new")), grown(2, "old").snapshots)).toEqual(grown(3, "new"));
  const { snapshots, ...rest } = grown(3);
  const known = snapshots.slice(0, 2);
  const text = (value: object) => Buffer.from(stringifyExact(value));
  expect(parseMetadata(text({ snapshots, ...rest }), known)).toEqual(grown(3));
  const inner = { ...rest, statistics: [{ snapshots: known }], snapshots };
  expect(parseMetadata(text(inner), known)).toEqual({ ...grown(3), statistics: [{ snapshots: known }] });
  const lastInner = { snapshots: snapshots.slice(2), ...rest, other: { snapshots: known } };
  expect(parseMetadata(text(lastInner), known)).toEqual({ ...grown(3), snapshots: snapshots.slice(2), other: { snapshots: known } });
  expect(() => parseMetadata(metadataBytes(grown(3)).subarray(0, -1), known)).toThrow();
});
