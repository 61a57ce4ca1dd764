import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FilesDriver } from "../../files/driver.ts";
import { folderFiles } from "../../files/folder.ts";
import { neededFrom, stateBase, StateSnapshots, type StoredSnapshot, withSnapshot } from "./state-snapshots.ts";
import type { TaskRecord } from "./task-record.ts";

let root: string;
let files: FilesDriver;
let said: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mr-snapshots-"));
  files = folderFiles(root);
  said = [];
});
afterEach(() => rmSync(root, { recursive: true }));

const snapshotsOn = (driver: FilesDriver): StateSnapshots => new StateSnapshots(driver, "stage-state/g/id", (text) => said.push(text));
const bytes = (text: string): Uint8Array => Buffer.from(text);
const record = (more: Partial<TaskRecord>): TaskRecord => ({ fence: 1, positions: [], ...more });
const at = (from: number): StoredSnapshot => ({ from, key: `stage-state/g/id/0/${from}`, bytes: 1, crc: 0 });

async function stored(snapshots: StateSnapshots, from: number, text: string): Promise<StoredSnapshot> {
  snapshots.store(0, from, bytes(text));
  await expect.poll(() => snapshots.stored(0)?.from).toBe(from);
  return snapshots.stored(0) as StoredSnapshot;
}

const keys = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const key of files.list("")) found.push(key);
  return found;
};

const baseOf = (given: TaskRecord, start: number, snapshots: StateSnapshots | undefined = snapshotsOn(files)) => stateBase(given, start, { files: snapshots, where: "here", warn: (text) => said.push(text) });

test("a record takes a newer snapshot, keeps the one before, and never an older one", () => {
  const one = withSnapshot(record({ state: 3 }), at(10));
  const two = withSnapshot(one, at(20));
  const three = withSnapshot(two, at(30));
  expect([one, two, three].map(({ snapshots }) => snapshots?.map(({ from }) => from))).toEqual([[10], [20, 10], [30, 20]]);
  expect(withSnapshot(three, at(30))).toBe(three);
  expect(withSnapshot(three, at(25))).toBe(three);
  expect(withSnapshot(three, undefined)).toBe(three);
  // What began anew behind it has nothing of it.
  expect(withSnapshot(record({ state: 40 }), at(30)).snapshots).toBeUndefined();
});

test("the changes are needed from the beginning until two snapshots are kept, then from the older one on", () => {
  expect(neededFrom(record({}))).toBeUndefined();
  expect(neededFrom(record({ state: 3 }))).toBe(3);
  expect(neededFrom(record({ state: 3, snapshots: [at(10)] }))).toBe(3);
  expect(neededFrom(record({ state: 3, snapshots: [at(20), at(10)] }))).toBe(10);
});

test("state comes from the newest snapshot; one that is damaged, cut short or gone gives way to the one before, and that to the changes", async () => {
  const snapshots = snapshotsOn(files);
  const [older, newest] = [await stored(snapshots, 10, "older"), await stored(snapshots, 20, "newest")];
  const kept = record({ state: 3, snapshots: [newest, older] });
  expect(await baseOf(kept, 0)).toEqual({ snapshot: bytes("newest"), from: 20 });
  expect(said).toEqual([]);
  for (const damage of ["newesT", "new"]) {
    writeFileSync(files.path(newest.key), damage);
    expect(await baseOf(kept, 0)).toEqual({ snapshot: bytes("older"), from: 10 });
  }
  await files.delete(newest.key);
  expect(await baseOf(kept, 0)).toEqual({ snapshot: bytes("older"), from: 10 });
  await files.delete(older.key);
  expect(await baseOf(kept, 0)).toEqual({ from: 3 });
  expect(said).toHaveLength(5);
  await expect(baseOf(kept, 4)).rejects.toMatchObject({ code: "MR-LOG-012", parts: { what: expect.stringContaining(`${newest.key} is gone`) } });
});

test("no snapshot is used behind which changes are missing, or without a store to read it from", async () => {
  const own = await stored(snapshotsOn(files), 10, "own");
  const kept = record({ state: 3, snapshots: [own] });
  await expect(baseOf(kept, 11)).rejects.toMatchObject({ code: "MR-LOG-012" });
  await expect(stateBase(kept, 10, { files: undefined, where: "here", warn: () => undefined })).rejects.toMatchObject({ parts: { what: expect.stringContaining("the profile names no bucket") } });
  expect(await baseOf(record({}), 100)).toBeUndefined();
});

test("a store that cannot be reached is no reason to take something else: it is asked again later", async () => {
  const own = await stored(snapshotsOn(files), 10, "own");
  const away: FilesDriver = { ...files, read: () => Promise.reject(new Error("away")) };
  await expect(baseOf(record({ state: 3, snapshots: [own] }), 0, snapshotsOn(away))).rejects.toThrow("away");
});

test("one is stored at a time; those that come meanwhile are let go", async () => {
  const gate = Promise.withResolvers<void>();
  const slow: FilesDriver = { ...files, putIfAbsent: (key, content) => gate.promise.then(() => files.putIfAbsent(key, content)) };
  const snapshots = snapshotsOn(slow);
  for (const from of [10, 20, 30]) snapshots.store(0, from, bytes("x"));
  snapshots.store(1, 5, bytes("y"));
  gate.resolve();
  await expect.poll(async () => (await keys()).length).toBe(2);
  expect(await keys()).toEqual([`stage-state/g/id/0/${"10".padStart(16, "0")}`, `stage-state/g/id/1/${"5".padStart(16, "0")}`]);
  await stored(snapshots, 40, "z");
});

test("a store that takes nothing is told of, and harms nothing", async () => {
  const full: FilesDriver = { ...files, putIfAbsent: () => Promise.reject(new Error("full")) };
  const snapshots = snapshotsOn(full);
  snapshots.store(0, 10, bytes("x"));
  await expect.poll(() => said.length).toBe(1);
  expect(snapshots.stored(0)).toBeUndefined();
});

test("a sweep takes what is older than what is kept, of its own task alone, in the order of numbers", async () => {
  const snapshots = snapshotsOn(files);
  for (const from of [9, 100, 1_000]) await stored(snapshots, from, "x");
  snapshots.store(1, 9, bytes("y"));
  await expect.poll(async () => (await keys()).length).toBe(4);
  await snapshots.sweep(0, 100);
  expect((await keys()).map((key) => key.split("/").slice(3).map(Number))).toEqual([[0, 100], [0, 1_000], [1, 9]]);
});
