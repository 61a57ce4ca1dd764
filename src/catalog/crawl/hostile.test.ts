import { expect, test } from "vitest";
import { crawlBed } from "../crawl-for-tests.ts";
import { recogniseFiles } from "./recognise-files.ts";

const bed = crawlBed();
const good = "id,name\n1,ann\n2,bob\n";

test("a file that takes too long costs its process and nothing else, and is tried again by the next crawl", async () => {
  await bed().write({ "a/good.csv": good, "b/slow.csv": good, "c/good.csv": good });
  const slow = await bed().crawl({}, { limits: { timeoutMs: 0 } });
  expect(slow.unreadable.map(({ error }) => error.code)).toEqual(["MR-CRAWL-002", "MR-CRAWL-002", "MR-CRAWL-002"]);
  const again = await bed().crawl();
  expect(again.files).toMatchObject({ read: 3, unreadable: 0 });
});

test("a file that needs more memory than a file may is told of by name; those behind it are recognised", async () => {
  // One record of millions of objects.
  const bomb = `{"a": [${"{},".repeat(5_000_000)}{}]}`;
  await bed().write({ "a/good.csv": good, "b/bomb.json": bomb, "c/good.csv": good });
  const paths = ["a/good.csv", "b/bomb.json", "c/good.csv"].map((path) => `${bed().raw}/${path}`);
  const results = await recogniseFiles(paths, (path) => path, { options: {}, signal: new AbortController().signal, limits: { memoryBytes: 96 << 20 }, processes: 1 });
  expect(results[1]).toMatchObject({ error: { what: "the file cannot be recognised: it takes more memory than a file may" } });
  expect(results.map((result) => ("found" in result ? result.found.format.kind : result.error.code))).toEqual(["csv", "MR-CRAWL-002", "csv"]);
});

test("an aborted crawl ends at once and leaves the catalog as it is", async () => {
  await bed().write(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`t${i}/a.csv`, good])));
  const stop = new AbortController();
  const crawling = bed().crawl({}, { signal: stop.signal, onProgress: () => stop.abort(new Error("stop")) });
  await expect(crawling).rejects.toThrow("stop");
  expect(await bed().tables.list()).toEqual([]);
});

test("names with every trick become names of tables that are legal and told apart", async () => {
  const names = ["..csv", "a'b\"c.csv", "A\u0301.csv", "\u00C1.csv", "\u202Egnp.csv", "sélect;drop.csv", "x%2Fy.csv", `${"n".repeat(200)}.csv`, "con.csv", "{}[]*?.csv", " .csv", "😀.csv"];
  await bed().write(Object.fromEntries(names.map((name, i) => [name, `c${i},d${i}\n1,x\n2,y\n`])));
  const { tables, files } = await bed().crawl();
  expect(files.leftOut).toBe(1);
  expect(tables).toHaveLength(names.length - 1);
  for (const { name } of tables) expect(name).toMatch(/^raw\.[a-z0-9_]{1,89}$/);
  expect(new Set(tables.map(({ name }) => name)).size).toBe(tables.length);
});

test("ten thousand columns and folders sixty deep go through", async () => {
  const wide = Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(",");
  const values = Array.from({ length: 10_000 }, (_, i) => i).join(",");
  await bed().write({ "wide/a.csv": `${wide}\n${values}\n${values}\n`, [`${"d/".repeat(60)}deep.csv`]: good });
  const { tables } = await bed().crawl();
  expect(tables.map(({ columns, files }) => [columns, files])).toEqual([[2, 1], [10_000, 1]]);
});
