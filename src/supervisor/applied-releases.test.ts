import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { AppliedReleases } from "./applied-releases.ts";

/** Planes of one project, each with a data folder of its own. */
async function bed() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-applied-"));
  const state = await sqliteState(join(folder, "state.db"));
  onTestFinished(async () => {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { state, plane: (name = "a", on: Pick<StateStore, "get" | "compareAndSwap"> = state) => AppliedReleases.open(on, join(folder, name)) };
}

const has = async (): Promise<boolean> => true;

/** Brings a plane up with a release in its folder. @returns the one that runs */
async function up(plane: AppliedReleases, inFolder: string, policy: "auto" | "manual" = "auto"): Promise<string> {
  const release = await plane.toRun(inFolder, policy, has);
  await plane.take(release, null);
  plane.noteFolder(inFolder);
  return release;
}

test("auto: what is in the folder runs, but behind a rollback only once the folder holds something else", async () => {
  const { plane } = await bed();
  expect(await up(await plane(), "one")).toBe("one");
  expect(await up(await plane(), "two")).toBe("two");
  expect((await plane()).previous).toBe("one");
  await (await plane()).rollBack("one", "it fails");
  expect(await plane()).toMatchObject({ current: "one", previous: undefined });
  expect(await up(await plane(), "two")).toBe("one");
  expect((await plane()).history).toMatchObject([{ release: "one", note: "it fails" }]);
  expect(await up(await plane(), "three")).toBe("three");
  // The sources of the first again: of one who has changed the folder it is meant so.
  expect(await up(await plane(), "one")).toBe("one");
});

test("manual: what was applied runs, and the folder's at the very first, or when the other is gone", async () => {
  const { plane } = await bed();
  expect(await up(await plane(), "one", "manual")).toBe("one");
  expect(await up(await plane(), "two", "manual")).toBe("one");
  expect(await (await plane()).toRun("two", "manual", async (release) => release !== "one")).toBe("two");
});

test("going back again goes further back, and a way forward is there by name", async () => {
  const { plane } = await bed();
  for (const release of ["one", "two", "three"]) await up(await plane(), release);
  await (await plane()).rollBack((await plane()).previous as string, null);
  expect((await plane()).current).toBe("two");
  await (await plane()).rollBack((await plane()).previous as string, null);
  expect(await plane()).toMatchObject({ current: "one", previous: undefined });
  await (await plane()).rollBack("three", null);
  expect(await plane()).toMatchObject({ current: "three", previous: "one" });
});

test("a plane that comes up again with its old sources takes nobody back, on a new machine neither", async () => {
  const { plane } = await bed();
  for (const name of ["a", "b"]) expect(await up(await plane(name), "one")).toBe("one");
  expect(await up(await plane("a"), "two")).toBe("two");
  expect(await up(await plane("b"), "one")).toBe("two");
  expect(await up(await plane("new"), "one")).toBe("two");
  expect(await up(await plane("b"), "two")).toBe("two");
  expect((await plane("c")).history.map(({ release }) => release)).toEqual(["one", "two"]);
});

test("of two that take up a release in place of the same one, one does, and the other hears of it", async () => {
  const { plane } = await bed();
  const [a, b] = [await plane("a"), await plane("b")];
  await a.take("one", null);
  expect(await Promise.all([a.take("two", null, "one"), b.take("three", null, "one")])).toEqual(expect.arrayContaining([true, false]));
  expect((await plane()).history).toHaveLength(2);
  expect(await a.rollBack("one", null, "none of them")).toBe(false);
});

test("a write that others are faster than is made upon theirs", async () => {
  const { plane, state } = await bed();
  const other = await plane("b");
  let isFirst = true;
  const slow = await plane("a", { get: (collection, key) => state.get(collection, key), compareAndSwap: async (...args) => (isFirst && ((isFirst = false), await other.take("theirs", null)), state.compareAndSwap(...args)) });
  expect(await slow.take("ours", null)).toBe(true);
  expect((await plane()).history.map(({ release }) => release)).toEqual(["theirs", "ours"]);
});
