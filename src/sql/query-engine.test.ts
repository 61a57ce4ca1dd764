import { mkdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { parquetCopySql } from "../lake/parquet-copy.ts";
import { QueryEngine } from "./query-engine.ts";
import { scratchFolder } from "./sql-for-tests.ts";

const scratch = await scratchFolder();
const [lake, raw, other] = ["lake", "raw", "other"].map((name) => join(scratch.folder, name));
const limits = { memory_limit: "200MB" };
let engine: QueryEngine;

beforeEach(async () => {
  engine?.close();
  engine = await QueryEngine.open();
  for (const folder of [lake, raw, other]) {
    await mkdir(folder, { recursive: true });
    await engine.connection.run(parquetCopySql("select 1::bigint as n", join(folder, "a.parquet"), [{ id: 1, name: "n", required: false, type: "long" }]));
  }
});
afterAll(async () => {
  engine.close();
  await scratch.remove();
});

const file = (folder: string, version?: string) => ({ path: join(folder, "a.parquet"), version });

/** A statement from its begin to its rows. @returns whether it met the engine of the one before, and what it gives */
async function statement(files: ReturnType<typeof file>[] | undefined, { shared = [lake], settings = limits }: { shared?: string[] | null; settings?: Record<string, string> } = {}): Promise<{ sameEngine: boolean; rows: unknown }> {
  const before = engine.connection;
  await engine.begin(settings, [], shared ?? undefined);
  await engine.reads(files);
  const reads = (files ?? [file(other)]).map(({ path }) => `select n from read_parquet('${path}')`);
  await engine.createView('"memory"."raw"', '"t"', reads.join(" union all "));
  await engine.createView('"memory"."main"', '"t"', "select 7 as n");
  await engine.lock((files ?? [file(other)]).map(({ path }) => path), [], false);
  const result = await engine.connection.runAndReadAll("select sum(n)::integer from (select n from raw.t union all select n from t)");
  return { sameEngine: engine.connection === before, rows: result.getRows()[0][0] };
}

/** The same, upon what a statement left that came before. */
async function after(files: Parameters<typeof statement>[0], options?: Parameters<typeof statement>[1]): Promise<{ sameEngine: boolean; rows: unknown }> {
  await engine.next();
  return statement(files, options);
}

test("an engine stays for statements that read files below what they share, and is empty for each", async () => {
  expect((await statement([file(lake)])).rows).toBe(8);
  expect(await after([file(lake)])).toEqual({ sameEngine: true, rows: 8 });
  await expect(engine.connection.run(`select * from '${file(other).path}'`)).rejects.toThrow(/disabled by configuration/);
  await expect(engine.connection.run("set threads = 1")).rejects.toThrow(/locked/);
  await engine.next();
  await expect(engine.connection.run("select * from raw.t")).rejects.toThrow(/does not exist/);
  expect((await engine.connection.runAndReadAll("select count(*)::integer from duckdb_views() where not internal")).getRows()).toEqual([[0]]);
});

test("files elsewhere bring a new engine the first time, and are then among what is shared", async () => {
  await statement([file(lake)]);
  expect(await after([file(lake), file(raw, "1")])).toEqual({ sameEngine: false, rows: 9 });
  expect(await after([file(raw, "1")])).toEqual({ sameEngine: true, rows: 8 });
  expect((await after([file(lake)])).sameEngine).toBe(true);
});

test("a file that was changed is not read from what the engine has kept of it", async () => {
  await statement([file(raw, "1")]);
  const { path } = file(raw);
  const another = await QueryEngine.open();
  await another.connection.run(parquetCopySql("select 40::bigint as n", path, [{ id: 1, name: "n", required: false, type: "long" }]));
  another.close();
  await utimes(path, new Date(0), new Date(0));
  expect(await after([file(raw, "2")])).toEqual({ sameEngine: false, rows: 47 });
});

test("what could leave something behind, other limits, and statements that share nothing have an engine of their own", async () => {
  await statement([file(lake)]);
  expect((await after(undefined)).sameEngine).toBe(false);
  const own = engine.connection;
  await engine.next();
  expect(engine.connection).not.toBe(own);
  await statement([file(lake)]);
  expect((await after([file(lake)], { settings: { memory_limit: "201MB" } })).sameEngine).toBe(false);
  expect((await after([file(lake)], { shared: null, settings: { memory_limit: "201MB" } })).sameEngine).toBe(false);
});
