import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listFiles } from "./list-files.ts";

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-list-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const names = async (folder: string, ...at: string[]) => (await listFiles(folder, at, "the test")).map(({ path }) => path.slice(folder.length + 1));

test("paths, folders and globs give each file once, in order, without what is empty or not meant", async () => {
  const folder = folderWith({ "b/2.csv": "x", "b/1.csv": "x", "b/deep/3.csv": "x", "b/_SUCCESS": "x", "b/.hidden/4.csv": "x", "b/_tmp/5.csv": "x", "b/empty.csv": "", "a.csv": "x", "b/6.json": "x" });
  symlinkSync(join(folder, "nowhere"), join(folder, "b/dangling.csv"));
  expect(await names(folder, "b")).toEqual(["b/1.csv", "b/2.csv", "b/6.json", "b/deep/3.csv"]);
  expect(await names(folder, "b/*.csv", "b/1.csv", "a.csv")).toEqual(["a.csv", "b/1.csv", "b/2.csv"]);
  expect(await names(folder, "**/*.csv")).toEqual(["a.csv", "b/1.csv", "b/2.csv", "b/deep/3.csv"]);
  expect(await names(folder, join(folder, "b/{1,2}.csv"), "nothing/*.csv")).toEqual(["b/1.csv", "b/2.csv"]);
});

test("a name with wildcards that is there means itself, and folders key=value are values", async () => {
  const folder = folderWith({ "odd [1]/a.csv": "x", "odd 1/a.csv": "x", "s/year=2024/city=K%C3%B6ln/a.csv": "x", "s/year=__HIVE_DEFAULT_PARTITION__/city=/a.csv": "x" });
  expect(await names(folder, "odd [1]")).toEqual(["odd [1]/a.csv"]);
  expect((await listFiles(folder, ["s"], "the test")).map(({ partition }) => partition)).toEqual([{ year: "2024", city: "Köln" }, { year: null, city: null }]);
});
