import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDataFolder, spaceCheck } from "./check-data-folder.ts";
import { checkMachine, checkMemory, checkOpenFiles } from "./check-machine.ts";
import { checkProject } from "./check-project.ts";

const folder = () => mkdtemp(join(tmpdir(), "millrace-doctor-"));
const mib = 1_024 ** 2;

test("this machine can run Millrace", async () => {
  const checks = await checkMachine();
  expect(checks.map(({ name }) => name)).toEqual(["node", "duckdb", "sqlite", "memory", "processors", "open files"]);
  expect(checks.filter(({ state }) => state === "fail")).toEqual([]);
});

test("limits", () => {
  expect([100, 500, 2_000].map((size) => checkMemory(size * mib).state)).toEqual(["fail", "warn", "ok"]);
  expect([100, 500, 20_000].map((size) => spaceCheck(size * mib).state)).toEqual(["fail", "warn", "ok"]);
  expect([100, 500, 4_096, undefined].map((limit) => checkOpenFiles(limit).state)).toEqual(["fail", "warn", "ok", "ok"]);
});

test("a data folder that is not made yet is well, and stays unmade", async () => {
  const checks = await checkDataFolder(join(await folder(), "deep", "data"));
  expect(checks.map(({ name, state }) => [name, state])).toEqual([["data folder", "ok"], ["disk", expect.any(String)], ["running", "ok"]]);
  expect(checks[0].what).toContain("not made yet");
});

test("a data folder that is a file cannot be written to", async () => {
  const path = join(await folder(), "file");
  await writeFile(path, "");
  expect((await checkDataFolder(path))[0]).toMatchObject({ state: "fail", mend: expect.stringContaining("--data") });
});

test("a token that others may read, and a control file of a process that is gone", async () => {
  const path = await folder();
  await writeFile(join(path, "token"), "mr_0123456789abcdef0123");
  await chmod(join(path, "token"), 0o644);
  // The largest pid that Linux gives is 2 ** 22: this one is nobody's.
  await writeFile(join(path, "control.json"), JSON.stringify({ url: "http://127.0.0.1:9", pid: 2 ** 22 + 1, startedAt: "2026-01-01T00:00:00Z" }));
  const checks = await checkDataFolder(path);
  expect(checks.find(({ name }) => name === "token")).toMatchObject({ state: "fail", mend: `chmod 600 ${join(path, "token")}` });
  expect(checks.find(({ name }) => name === "running")).toMatchObject({ state: "warn" });
});

test("a project's problems are failures; no project is none", async () => {
  const path = await folder();
  expect((await checkProject(path, undefined)).checks).toMatchObject([{ name: "project", state: "warn" }]);
  await writeFile(join(path, "pipeline.ts"), "export const = 1;\n");
  const { checks } = await checkProject(path, undefined);
  expect(checks).toMatchObject([{ name: "project", state: "ok" }, { name: "definition", state: "fail", what: expect.stringContaining("pipeline.ts:1") }]);
});
