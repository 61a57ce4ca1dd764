import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Hours, StatementTasks } from "./statement-tasks-for-tests.ts";

let tasks: StatementTasks;
beforeAll(async () => {
  tasks = await StatementTasks.open();
});
afterAll(() => tasks.close());

test("a column of an input that is renamed is a change, though no row has changed", async () => {
  await tasks.append("src.a", "select 1::bigint as n");
  tasks.model("m.a", "select * from src.a", undefined, { reads: ["src.a"] });
  expect(await tasks.run("m.a")).toEqual({ rows: 1, checks: 0 });
  expect(await tasks.run("m.a")).toEqual({ unchanged: true });
  const input = await tasks.data.lake.table("src.a");
  await input.changeSchema([{ op: "rename", path: ["n"], to: "m" }]);
  expect(await tasks.run("m.a")).toEqual({ rows: 1, checks: 0 });
  expect((await (await tasks.data.lake.table("m.a")).schema()).fields.map(({ name }) => name)).toEqual(["m"]);
  expect(await tasks.run("m.a")).toEqual({ unchanged: true });
  // Back under its old name it is what it was before, which is not what the rows were made of.
  await input.changeSchema([{ op: "rename", path: ["m"], to: "n" }]);
  expect(await tasks.run("m.a")).toEqual({ rows: 1, checks: 0 });
});

test("a version says what made it, and of which versions", async () => {
  await tasks.append("src.s", "select 1::bigint as n");
  const version = async (name: string) => (await tasks.data.lake.table(name)).currentSnapshot();
  const read = { "src.s": String((await version("src.s"))?.["snapshot-id"]) };
  tasks.model("m.s", "select n from src.s", undefined, { reads: ["src.s"] });
  tasks.byHour("t.s");
  await tasks.run("m.s");
  await tasks.run("t.s", { sql: "select n::int as n from src.s", hours: [0, 1] });
  for (const [name, end] of [["m.s", "2026-01-02T00:00:00.000Z"], ["t.s", "2026-01-01T01:00:00.000Z"]]) {
    const summary = (await version(name))?.summary;
    expect(summary).toMatchObject({ "millrace.dag": "models", "millrace.run": "run-1", "millrace.task": name, "millrace.release": "r1", "millrace.interval": `2026-01-01T00:00:00.000Z/${end}` });
    expect(JSON.parse(summary?.["millrace.inputs"] ?? "")).toEqual(read);
  }
});

test("what is read by the name of a tag may be another version the next time", async () => {
  await tasks.append("src.h", "select 1::bigint as n");
  const input = await tasks.data.lake.table("src.h");
  await input.createTag("good");
  await tasks.append("src.h", "select 2::bigint as n");
  tasks.model("m.h", "select * from src.h at (version => 'good')", undefined, { reads: ["src.h"] });
  await tasks.run("m.h");
  await input.removeRef("good");
  await input.createTag("good");
  await tasks.run("m.h");
  expect(await tasks.rows("m.h")).toEqual([{ n: "1" }, { n: "2" }]);
});

const unique = [{ kind: "sql" as const, name: "n_once", columns: [], sql: "select n from {{ this }} group by n having count(*) > 1", severity: "error" as const }];

test("a check that is a function keeps a version from being published", async () => {
  writeFileSync(join(tasks.folder, "pipeline.ts"), `export const m = { model: { checks: [{ decl: { name: "small", kind: "record" }, reads: [], holds: ({ n }) => n < 5 || n + " is not small" }] } };`);
  const small = [{ kind: "record" as const, name: "small", columns: [], severity: "error" as const, code: { module: "pipeline.ts", export: "m" } }];
  tasks.model("m.code", "select 3::bigint as n", undefined, { checks: small });
  expect(await tasks.run("m.code")).toEqual({ rows: 1, checks: 1 });
  tasks.model("m.code", "select 7::bigint as n", undefined, { checks: small });
  await expect(tasks.run("m.code")).rejects.toMatchObject({ code: "MR-QUALITY-001", parts: { what: "check small fails for 1 row" } });
  expect(await tasks.rows("m.code")).toEqual([{ n: "3" }]);
});

test("what somebody else writes between the check and the publication is checked as well", async () => {
  tasks.model("m.b", "select 7::bigint as n", { kind: "append" }, { checks: unique });
  await tasks.append("m.b", "select 1::bigint as n");
  const built = await tasks.build("m.b");
  await tasks.append("m.b", "select 7::bigint as n");
  await expect(tasks.publish(built)).rejects.toMatchObject({ code: "MR-QUALITY-001" });
  expect(await tasks.rows("m.b")).toEqual([{ n: "1" }, { n: "7" }]);
  // Nothing of it is left in the table's folder.
  expect(await (await tasks.data.lake.table("m.b")).removeOrphans(-1)).toBe(0);
});

test("rows that come between and pass the check do not hinder the publication", async () => {
  tasks.model("m.c", "select 7::bigint as n", { kind: "append" }, { checks: unique });
  await tasks.append("m.c", "select 1::bigint as n");
  const built = await tasks.build("m.c");
  await tasks.append("m.c", "select 8::bigint as n");
  await tasks.publish(built);
  expect(await tasks.rows("m.c")).toEqual([{ n: "1" }, { n: "7" }, { n: "8" }]);
});

/** A row for each hour of the interval. */
const hoursSql = "select hour_of.t::timestamptz as t, 1::bigint as n from generate_series({{ interval.start }}::timestamptz, {{ interval.end }}::timestamptz - interval 1 hour, interval 1 hour) as hour_of(t)";
const times = async (name: string) => (await tasks.rows(name)).map((row) => new Date((row as { t: string }).t).getUTCHours()).sort((a, b) => a - b);
const from = ([start, end]: Hours) => Array.from({ length: end - start }, (_, i) => start + i);

test("two overlapping intervals of a model that are built at once leave no hour twice", async () => {
  tasks.model("m.d", hoursSql, { kind: "interval", column: "hour" });
  await tasks.run("m.d", { hours: [20, 22] });
  const [first, second] = [await tasks.build("m.d", { hours: [0, 6] }), await tasks.build("m.d", { hours: [4, 8] })];
  await Promise.all([tasks.publish(first), tasks.publish(second)]);
  const left = await times("m.d");
  expect([from([0, 6]), from([4, 8])].map((hours) => [...hours, 20, 21])).toContainEqual(left);
});

test("what another statement has filled goes where the new one overlaps it, also when that has filled others before", async () => {
  tasks.model("m.e", hoursSql, { kind: "interval", column: "hour" });
  await tasks.run("m.e", { hours: [0, 12] });
  tasks.model("m.e", `${hoursSql} where true`, { kind: "interval", column: "hour" });
  await tasks.run("m.e", { hours: [12, 13] });
  await tasks.run("m.e", { hours: [5, 6] });
  expect(await times("m.e")).toEqual([5, 12]);
});

test("branches of several tables become the tables at once, or none of them does", async () => {
  for (const name of ["m.f", "m.g"]) {
    tasks.model(name, "select 1::bigint as n");
    await tasks.run(name);
    tasks.model(name, "select 2::bigint as n");
    await tasks.run(name, { params: { branch: "next" } });
  }
  await tasks.append("m.g", "select 5::bigint as n");
  const { lake } = tasks.data;
  await expect(lake.publishBranch(["m.f", "m.g"], "next")).rejects.toMatchObject({ code: "MR-LAKE-002", parts: { where: 'table "m.g"' } });
  expect([await tasks.rows("m.f"), await tasks.rows("m.g")]).toEqual([[{ n: "1" }], [{ n: "1" }, { n: "5" }]]);
  await (await lake.table("m.g")).removeRef("next");
  await tasks.run("m.g", { params: { branch: "next" } });
  await lake.publishBranch(["m.f", "m.g"], "next");
  expect([await tasks.rows("m.f"), await tasks.rows("m.g")]).toEqual([[{ n: "2" }], [{ n: "2" }]]);
  for (const name of ["m.f", "m.g"]) expect(Object.keys((await (await lake.table(name)).metadata()).refs)).toEqual(["main"]);
});

test("overlapping intervals of a task's statement replace each other whole, also when they are built at once", async () => {
  tasks.byHour("t.hours");
  const fill = (hours: Hours) => tasks.build("t.hours", { hours, sql: `select ${hours[0]}::bigint as n from range(${hours[1] - hours[0]})` });
  const counts = async () => Object.fromEntries([...Map.groupBy(await tasks.rows("t.hours"), (row) => (row as { n: string }).n)].map(([n, rows]) => [n, rows.length]));
  await tasks.publish(await fill([0, 24]));
  await tasks.publish(await fill([24, 25]));
  expect(await counts()).toEqual({ 0: 24, 24: 1 });
  await tasks.publish(await fill([5, 6]));
  expect(await counts()).toEqual({ 5: 1, 24: 1 });
  await tasks.publish(await fill([5, 6]));
  expect(await counts()).toEqual({ 5: 1, 24: 1 });
  const both = await Promise.all([fill([4, 7]), fill([6, 9])]);
  await Promise.all(both.map((built) => tasks.publish(built)));
  expect([{ 4: 3, 24: 1 }, { 6: 3, 24: 1 }]).toContainEqual(await counts());
});
