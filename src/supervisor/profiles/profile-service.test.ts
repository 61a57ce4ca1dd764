import { fileURLToPath } from "node:url";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlText } from "../../lake/duckdb.ts";
import { deletePositions, stagedRows } from "../../lake/lake-for-tests.ts";
import { folderFiles } from "../../files/folder.ts";
import type { Column } from "../../model/manifest.ts";
import { accepted, notNull, range, unique } from "../../index.ts";
import { headOf } from "../../lake/table-metadata.ts";
import { checkedVersion } from "../../quality/checks/checked-version.ts";
import { runChecks } from "../../quality/checks/run-checks.ts";
import { suggestChecks } from "../../quality/profile/suggest-checks.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { TableProfile } from "../../quality/profile/profile.ts";
import type { Declared } from "../project-data.ts";
import { ProjectData } from "../project-data.ts";
import { batchOf, openLog } from "../../sql/sql-for-tests.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { StateStore } from "../../state/store.ts";
import { ProfileService } from "./profile-service.ts";

const columns: Column[] = [{ name: "id", type: "integer", nullable: false }, { name: "day", type: "date", nullable: false }, { name: "status", type: "string", nullable: true }, { name: "amount", type: "number", nullable: false }];
const never = new AbortController().signal;
/** What is said of columns, by table. */
const marks = new Map<string, Map<string, string>>();

let folder: string;
let state: StateStore;
let data: ProjectData;
/** Another one over the same data, as after a restart: nothing is in its memory. */
let open: () => ProfileService;
let service: ProfileService;
let closeLog: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-profiles-"));
  state = await sqliteState(join(folder, "state.db"));
  const log = await openLog(join(folder, "log"));
  closeLog = log.close;
  data = new ProjectData({ log: log.log, state, dataFolder: folder, projectFolder: folder });
  const declared: Declared = { tables: { "sales.paid": { name: "sales.paid", columns: [], partitionBy: [], model: { sql: "select id, amount from sales.orders where status = 'paid'", materialize: { kind: "view" } } }, "sales.halves": { name: "sales.halves", columns: [], partitionBy: [], model: { sql: "select id, amount / 2 as half from sales.same", materialize: { kind: "view" } } } }, external: { "sales.prices": { kind: "files", name: "sales.prices", at: ["prices.csv"] } } } as unknown as Declared;
  open = () => new ProfileService({ data, state, folder: join(folder, "inputs"), declared: () => declared, personal: async (_, name) => marks.get(name) ?? new Map() });
  service = open();
});

afterAll(async () => {
  await service.close();
  await data.lake.close();
  await closeLog();
  await state.close();
  await rm(folder, { recursive: true, force: true });
});

/** @returns the snapshot */
async function append(name: string, day: string, from: number, count: number): Promise<string> {
  const table = await data.lake.createTable({ name, columns, partitionBy: [{ column: "day", transform: "identity" }] });
  const rows = Array.from({ length: count }, (_, i) => ({ id: from + i, day, status: i % 4 === 0 ? null : i % 4 === 1 ? "open" : "paid", amount: (from + i) / 2 }));
  const writer = await table.writer();
  await writer.add(batchOf(columns, rows));
  await writer.commit();
  await writer.close();
  return String((await table.currentSnapshot())?.["snapshot-id"]);
}

async function profileAnew(dataset: string): Promise<TableProfile> {
  const other = open();
  return other.profile({ dataset }, never).finally(() => other.close());
}

const profile = (dataset: string, more = {}): Promise<TableProfile> => service.profile({ dataset, ...more }, never);

/** Without what says when, and how many files were read for it. */
const says = ({ at: _, files: __, ...rest }: TableProfile): unknown => rest;

test("new files cost themselves alone; partitions and versions that were measured are not read", async () => {
  const first = await append("sales.orders", "2026-01-01", 0, 400);
  const before = await profile("sales.orders");
  expect(before).toMatchObject({ dataset: "sales.orders", snapshot: first, rows: 400, files: { all: 1, read: 1 } });
  expect(before.columns.map(({ name, nulls, distinct, min, max, nature }) => [name, nulls, distinct.value, min, max, nature])).toEqual([
    ["id", 0, 400, "0", "399", "unique"],
    ["day", 0, 1, "2026-01-01", "2026-01-01", "constant"],
    ["status", 100, 2, "open", "paid", null],
    ["amount", 0, 400, "0.0", "199.5", "unique"],
  ]);
  const second = await append("sales.orders", "2026-01-02", 400, 100);
  expect(await profile("sales.orders")).toMatchObject({ snapshot: second, rows: 500, files: { all: 2, read: 1 } });
  expect((await profile("sales.orders")).files.read).toBe(0);
  expect(says(await profile("sales.orders", { version: first }))).toEqual(says(before));
  const day = await profile("sales.orders", { partitions: ["day=2026-01-02"] });
  expect(day).toMatchObject({ rows: 100, files: { all: 1, read: 0 }, partitions: ["day=2026-01-02"] });
  expect(day.columns[0]).toMatchObject({ min: "400", max: "499", numbers: { mean: 449.5, quantiles: { exact: true } } });
  await expect(profile("sales.orders", { partitions: ["day=2026-01-03"] })).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(profile("sales.orders", { version: "77" })).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await expect(profile("sales.order")).rejects.toMatchObject({ code: "MR-SQL-003" });
});

test("a table that was never written to has columns and no rows", async () => {
  await data.lake.createTable({ name: "sales.none", columns, partitionBy: [] });
  const none = await profile("sales.none", { relations: true });
  expect(none).toMatchObject({ snapshot: null, rows: 0, findings: [], files: { all: 0, read: 0 } });
  expect(none.columns.map(({ name, distinct, numbers }) => [name, distinct.value, numbers])).toEqual(columns.map(({ name }) => [name, 0, null]));
});

test("two versions are compared, and one that has expired is remembered", async () => {
  const first = await append("sales.old", "2026-01-01", 0, 100);
  await profile("sales.old");
  const table = await data.lake.table("sales.old");
  const second = await append("sales.old", "2026-01-02", 1_000, 100);
  const comparison = await service.compare({ dataset: "sales.old", against: first }, never);
  expect(comparison).toMatchObject({ before: { snapshot: first, rows: 100 }, after: { snapshot: second, rows: 200 }, added: [], removed: [] });
  expect(comparison.columns.find(({ name }) => name === "id")?.changes).toContainEqual({ figure: "max", before: "99", after: "1099" });
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect((await service.compare({ dataset: "sales.old", against: first }, never)).before).toMatchObject({ snapshot: first, rows: 100 });
});

test("what was measured of a file goes when the file goes, and stays as long", async () => {
  await append("sales.short", "2026-01-01", 0, 50);
  await profile("sales.short");
  const table = await data.lake.table("sales.short");
  const states = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).filter((path) => /short.*states.*json/.test(path));
  expect(await states()).toHaveLength(1);
  await table.removeOrphans(0);
  expect(await states()).toHaveLength(1);
  await rm(join(folder, (await states())[0]));
  await profileAnew("sales.short");
  expect(await states()).toHaveLength(1);
  // Half-written by a disk that lies: it is measured again.
  await writeFile(join(folder, (await states())[0]), "no gzip");
  expect((await profileAnew("sales.short")).files.read).toBe(1);
  await (await table.deleteRows({ attempt: "test", where: { op: ">=", column: "id", value: 0 } })).publish();
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect(await states()).toEqual([]);
});

test("a file of which rows were deleted is read each time, and the deleted do not count", async () => {
  await append("sales.cut", "2026-01-01", 0, 30);
  await profile("sales.cut");
  const table = await data.lake.table("sales.cut");
  const [{ location }] = await table.files();
  await deletePositions({ root: folder, files: folderFiles(join(folder, "lake")), state, lake: data.lake, reopen: async () => data.lake }, "sales.cut", [[location, 0], [location, 29]]);
  for (let i = 0; i < 2; i++) expect(await profileAnew("sales.cut")).toMatchObject({ rows: 28, files: { all: 1, read: 1 }, columns: [{ min: "1", max: "28" }, {}, {}, {}] });
});

test("what is no table of the lake is read as it is: views, and data from outside", async () => {
  expect(await profile("sales.paid")).toMatchObject({ snapshot: null, rows: 250, files: { all: 0, read: 0 }, columns: [{ name: "id", nature: "unique" }, { name: "amount" }] });
  await expect(profile("sales.paid", { version: "1" })).rejects.toMatchObject({ code: "MR-LAKE-006" });
  const content = "name,price\nAnn,12\nBob,7\nann,9\n";
  expect(await service.profileData({ content }, never)).toMatchObject({ rows: 3, columns: [{ name: "name", distinct: { value: 3 } }, { name: "price", numbers: { quantiles: { exact: true } } }], findings: [{ kind: "case-variants", column: "name" }] });
  // What does not fit is left out, and told.
  const numbers = Array.from({ length: 30_000 }, (_, i) => i).join("\n");
  expect(await service.profileData({ content: `n\n${numbers}\nnone\n` }, never)).toMatchObject({ rows: 30_000, notes: ["1 row of what the result is made of was left out"], columns: [{ kind: "integer" }] });
  await expect(service.profileData({ content: "PAR1 and nothing else PAR1" }, never)).rejects.toThrow(/MR-FORMAT/);
  expect(await readdir(join(folder, "inputs"))).toEqual([]);
});

test("nothing is worked out again of what is as it was: of a version, of files, of what a view reads", async () => {
  const path = join(folder, "prices.csv");
  await writeFile(path, "id,price\n1,10\n2,20\n");
  await append("sales.same", "2026-01-01", 0, 20);
  for (const dataset of ["sales.same", "sales.prices", "sales.halves"]) {
    const first = await profile(dataset);
    const again = await profile(dataset);
    expect(again.columns, dataset).toBe(first.columns);
    expect(again.at >= first.at).toBe(true);
    expect((await profile(dataset, { exact: true })).columns, dataset).not.toBe(first.columns);
  }
  const [table, view] = [await profile("sales.same"), await profile("sales.halves")];
  await append("sales.same", "2026-01-02", 20, 20);
  expect([(await profile("sales.same")).rows, (await profile("sales.halves")).rows]).toEqual([40, 40]);
  expect((await profile("sales.same", { version: table.snapshot })).columns).toEqual(table.columns);
  expect(view.rows).toBe(20);
  await writeFile(path, "id,price\n1,10\n2,20\n3,30\n");
  expect((await profile("sales.prices")).rows).toBe(3);
  marks.set("sales.prices", new Map([["price", "wage"]]));
  expect((await profile("sales.prices")).columns[1]).toMatchObject({ personal: "wage", max: null });
  const before = await profile("sales.prices");
  await service.forget("table", "sales.prices");
  expect((await profile("sales.prices")).columns).not.toBe(before.columns);
});

test("keys and dependencies that are named hold over all rows", async () => {
  const { relations } = await profile("sales.orders", { relations: true });
  expect(relations?.keys).toEqual([["id"]]);
  expect(relations?.correlations).toContainEqual({ a: "id", b: "amount", pearson: expect.closeTo(1, 6), spearman: expect.closeTo(1, 6) });
  expect(relations?.dependencies).toEqual([]);
});

test("checks that are suggested are code that runs, and that the data pass", async () => {
  const { code } = suggestChecks(await profile("sales.orders", { relations: true }));
  const [, names, list] = /^import \{ (.*) \} from "millrace";[^]*export const checks = (\[[^]*\]);\n$/.exec(code) as RegExpExecArray;
  expect(names).toBe("accepted, notNull, range, unique");
  const checks = new Function(...names.split(", "), `return ${list}`)(accepted, notNull, range, unique) as { decl: Parameters<typeof runChecks>[0][number] }[];
  expect(checks.map(({ decl }) => decl.name)).toEqual(["not_null_id", "unique_id", "range_id", "not_null_day", "accepted_status", "not_null_amount", "range_amount"]);
  const table = await data.lake.table("sales.orders");
  const runner = new SqlRunner({ standbyMs: 0, statementsPerProcess: 100 });
  try {
    const results = await runChecks(checks.map(({ decl }) => decl), await checkedVersion(await table.at(await table.metadata()), headOf(await table.metadata())), (sql, rowsMax) => runner.run({ sql, resolve: data.resolver(), limits: { rowsMax } }), { sampleMax: 0 });
    expect(results.map(({ state: is }) => is)).toEqual(checks.map(() => "passed"));
  } finally {
    await runner.close();
  }
});

test("nested columns are profiled by their fields, and wide data by all of their columns", async () => {
  const nested = await service.profileData({ content: '{"id": 1, "who": {"name": "Ann", "tags": ["a", "b"]}}\n{"id": 2, "who": {"name": "Bob", "tags": []}}\n{"id": 3, "who": null}\n' }, never);
  expect(nested.columns.map(({ name, kind, nulls }) => [name, kind, nulls])).toEqual([["id", "integer", 0], ["who", "struct", 1], ["who.name", "text", 1], ["who.tags", "size", 1]]);
  expect(nested.columns[3].numbers?.quantiles.values.at(-1)).toBe(2);
  const named = await service.profileData({ content: 'f,measured,"a ""b"" c",part0\n1,2,3,4\n5,6,7,8\n' }, never);
  expect(named.columns.map(({ name, max }) => [name, max])).toEqual([["f", "5"], ["measured", "6"], ['a "b" c', "7"], ["part0", "8"]]);
  const wide = await service.profileData({ content: `${Array.from({ length: 90 }, (_, i) => `c${i}`).join()}\n${Array.from({ length: 90 }, (_, i) => i).join()}\n${Array.from({ length: 90 }, (_, i) => -i).join()}\n` }, never);
  expect(wide.columns).toHaveLength(90);
  expect(wide.columns[89]).toMatchObject({ name: "c89", min: "-89", max: "89", rows: 2 });
});

/** All that is kept of values beside a table, and of its profiles. */
async function keptOf(name: string): Promise<string> {
  const table = await data.lake.table(name);
  const states: unknown[] = [];
  for await (const [, kept] of table.readFileStates(await table.files())) states.push(kept);
  return JSON.stringify([states, await state.list(`profiles of ${name}`)]);
}

test("of personal columns nothing is kept or told that is a value; what was kept before somebody says so goes", async () => {
  await append("hr.pay", "2026-01-01", 5_000, 300);
  expect(JSON.stringify(await profile("hr.pay"))).toContain("2649.5");
  expect(await keptOf("hr.pay")).toContain("2649.5");
  marks.set("hr.pay", new Map([["amount", "salary"], ["status", "state"]]));
  // A profile that was under way when it was said has kept values: the next one takes them out.
  const told = await profile("hr.pay");
  expect(told.files.read).toBe(0);
  expect(told.columns.find(({ name }) => name === "amount")).toMatchObject({ rows: 300, nulls: 0, min: null, max: null, numbers: null, frequent: null, personal: "salary", distinct: { exact: false } });
  expect(Math.abs((told.columns.find(({ name }) => name === "amount")?.distinct.value ?? 0) - 300)).toBeLessThan(20);
  expect(told.columns.find(({ name }) => name === "status")).toMatchObject({ nulls: 75, lengths: { min: 4, max: 4 }, frequent: null, shapes: null, personal: "state" });
  expect(suggestChecks(told).code).not.toMatch(/"amount", \{|accepted/);
  for (const text of [JSON.stringify(told), await keptOf("hr.pay")]) expect(text).not.toMatch(/26[0-9]{2}\.5|"open"|"paid"/);
  await append("hr.pay", "2026-01-02", 5_300, 100);
  expect(await profile("hr.pay")).toMatchObject({ files: { all: 2, read: 1 }, rows: 400 });
  expect(await keptOf("hr.pay")).not.toMatch(/26[0-9]{2}\.5|"open"|"paid"/);
  await service.forget("table", "hr.pay");
  expect(await keptOf("hr.pay")).toBe("[[],[]]");
  marks.set("hr.pay", new Map([["amount", "none"], ["status", "none"]]));
  expect((await profile("hr.pay")).columns.find(({ name }) => name === "amount")).toMatchObject({ min: "2500.0", max: "2699.5", personal: null });
});

test("texts that look like personal data are withheld unless somebody says that they are none", async () => {
  const table = await data.lake.createTable({ name: "hr.people", columns: [{ name: "contact", type: "string", nullable: false }], partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf([{ name: "contact", type: "string", nullable: false }], Array.from({ length: 40 }, (_, i) => ({ contact: `person${i}@example.org` }))));
  await writer.commit();
  await writer.close();
  const found = await profile("hr.people");
  expect(found.columns[0]).toMatchObject({ personal: "e-mail", meaning: null, min: null, lengths: { min: 19, max: 20 } });
  expect(JSON.stringify(found) + (await keptOf("hr.people"))).not.toContain("example");
  marks.set("hr.people", new Map([["contact", "none"]]));
  expect((await profile("hr.people")).columns[0]).toMatchObject({ personal: null, min: "person0@example.org" });
});

const vega = (name: string): string => sqlText(fileURLToPath(new URL(`../../../node_modules/vega-datasets/data/${name}`, import.meta.url)));

async function filled(name: string, columns: Record<string, "string" | "integer">, select: string): Promise<void> {
  const table = await data.lake.createTable({ name, columns: Object.entries(columns).map(([column, type]) => ({ name: column, type, nullable: true })), partitionBy: [] });
  await (await table.append({ attempt: name, files: [await stagedRows(table, select)] })).publish();
}

test("columns that hold keys of another table are found from states, looked at, and suggested as checks", async () => {
  await filled("geo.airports", { iata: "string", city: "string" }, `select iata, city from read_csv(${vega("airports.csv")})`);
  await filled("geo.carriers", { id: "integer", code: "string" }, "select i as id, 'C' || i as code from range(1, 3001) as t(i)");
  await filled("geo.flights", { origin: "string", destination: "string", distance: "integer", carrier_id: "integer", hub: "string" }, `select origin, destination, distance::bigint as distance, 1 + hash(date) % 20 as carrier_id, case when origin = 'ORD' then '???' else origin end as hub from read_parquet(${vega("flights-3m.parquet")}) limit 20000`);
  const found = await profile("geo.flights", { relations: true });
  // A distance is a number of those of carriers too, and nothing says that it is one; one of the hubs is no airport.
  expect(found.relations?.references?.map(({ from, table, to }) => [from, table, to])).toEqual([["carrier_id", "geo.carriers", "id"], ["origin", "geo.airports", "iata"], ["destination", "geo.airports", "iata"]]);
  const { code } = suggestChecks(found);
  expect(code).toContain('// airports: import what table("geo.airports", …) returns.\n');
  expect(code).toMatch(/relationship\("origin", airports, "iata"\), \/\/ each of \d+ values is a iata of geo\.airports\n/);
});
