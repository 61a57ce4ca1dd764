import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProject } from "./find-project.ts";

test("the nearest folder upward that is a project", async () => {
  const root = await mkdtemp(join(tmpdir(), "millrace-find-"));
  const inner = join(root, "a", "b");
  await mkdir(inner, { recursive: true });
  expect(() => findProject(inner, undefined)).toThrow(expect.objectContaining({ code: "MR-MODEL-008" }));
  await writeFile(join(root, "orders.pipeline.ts"), "");
  expect(findProject(inner, undefined)).toBe(root);
  await writeFile(join(root, "a", "millrace.config.mjs"), "");
  expect(findProject(inner, undefined)).toBe(join(root, "a"));
});

test("a folder that is named is taken as it is", async () => {
  const root = await mkdtemp(join(tmpdir(), "millrace-find-"));
  expect(findProject("/", root)).toBe(root);
  expect(() => findProject(root, "missing")).toThrow(/MR-MODEL-008[\s\S]*missing/);
});
