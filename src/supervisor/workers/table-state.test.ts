import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import { Lake } from "../../lake/lake.ts";
import { readersCollection } from "../../lake/readers.ts";
import { tablesCollection } from "../../lake/table-store.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { StateStore } from "../../state/store.ts";
import { serveTableState } from "./serve-table-state.ts";
import { tableState } from "./table-state.ts";

/* The pointer of one table, as a process on another machine has it: asked over a socket, from the state store itself. */
const scratch = mkdtempSync(join(tmpdir(), "mr-table-state-"));
const path = join(scratch, "state.sock");
let state: StateStore;
let server: Server;
let lake: Lake;
let remote: StateStore;

beforeAll(async () => {
  state = await sqliteState(join(scratch, "state.db"));
  const files = folderFiles(join(scratch, "lake"));
  lake = new Lake({ files, state });
  for (const name of ["sales.own", "sales.other"]) await lake.createTable({ name, columns: [{ name: "n", type: "number", nullable: false }], partitionBy: [] });
  server = createServer((socket) => serveTableState(socket, state, "sales.own"));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  remote = tableState(path);
});
afterAll(async () => {
  await remote.close();
  server.close();
  await lake.close();
  await state.close();
  rmSync(scratch, { recursive: true });
});

const refused = { code: "MR-LOG-008" };

test("a lake over it sees the table, changes it, and sees what others have changed", async () => {
  const there = new Lake({ files: folderFiles(join(scratch, "lake")), state: remote });
  const column = (name: string) => ({ name, type: "number" as const, nullable: true });
  const own = { name: "sales.own", columns: [{ name: "n", type: "number" as const, nullable: false }, column("more")], partitionBy: [] };
  await there.createTable(own);
  const columns = async (of: Lake) => (await (await of.table("sales.own")).schema()).fields.map(({ name }) => name);
  expect(await columns(lake)).toEqual(["n", "more"]);
  await lake.createTable({ ...own, columns: [...own.columns, column("most")] });
  expect(await columns(there)).toEqual(["n", "more", "most"]);
  await there.close();
});

test("nothing but its own table opens, and that table stays in its folder", async () => {
  for (const [collection, key] of [[tablesCollection, "sales.other"], [readersCollection, "sales.other/1/x"], ["reader-tokens", "sales.own"], ["workers", "signing-key"]]) {
    await expect(remote.get(collection, key)).rejects.toMatchObject(refused);
    await expect(remote.put(collection, key, {})).rejects.toMatchObject(refused);
    await expect(remote.delete(collection, key)).rejects.toMatchObject(refused);
    await expect(remote.compareAndSwap(collection, key, 0, {})).rejects.toMatchObject(refused);
  }
  await expect(remote.list(tablesCollection)).rejects.toMatchObject(refused);
  await expect(remote.put(tablesCollection, "sales.own", {})).rejects.toMatchObject(refused);
  await expect(remote.delete(tablesCollection, "sales.own")).rejects.toMatchObject(refused);
  await expect(remote.swapAll([])).rejects.toMatchObject({ code: "MR-WORKER-003" });
  const other = (await state.get<{ folder: string; metadata: string }>(tablesCollection, "sales.other"))!.value;
  const own = (await state.get<{ folder: string; metadata: string }>(tablesCollection, "sales.own"))!;
  for (const value of [other, { ...own.value, metadata: other.metadata }, { ...own.value, metadata: `${own.value.folder}/metadata/../../${other.metadata}` }, { folder: own.value.folder }, null]) {
    await expect(remote.compareAndSwap(tablesCollection, "sales.own", own.version, value)).rejects.toMatchObject(refused);
  }
  expect(await remote.compareAndSwap(tablesCollection, "sales.own", own.version - 1, own.value)).toBeUndefined();
});

test("readers of its versions are entered and taken out, and those of other tables are not seen", async () => {
  await state.put(readersCollection, "sales.other/1/a", { table: "sales.other" });
  await remote.put(readersCollection, "sales.own/1/b", { table: "sales.own" });
  expect((await remote.list(readersCollection)).map(({ key }) => key)).toEqual(["sales.own/1/b"]);
  await remote.delete(readersCollection, "sales.own/1/b");
  expect((await state.list(readersCollection)).map(({ key }) => key)).toEqual(["sales.other/1/a"]);
});
