import { appendFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FilesDriver } from "../../files/driver.ts";
import { folderFiles } from "../../files/folder.ts";
import type { Column } from "../../model/manifest.ts";
import { batchOf, deletePositions, query, type ScratchLake, scratchLake } from "../lake-for-tests.ts";
import { Lake } from "../lake.ts";
import type { Table } from "../table.ts";
import { lakeCargo } from "./cargo.ts";
import { carryLake, verifyLake } from "./carry-lake.ts";
import { movePositions, tablePositions } from "./move-positions.ts";
import { moveBetween } from "./relocate.ts";

const columns: Column[] = [{ name: "id", type: "string", nullable: false }, { name: "n", type: "integer", nullable: false }];

const emptyStore = async (): Promise<FilesDriver> => folderFiles(join(await mkdtemp(join(tmpdir(), "millrace-carried-")), "elsewhere"));

/** Three versions; rows of the first file are deleted by position, and something is measured of it. */
async function lakeWithHistory(): Promise<ScratchLake & { table: Table }> {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "sales.orders", columns, partitionBy: [{ column: "id", transform: "identity" }] });
  for (const from of [0, 10]) {
    const writer = await table.writer();
    await writer.add(batchOf(columns, Array.from({ length: 10 }, (_, i) => ({ id: i % 2 === 0 ? "even" : "odd", n: from + i }))));
    await writer.commit();
  }
  const [file] = await table.files();
  await table.keepFileStates(file, { seen: 5 });
  await deletePositions(scratch, "sales.orders", [[file.location, 0], [file.location, 2]]);
  return { ...scratch, table };
}

const content = (table: Table, snapshot?: bigint): Promise<unknown> => query(table, (from) => `select id, n from ${from} order by n`, snapshot);

test("a lake in another store has the same rows in all its versions, and goes on there alone", async () => {
  const { files, state, table, lake } = await lakeWithHistory();
  const to = await emptyStore();
  const cargo = await lakeCargo(files, state, moveBetween(files, to));
  expect(cargo.tables).toEqual([{ name: "sales.orders", metadata: expect.any(String), snapshots: 3, dataFiles: 5 }]);
  await carryLake(cargo, files, to);
  const digest = await verifyLake(cargo, files, to);

  const before = await content(table);
  const versions = await table.snapshots();
  const old = await Promise.all(versions.map((version) => content(table, version["snapshot-id"])));
  const carried = await new Lake({ files: to, state }).table("sales.orders");
  expect(await content(carried)).toEqual(before);
  expect((before as unknown[]).length).toBe(18);
  expect(await Promise.all(versions.map((version) => content(carried, version["snapshot-id"])))).toEqual(old);

  const found = await carried.files();
  expect(found.every(({ location }) => location.includes("/elsewhere/"))).toBe(true);
  const states: unknown[] = [];
  for await (const [, one] of carried.readFileStates(found)) states.push(...one);
  expect(states).toEqual([{ seen: 5 }]);
  for await (const key of to.list("")) if (key.endsWith(".metadata.json")) expect(Buffer.from((await to.read(key)) as Uint8Array).toString()).not.toContain(files.location("sales"));

  // Begun again it does nothing, and finds the same.
  await carryLake(cargo, files, to);
  expect(await verifyLake(cargo, files, to)).toBe(digest);
  await lake.close();
});

test("carried in pieces it is the same; one byte that differs is found", async () => {
  const { files, state, lake } = await lakeWithHistory();
  const to = await emptyStore();
  const cargo = await lakeCargo(files, state, moveBetween(files, to));
  for (let stopAfter = 1; ; stopAfter += 3) {
    let carried = 0;
    const onFile = (): void => {
      if (++carried === stopAfter) throw new Error("stopped");
    };
    const stopping = carryLake(cargo, files, to, { onFile });
    if ((await stopping.then(() => "done", (error: Error) => error.message)) === "done") break;
  }
  await verifyLake(cargo, files, to);
  const data = cargo.files.find(({ kind }) => kind === "bytes")!;
  await appendFile(to.path(data.to), "x");
  await expect(verifyLake(cargo, files, to)).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
  await to.delete(data.to);
  await expect(verifyLake(cargo, files, to)).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
  await lake.close();
});

/** A table that stands at offset 10 of its input, and before that at 4. */
async function lakeBehindLog(): Promise<ScratchLake> {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "orders", columns, partitionBy: [] });
  for (const [from, to] of [[0, 4], [4, 10]]) {
    const writer = await table.writer();
    await writer.add(batchOf(columns, [{ id: "a", n: from }]));
    await writer.commit({ advance: [{ topic: "orders", partition: 0, from, to }] });
  }
  return scratch;
}

const twice = ({ offset }: { offset: number }): number => 2 * offset;
const offsets = async (files: FilesDriver, state: ScratchLake["state"]): Promise<number[]> => (await tablePositions(files, state)).map(({ offset }) => offset);

test("tables that are carried know on the way where their input is in another log", async () => {
  const { files, state, lake } = await lakeBehindLog();
  const to = await emptyStore();
  const cargo = await lakeCargo(files, state, moveBetween(files, to));
  await carryLake(cargo, files, to, { offsetOf: twice });
  await verifyLake(cargo, files, to, { offsetOf: twice });
  expect(await offsets(to, state)).toEqual([8, 20]);
  expect(await offsets(files, state)).toEqual([4, 10]);
  await lake.close();
});

test("tables that stay are told once, however often", async () => {
  const { files, state, lake } = await lakeBehindLog();
  for (let n = 0; n < 2; n++) await movePositions(files, state, "another log", twice);
  expect(await offsets(files, state)).toEqual([8, 20]);
  const writer = await (await new Lake({ files, state }).table("orders")).writer();
  await writer.add(batchOf(columns, [{ id: "b", n: 2 }]));
  await writer.commit({ advance: [{ topic: "orders", partition: 0, from: 20, to: 22 }] });
  expect(await offsets(files, state)).toEqual([8, 20, 22]);
  await lake.close();
});
