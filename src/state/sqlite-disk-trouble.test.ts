import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { anAttempt, anInstance, aRun, changes } from "./run-rows-for-tests.ts";
import type { RunStore } from "./run-store.ts";
import { smallDisks } from "../../test/support/small-disks.ts";
import { sqliteRuns } from "./sqlite-runs.ts";

const scratch = mkdtempSync(join(tmpdir(), "mr-state-disk-"));
const smallDisk = smallDisks();
afterAll(() => rmSync(scratch, { recursive: true }));

/** One commit of a run with a task that has a large result. */
function write(store: RunStore, epoch: number, id: string): Promise<void> {
  return store.commit(epoch, changes({ runs: [aRun(id)], instances: [anInstance(id, "t", { result: { json: JSON.stringify("x".repeat(20_000)) } })], attempts: [anAttempt(id, "t", 1)] }), [{ collection: "c", key: id, expected: 0, value: 1 }]);
}

/** Writes until the store refuses. */
async function fill(store: RunStore, epoch: number): Promise<{ written: string[]; error: unknown }> {
  const written: string[] = [];
  for (;;) {
    const id = `r${written.length}`;
    const error = await write(store, epoch, id).then(() => undefined, (thrown: unknown) => thrown);
    if (error) return { written, error };
    written.push(id);
  }
}

async function expectWhole(store: RunStore, ids: string[]): Promise<void> {
  const { unfinished } = await store.take("after");
  expect(unfinished.runs.map(({ id }) => id)).toEqual(ids);
  expect(unfinished.instances.map(({ run }) => run)).toEqual(ids);
  expect(unfinished.attempts.map(({ run }) => run)).toEqual(ids);
}

test("a full disk refuses a commit by code and whole; the store goes on when there is space", async (context) => {
  const disk = smallDisk();
  if (!disk) return context.skip("no file system of a size of our own");
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, new Uint8Array(1_000_000));
  const store = await sqliteRuns(join(disk, "state.sqlite"));
  const { epoch } = await store.take("a");
  const { written, error } = await fill(store, epoch);
  expect(error).toMatchObject({ code: "MR-STATE-001" });
  expect(written.length).toBeGreaterThan(3);
  const next = `r${written.length}`;
  await expect(write(store, epoch, next)).rejects.toMatchObject({ code: "MR-STATE-001" });
  expect([(await store.runs({ limit: 1_000 })).length, await store.run(next)]).toEqual([written.length, undefined]);
  rmSync(ballast);
  await write(store, epoch, next);
  await expectWhole(store, [...written, next]);
  await store.close();
});

test("a file that may not grow refuses as a full disk does", async (context) => {
  if (spawnSync("prlimit", ["--version"]).status !== 0) return context.skip("no prlimit");
  const limit = (bytes: string): unknown => execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
  // Without somebody who listens, the signal that comes with the refusal ends the process.
  const ignore = (): void => undefined;
  process.on("SIGXFSZ", ignore);
  const store = await sqliteRuns(join(scratch, "limited.sqlite"));
  const { epoch } = await store.take("a");
  limit("500000");
  const { written, error } = await fill(store, epoch).finally(() => limit("unlimited"));
  expect(error).toMatchObject({ code: "MR-STATE-001" });
  expect(written.length).toBeGreaterThan(3);
  const next = `r${written.length}`;
  await write(store, epoch, next);
  await expectWhole(store, [...written, next]);
  await store.close();
  process.off("SIGXFSZ", ignore);
});

test("a disk that may only be read is refused by code, and what it holds can be used later", async (context) => {
  const disk = smallDisk();
  if (!disk) return context.skip("no file system of a size of our own");
  const path = join(disk, "state.sqlite");
  const store = await sqliteRuns(path);
  const { epoch } = await store.take("a");
  await write(store, epoch, "r");
  await store.close();
  execFileSync("mount", ["-o", "remount,ro", disk]);
  await expect(sqliteRuns(path).then((opened) => opened.take("b").finally(() => opened.close()))).rejects.toMatchObject({ code: "MR-STATE-001" });
  execFileSync("mount", ["-o", "remount,rw", disk]);
  const again = await sqliteRuns(path);
  await expectWhole(again, ["r"]);
  await again.close();
});

test("a store that is closed says so", async () => {
  const store = await sqliteRuns(join(scratch, "closed.sqlite"));
  const { epoch } = await store.take("a");
  await store.close();
  await store.close();
  await expect(write(store, epoch, "r")).rejects.toMatchObject({ code: "MR-STATE-001" });
  await expect(store.run("r")).rejects.toMatchObject({ code: "MR-STATE-001" });
});
