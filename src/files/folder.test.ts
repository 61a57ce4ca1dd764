import { chmod, mkdtemp, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesConformance } from "./conformance.ts";
import { folderFiles } from "./folder.ts";

const scratch = () => mkdtemp(join(tmpdir(), "millrace-files-"));

filesConformance("folder", async () => folderFiles(await scratch()));

test("a key's path is a plain file that any program can open", async () => {
  const root = await scratch();
  const files = folderFiles(root);
  await files.putIfAbsent("sales/day=2001-01-01/a.parquet", Buffer.from("x"));
  expect(files.path("sales/day=2001-01-01/a.parquet")).toBe(join(root, "sales/day=2001-01-01/a.parquet"));
  expect(files.location("sales/a.parquet")).toBe(`file://${root}/sales/a.parquet`);
  expect(files.keyAt(`${root}/sales/a.parquet`)).toBe("sales/a.parquet");
  expect(files.keyAt(`file:${root}/sales/a.parquet`)).toBe("sales/a.parquet");
  expect(await readFile(files.path("sales/day=2001-01-01/a.parquet"), "utf8")).toBe("x");
});

test("no key leads out of the folder", async () => {
  const root = await scratch();
  const files = folderFiles(join(root, "in"));
  await files.putIfAbsent("../out", Buffer.from("x"));
  expect(await readdir(root)).toEqual(["in"]);
});

test.skipIf(process.platform === "win32")("no link leads out of the folder, and one that stays inside leads where it says", async () => {
  const [root, outside] = [await scratch(), await scratch()];
  const files = folderFiles(root);
  await writeFile(join(outside, "secret"), "s");
  await files.putIfAbsent("in/a", Buffer.from("x"));
  await symlink(outside, join(root, "out"));
  await symlink(join(outside, "secret"), join(root, "in", "leaf"));
  await symlink(join(root, "in"), join(root, "again"));
  const refused = { code: "MR-FILES-001" };
  for (const key of ["out/secret", "in/leaf"]) {
    await expect(files.read(key)).rejects.toMatchObject(refused);
    await expect(files.stat(key)).rejects.toMatchObject(refused);
  }
  await expect(files.putIfAbsent("out/deep/b", Buffer.from("x"))).rejects.toMatchObject(refused);
  await expect(files.delete("out/secret")).rejects.toMatchObject(refused);
  await expect(files.list("out/")[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  expect(await readdir(outside)).toEqual(["secret"]);
  expect(String(await files.read("again/a"))).toBe("x");
  await files.delete("in/leaf");
  expect([await readdir(outside), await readdir(join(root, "in"))]).toEqual([["secret"], ["a"]]);
});

test("staged files are swept when they are old, and never listed", async () => {
  const files = folderFiles(await scratch());
  const staged = await files.stage();
  await writeFile(staged, "x");
  await utimes(staged, 1, 1);
  const listed: string[] = [];
  for await (const key of files.list("")) listed.push(key);
  expect(listed).toEqual([]);
  expect(await files.sweepStaged(60_000)).toBe(1);
});

test.skipIf(process.getuid?.() === 0)("a folder without rights is an error with a mend", async () => {
  const root = await scratch();
  await chmod(root, 0o500);
  await expect(folderFiles(root).putIfAbsent("a", Buffer.from("x"))).rejects.toMatchObject({ code: "MR-FILES-002" });
});

test("a file where a folder should be is an error by code", async () => {
  const files = folderFiles(await scratch());
  await files.putIfAbsent("a", Buffer.from("x"));
  await expect(files.putIfAbsent("a/b", Buffer.from("x"))).rejects.toMatchObject({ code: "MR-FILES-002" });
});
