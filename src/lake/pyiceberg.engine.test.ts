import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { batchOf, scratchLake, stagedRows } from "./lake-for-tests.ts";
import { steps, TableModel } from "./table-model-for-tests.ts";

/**
 * Needs a Python with `pyiceberg[pyarrow]`; MILLRACE_PYTHON names it. PyIceberg opens the table by its metadata file, so
 * that what is read here depends on nothing of ours but the files.
 */
const python = process.env.MILLRACE_PYTHON ?? "python3";

const script = `
import json, sys
from pyiceberg.table import StaticTable
table = StaticTable.from_metadata(sys.argv[1])
def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value
def rows(**scan):
    return sorted(([plain(v) for v in row.values()] for row in table.scan(**scan).to_arrow().to_pylist()), key=lambda row: row[0])
print(json.dumps({
    "schema": [[f.field_id, f.name, str(f.field_type), f.required] for f in table.schema().fields],
    "spec": [[f.field_id, f.name, str(f.transform)] for f in table.spec().fields],
    "rows": rows(),
    "one": rows(row_filter="id == 2"),
    "day": [len(list(table.scan(row_filter="at >= '2001-01-02T00:00:00+00:00'").plan_files())), len(rows(row_filter="at >= '2001-01-02T00:00:00+00:00'"))],
    "first": len(table.scan(snapshot_id=int(sys.argv[2])).to_arrow()),
    "files": [[f["record_count"], f["null_value_counts"]] for f in table.inspect.files().select(["record_count", "null_value_counts"]).to_pylist()],
    "snapshots": len(table.metadata.snapshots),
    "current": str(table.metadata.current_snapshot_id),
}))
`;

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "at", type: "timestamp", nullable: false },
  { name: "day", type: "date", nullable: true },
  { name: "text", type: "string", nullable: true },
  { name: "flag", type: "boolean", nullable: true },
  { name: "ratio", type: "number", nullable: true },
  { name: "extra", type: "json", nullable: true },
];
const more: Column = { name: "more", type: "integer", nullable: true };

test("PyIceberg reads our table: all types, partitions, filters, snapshots, an evolved schema, a compaction", async () => {
  const { lake } = await scratchLake();
  const partitionBy = [{ column: "at", transform: "day" as const }, { column: "text", transform: "bucket" as const, parameter: 4 }];
  const table = await lake.createTable({ name: "a.t", columns, partitionBy });
  const writer = await table.writer();
  await writer.add(
    batchOf(columns, [
      { id: 1, at: "2001-01-01T10:00:00.123Z", day: "1969-12-31", text: "ü 𝄞", flag: true, ratio: 0.1, extra: { a: 1 } },
      { id: 2, at: "2001-01-02T00:00:00.000Z", day: null, text: null, flag: null, ratio: null, extra: null },
    ]),
  );
  const first = await writer.commit({ advance: [{ topic: "x", partition: 0, from: 0, to: 2 }] });
  await lake.createTable({ name: "a.t", columns: [...columns, more], partitionBy });
  const wider = await table.writer();
  await wider.add(batchOf([...columns, more], [{ id: 3, at: "2001-01-01T11:00:00.000Z", day: "2001-01-01", text: "ü 𝄞", flag: false, ratio: -1e300, extra: [], more: 7 }]));
  await wider.commit();
  await table.compact({ smallFilesMax: 1 });
  expect(await table.files()).toHaveLength(2);

  const location = await table.metadataLocation();
  const { stdout } = await promisify(execFile)(python, ["-c", script, location, String(first?.["snapshot-id"])]);
  const read = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  const rows = [
    [1, "2001-01-01T10:00:00.123000+00:00", "1969-12-31", "ü 𝄞", true, 0.1, '{"a":1}', null],
    [2, "2001-01-02T00:00:00+00:00", null, null, null, null, null, null],
    [3, "2001-01-01T11:00:00+00:00", "2001-01-01", "ü 𝄞", false, -1e300, "[]", 7],
  ];
  expect(read).toMatchObject({
    schema: [
      [1, "id", "long", true],
      [2, "at", "timestamptz", true],
      [3, "day", "date", false],
      [4, "text", "string", false],
      [5, "flag", "boolean", false],
      [6, "ratio", "double", false],
      [7, "extra", "string", false],
      [8, "more", "long", false],
    ],
    spec: [
      [1000, "at_day", "day"],
      [1001, "text_bucket", "bucket[4]"],
    ],
    rows,
    one: [rows[1]],
    day: [1, 1],
    first: 2,
    snapshots: 3,
    current: String((await table.currentSnapshot())?.["snapshot-id"]),
  });
  expect(read.files.map(([records]: [number]) => records).sort()).toEqual([1, 2]);
  await lake.close();
});

const modelScript = `
import datetime, json, sys
from pyiceberg.table import StaticTable
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
def plain(value):
    if isinstance(value, datetime.datetime):
        return (value - epoch) // datetime.timedelta(microseconds=1)
    return int(value) if isinstance(value, float) and value.is_integer() else value
for line in sys.stdin:
    table = StaticTable.from_metadata(line.strip())
    rows = [[plain(value) for value in row.values()] for row in table.scan().to_arrow().to_pylist()] if table.metadata.current_snapshot_id is not None else []
    print(json.dumps(rows), flush=True)
`;

test("PyIceberg reads the same rows after every step of what is done to a table", { timeout: 600_000 }, async () => {
  const scratch = await scratchLake();
  const reader = spawn(python, ["-c", modelScript], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const model = await TableModel.open(scratch, `t${tables++}`);
      for (const step of sequence) {
        await model.step(step);
        reader.stdin.write(`${await model.table.metadataLocation()}\n`);
        const rows = JSON.parse((await lines.next()).value as string) as unknown[];
        const read = rows.map((row) => JSON.stringify(row)).sort();
        expect(read, step.do).toEqual(model.rows());
      }
    }),
    { numRuns: 40 },
  );
  reader.stdin.end();
  await scratch.lake.close();
});

const intervalScript = `
import json, sys
from pyiceberg.table import StaticTable
table = StaticTable.from_metadata(sys.argv[1])
def rows(**scan):
    return sorted([row["interval_start"].isoformat(), row["n"]] for row in table.scan(**scan).to_arrow().to_pylist())
print(json.dumps({
    "rows": rows(),
    "first": rows(snapshot_id=int(sys.argv[2])),
    "day": [len(list(table.scan(row_filter="interval_start == '2001-01-02T00:00:00+00:00'").plan_files())), rows(row_filter="interval_start == '2001-01-02T00:00:00+00:00'")],
    "partitions": sorted([row["partition"]["interval_start"].isoformat(), row["record_count"], row["file_count"]] for row in table.inspect.partitions().to_pylist()),
    "operations": [[s.summary.operation.value, s.summary["millrace.attempt"], s.summary["total-records"], s.summary.get("deleted-records")] for s in table.metadata.snapshots],
    "entries": sorted([entry["status"], entry["snapshot_id"] == table.metadata.current_snapshot_id] for entry in table.inspect.entries().to_pylist()),
}))
`;

test("PyIceberg reads intervals that were replaced, emptied, and read at an earlier snapshot", async () => {
  const { lake } = await scratchLake();
  const interval: Column[] = [{ name: "interval_start", type: "timestamp", nullable: false }, { name: "n", type: "integer", nullable: false }];
  const table = await lake.createTable({ name: "a.daily", columns: interval, partitionBy: [{ column: "interval_start", transform: "identity" }] });
  const publish = async (attempt: string, day: number, rows: number) => {
    const value = BigInt(Date.UTC(2001, 0, day)) * 1000n;
    const file = await stagedRows(table, `select make_timestamptz(${value}) as interval_start, range + ${10 * day} as n from range(${rows})`);
    return (await table.replaceRows({ where: { op: "=", column: "interval_start", value }, files: [file], attempt })).publish();
  };
  const read = async (snapshotId: bigint | undefined) => {
    const { stdout } = await promisify(execFile)(python, ["-c", intervalScript, await table.metadataLocation(), String(snapshotId)]);
    return JSON.parse(stdout.trim().split("\n").at(-1) as string);
  };
  const day = (n: number) => `2001-01-0${n}T00:00:00+00:00`;
  const empty = await publish("a0", 1, 0);
  expect(await read(empty?.["snapshot-id"])).toMatchObject({ rows: [], first: [], operations: [["overwrite", "a0", "0", null]] });
  const first = await publish("a1", 1, 2);
  await publish("a2", 2, 1);
  await publish("a3", 1, 1);
  await publish("a4", 3, 1);
  await publish("a5", 3, 0);
  expect(await read(first?.["snapshot-id"])).toEqual({
    rows: [[day(1), 10], [day(2), 20]],
    first: [[day(1), 10], [day(1), 11]],
    day: [1, [[day(2), 20]]],
    partitions: [[day(1), 1, 1], [day(2), 1, 1]],
    operations: [["overwrite", "a0", "0", null], ["overwrite", "a1", "2", null], ["overwrite", "a2", "3", null], ["overwrite", "a3", "2", "2"], ["overwrite", "a4", "3", null], ["overwrite", "a5", "2", "1"]],
    // Two that stay; one that this snapshot took away, and one that the third did, beside the file that it put there.
    entries: [[1, false], [1, false], [2, false], [2, true]],
  });
  await lake.close();
});
