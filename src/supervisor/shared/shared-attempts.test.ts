import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import { filesIn, type KeptFiles, SharedFiles } from "../../files/shared-files.ts";
import { taskDecl } from "../../scheduler/dag-for-tests.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import { resultsFolder } from "../data-folder.ts";
import { appendAttemptLog } from "../tasks/attempt-log.ts";
import { placeOf } from "../tasks/attempt-place.ts";
import { SharedAttempts } from "./shared-attempts.ts";
import { SharedLogs } from "./shared-logs.ts";

const input = { file: "daily/r.1/a.json", bytes: 3, sha256: "" };
const work: Work = { attempt: "x", fence: 1, number: 1, task: taskDecl("b"), index: -1, run: { id: "r", dag: "daily", kind: "manual", release: "one", logicalDate: null, interval: { start: "", end: "" }, params: {} }, made: 1, inputs: { a: input }, looks: 0 };
const hint = { attempt: "x" } as Hint;
const line = (text: string): Buffer => Buffer.from(`${JSON.stringify({ msg: text })}\n`);

/** A plane with a data folder of its own, before a bucket that may fail. */
function bed() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-shared-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = folderFiles(join(folder, "bucket"));
  const state = { isDown: false };
  const bucket: KeptFiles = { ...store, read: async (...args) => (state.isDown ? Promise.reject(new Error("down")) : store.read(...args)), putIfAbsent: async (...args) => (state.isDown ? Promise.reject(new Error("down")) : store.putIfAbsent(...args)) };
  const told: Outcome[] = [];
  const port: ExecutorPort = { start: async () => work, end: async (_attempt, _fence, outcome) => (told.push(outcome), true), alive: () => undefined, gone: async () => undefined };
  const logs = new SharedLogs(filesIn(bucket, "logs/"), folder);
  onTestFinished(() => logs.close());
  const results = new SharedFiles(folderFiles(resultsFolder(folder)), filesIn(bucket, "results/"));
  return { folder, bucket, state, told, logs, attempts: new SharedAttempts({ port, results, logs }) };
}

const said = async (logs: SharedLogs): Promise<string[]> => (await logs.read(placeOf(work))).lines.map((text) => (JSON.parse(text) as { msg: string }).msg);

test("what an attempt reads is here before it begins, and what it made is in the bucket before its end is told", async () => {
  const { folder, bucket, told, logs, attempts } = bed();
  await bucket.putIfAbsent(`results/${input.file}`, Buffer.from("[1]"));
  expect(await attempts.start(hint, "worker")).toBe(work);
  const here = folderFiles(resultsFolder(folder));
  expect(String(await here.read(input.file))).toBe("[1]");
  await here.putIfAbsent("daily/r.1/b.json", Buffer.from("[2]"));
  await appendAttemptLog(folder, placeOf(work), 0, line("done"));
  expect(await attempts.end("x", 1, { kind: "success", result: { file: "daily/r.1/b.json", bytes: 3, sha256: "" } })).toBe(true);
  expect(String(await bucket.read("results/daily/r.1/b.json"))).toBe("[2]");
  expect(await said(logs)).toEqual(["done"]);
  expect(told).toHaveLength(1);
});

test("a bucket that is down fails the attempt that cannot begin, keeps back the end of one with a result, and no other", async () => {
  const { folder, state, told, logs, attempts } = bed();
  state.isDown = true;
  expect(await attempts.start(hint, "worker")).toBeUndefined();
  expect(told).toMatchObject([{ kind: "failed" }]);
  state.isDown = false;
  await attempts.start(hint, "worker");
  await folderFiles(resultsFolder(folder)).putIfAbsent("daily/r.1/b.json", Buffer.from("[2]"));
  await appendAttemptLog(folder, placeOf(work), 0, line("late"));
  state.isDown = true;
  await expect(attempts.end("x", 1, { kind: "success", result: { file: "daily/r.1/b.json", bytes: 3, sha256: "" } })).rejects.toThrow("down");
  expect(await attempts.end("x", 1, { kind: "skipped" })).toBe(true);
  state.isDown = false;
  // Its log follows when it can.
  await logs.close();
  expect(await said(logs)).toEqual(["late"]);
});
