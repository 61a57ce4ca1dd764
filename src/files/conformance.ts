import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { FilesDriver } from "./driver.ts";

/**
 * What every files driver must pass.
 *
 * @param open - a driver over a store that other checks may share: each check keeps to keys of its own
 */
export function filesConformance(label: string, open: () => Promise<FilesDriver>): void {
  type Body = (files: FilesDriver, at: string) => Promise<void>;
  const check = (title: string, body: Body) => test(`${label}: ${title}`, async () => body(await open(), `check/${title}/`));

  check("what is put is read back, whole and by range", async (files, at) => {
    expect(await files.putIfAbsent(`${at}a`, bytes(1, 2, 3, 4))).toBe(true);
    expect(await read(files, `${at}a`)).toEqual([1, 2, 3, 4]);
    expect(await read(files, `${at}a`, 1, 3)).toEqual([2, 3]);
    expect(await read(files, `${at}a`, 2, 100)).toEqual([3, 4]);
    expect(await read(files, `${at}a`, 9)).toEqual([]);
    expect(await files.stat(`${at}a`)).toMatchObject({ bytes: 4 });
  });
  check("an empty file is a file", async (files, at) => {
    expect(await files.putIfAbsent(`${at}a`, bytes())).toBe(true);
    expect(await read(files, `${at}a`)).toEqual([]);
    expect(await files.putIfAbsent(`${at}a`, bytes(1))).toBe(false);
  });
  check("a file of 20 MB stays whole", async (files, at) => {
    const large = new Uint8Array(20_000_000).fill(7);
    large[19_999_999] = 9;
    await files.putIfAbsent(`${at}a`, large);
    expect(Buffer.compare((await files.read(`${at}a`)) as Uint8Array, large)).toBe(0);
  });
  check("what is not there is undefined, and its removal no error", async (files, at) => {
    expect(await files.read(`${at}a`)).toBeUndefined();
    expect(await files.read(`${at}a/b/c`)).toBeUndefined();
    expect(await files.stat(`${at}a`)).toBeUndefined();
    await files.delete(`${at}a`);
    expect(await all(files.list(at))).toEqual([]);
  });
  check("a folder that was made is no key, and takes files", async (files, at) => {
    for (let times = 0; times < 2; times++) await files.makeFolder(`${at}made/inner`);
    expect(await all(files.list(at))).toEqual([]);
    if (files.capabilities.localPaths) await writeFile(files.path(`${at}made/inner/theirs`), bytes(1));
    await files.putIfAbsent(`${at}made/inner/ours`, bytes(2));
    expect(await all(files.list(at))).toEqual([`${at}made/inner/ours`, ...(files.capabilities.localPaths ? [`${at}made/inner/theirs`] : [])]);
  });
  check("files that are held can be opened at their paths", async (files, at) => {
    for (const [key, text] of [["a", "one"], ["b/c.parquet", "two"]]) await files.putIfAbsent(at + key, new TextEncoder().encode(text));
    const held = await files.hold([{ key: `${at}a`, bytes: 3 }, { key: `${at}b/c.parquet`, bytes: 3 }]);
    const paths = [files.path(`${at}a`), files.path(`${at}b/c.parquet`)];
    expect(await Promise.all(paths.map((path) => readFile(path, "utf8")))).toEqual(["one", "two"]);
    expect(paths.every((path) => files.folders.some((folder) => path.startsWith(folder)))).toBe(true);
    held.release();
  });
  check("a taken key keeps its bytes", async (files, at) => {
    await files.putIfAbsent(`${at}a`, bytes(1));
    expect(await files.putIfAbsent(`${at}a`, bytes(2))).toBe(false);
    expect(await read(files, `${at}a`)).toEqual([1]);
  });
  check("of many writers at once one wins, and its bytes stay whole", async (files, at) => {
    const won = await Promise.all(Array.from({ length: 16 }, (_, i) => files.putIfAbsent(`${at}a`, bytes(i, i, i))));
    expect(won.filter(Boolean).length).toBe(1);
    expect(await read(files, `${at}a`)).toEqual([1, 1, 1].map(() => won.indexOf(true)));
  });
  check("a removed key may be put again", async (files, at) => {
    await files.putIfAbsent(`${at}a`, bytes(1));
    await files.delete(`${at}a`);
    expect(await files.read(`${at}a`)).toBeUndefined();
    expect(await files.putIfAbsent(`${at}a`, bytes(2))).toBe(true);
  });
  check("keys come in UTF-8 order, which is not the order of JavaScript strings", async (files, at) => {
    const names = ["a", "a-b", "a/b", "a0", "b/c/d", "\uFFFF", "\u{10000}"].filter((name) => name !== "a");
    for (const name of names.toReversed()) await files.putIfAbsent(at + name, bytes(0));
    expect(await all(files.list(at))).toEqual(names.map((name) => at + name));
  });
  check("a prefix need not end at a slash", async (files, at) => {
    for (const name of ["ab/1", "abc", "ac"]) await files.putIfAbsent(at + name, bytes(0));
    expect(await all(files.list(`${at}ab`))).toEqual([`${at}ab/1`, `${at}abc`]);
    expect(await all(files.list(`${at}ab/`))).toEqual([`${at}ab/1`]);
    expect(await all(files.list(`${at}zz/`))).toEqual([]);
  });
  check("names of every kind keep apart", async (files, at) => {
    const names = [".", "..", ".hidden", "a=b", "a%3Db", "ü", "u\u0308", "日本 語", "x y+z&?#", "%", '"', "\\", "\n"];
    for (const [i, name] of names.entries()) expect(await files.putIfAbsent(at + name, bytes(i))).toBe(true);
    for (const [i, name] of names.entries()) expect(await read(files, at + name)).toEqual([i]);
    expect((await all(files.list(at))).length).toBe(names.length);
  });
  check("a key that is none is refused by code", async (files, at) => {
    for (const key of ["", "/a", `${at}a//b`, `${at}a/`, `${at}\uD800`, at + "x".repeat(300)]) {
      await expect(files.putIfAbsent(key, bytes(0)), key).rejects.toMatchObject({ code: "MR-FILES-001" });
    }
  });
  check("a staged file is adopted once and then gone", async (files, at) => {
    const staged = await files.stage();
    await writeFile(staged, bytes(5, 6));
    expect(await all(files.list(at))).toEqual([]);
    expect(await files.adopt(`${at}a`, staged)).toBe(true);
    expect(await read(files, `${at}a`)).toEqual([5, 6]);
    await expect(files.adopt(`${at}b`, staged)).rejects.toMatchObject({ code: "MR-FILES-002" });
    const second = await files.stage();
    await writeFile(second, bytes(7));
    expect(await files.adopt(`${at}a`, second)).toBe(false);
    expect(await read(files, `${at}a`)).toEqual([5, 6]);
    expect(await all(files.list(at))).toEqual([`${at}a`]);
  });
  check("discarding is no error twice; a sweep takes only what is old", async (files) => {
    const staged = await files.stage();
    await writeFile(staged, bytes(1));
    expect(await files.sweepStaged(60_000)).toBe(0);
    await files.discard(staged);
    await files.discard(staged);
  });
  check("a location leads back to its key", async (files, at) => {
    const key = `${at}a=1/b c`;
    expect(files.location(key)).toMatch(/^[a-z0-9]+:\/\//);
    expect(files.keyAt(files.location(key))).toBe(key);
    expect(files.keyAt("file:///elsewhere/a")).toBeUndefined();
  });
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

async function read(files: FilesDriver, key: string, start?: number, end?: number): Promise<number[] | undefined> {
  const found = await files.read(key, start, end);
  return found && [...found];
}

async function all(keys: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const key of keys) list.push(key);
  return list;
}
