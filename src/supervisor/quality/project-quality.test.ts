import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openLog } from "../../sql/sql-for-tests.ts";
import { stagedRows } from "../../lake/lake-for-tests.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { StateStore } from "../../state/store.ts";
import type { AlertRow } from "../../state/run-store.ts";
import type { Manifest } from "../../model/manifest.ts";
import { notNull, range } from "../../model/quality/column-checks.ts";
import { aggregate, freshness, unique } from "../../model/quality/dataset-checks.ts";
import type { Check } from "../../model/quality/check-definition.ts";
import { ProjectData } from "../project-data.ts";
import { ProjectQuality } from "./project-quality.ts";

/* Judgements of tables as their versions come: real lake, real statements, real store. */

let folder: string;
let state: StateStore;
let data: ProjectData;
let closeLog: () => Promise<void>;
let told: AlertRow[];
let name: string;
let tables = 0;
let quality: ProjectQuality;
let manifest: Manifest;

const marks = new Map<string, string>();
const receiver = { kind: "webhook" as const, url: "https://example.com/hook" };
const declared = (checks: Check[]): Manifest => ({ manifestVersion: 1, project: "p", release: "r", topics: {}, stages: {}, dags: {}, problems: [], tables: { [name]: { name, columns: [], partitionBy: [], commitEveryMs: 1_000, writtenBy: "tasks", checks: checks.map(({ decl }) => decl) } } });
const opened = (tell = async (rows: AlertRow[]): Promise<void> => void told.push(...rows), keep = 3): ProjectQuality => new ProjectQuality({ codeFolder: () => folder, data, state, inputsFolder: join(folder, "inputs"), manifest: () => manifest, config: { everyMs: 60_000, keep, watchMs: undefined, alerts: [receiver] }, tell, personal: async () => marks, logger: { warn: (fields) => { throw new Error(JSON.stringify(fields)); } } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-quality-"));
  state = await sqliteState(join(folder, "state.db"));
  const { log, close } = await openLog(join(folder, "log"));
  closeLog = close;
  data = new ProjectData({ log, state, dataFolder: folder, projectFolder: folder });
  name = "sales.none";
  manifest = declared([]);
  quality = opened();
});
afterAll(async () => {
  await quality.close();
  await closeLog();
  await state.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  told = [];
  name = `sales.daily${++tables}`;
  manifest = declared([notNull("id"), range("amount", { min: 0 }), unique("id", { severity: "warn" })]);
  await data.lake.createTable({ name, columns: [{ name: "id", type: "integer", nullable: true }, { name: "amount", type: "number", nullable: true }], partitionBy: [] });
});

let commits = 0;
async function commit(values: string): Promise<string> {
  const table = await data.lake.table(name);
  const change = await table.replaceRows({ attempt: `a${++commits}`, where: { op: "and", filters: [] }, files: [await stagedRows(table, `select id::bigint as id, amount::double as amount from (values ${values}) as t(id, amount)`)] });
  return String((await change.publish())?.["snapshot-id"]);
}
const results = async (): Promise<string[]> => (await quality.list())[0].last?.results.map(({ name: check, state: is }) => `${check} ${is}`) ?? [];

test("a table is judged when it has a new version, and once", async () => {
  await quality.sweep();
  expect(await quality.list()).toEqual([{ dataset: name, checks: ["not_null_id", "range_amount", "unique_id"], last: null, since: {} }]);
  const version = await commit("(1, 2.5), (2, 3)");
  await quality.sweep();
  await quality.sweep();
  const history = await quality.history(name, { limit: 10 });
  expect(history).toMatchObject([{ dataset: name, version, keptBack: false, score: 100 }]);
  expect(await results()).toEqual(["not_null_id passed", "range_amount passed", "unique_id passed"]);
  expect(told).toEqual([]);
});

test("who turns from holding to not is told, and back, once each; what is kept of rows is the check's own columns", async () => {
  await commit("(1, 2.5), (2, 3)");
  await quality.sweep();
  await commit("(1, -2.5), (1, 3), (null, 7)");
  await quality.sweep();
  await commit("(1, -2), (1, 3), (null, 7)");
  await quality.sweep();
  expect(told.map(({ kind, dag, text }) => [kind, dag, text])).toEqual([["check", name, `Checks of ${name}: not_null_id fails for 1 row; range_amount fails for 1 row; unique_id fails for at least 1 row`]]);
  const [last] = await quality.history(name, { limit: 1 });
  expect(last.results.map(({ keys }) => keys)).toEqual([[{ id: null }], [{ amount: -2 }], [{ id: 1 }, { id: 1 }]]);
  expect(last.score).toBe(66.7);
  await commit("(1, 2), (2, 3)");
  await quality.sweep();
  expect(told.slice(1).map(({ text }) => text)).toEqual([`Checks of ${name}: not_null_id holds again; range_amount holds again; unique_id holds again`]);
});

test("of the history as much is kept as is asked for, in pages, and no more", async () => {
  for (const amount of [1, 2, 3, 4]) {
    await commit(`(1, ${amount})`);
    await quality.sweep();
  }
  const all = await quality.history(name, { limit: 10 });
  expect(all).toHaveLength(3);
  expect(await quality.history(name, { limit: 1, before: all[0].id })).toEqual([all[1]]);
});

test("since when a check does not hold is known also when the judgement that found it is kept no more", async () => {
  const since = async () => (await quality.list())[0].since;
  await commit("(1, 2)");
  await quality.sweep();
  expect(await since()).toEqual({});
  await commit("(1, -2)");
  await quality.sweep();
  const [first] = await quality.history(name, { limit: 1 });
  for (const amount of [-3, -4, -5, -6]) {
    await commit(`(1, ${amount}), (null, 1)`);
    await quality.sweep();
  }
  const kept = await quality.history(name, { limit: 9 });
  expect(kept.map(({ id }) => id)).not.toContain(first.id);
  const { range_amount: range, not_null_id: notNull } = await since();
  expect(range).toBe(first.at);
  expect(notNull > first.at && notNull < kept[0].at).toBe(true);
  await commit("(1, 2)");
  await quality.sweep();
  expect(await since()).toEqual({});
});

test("an alert that a process has not come to write is written by the next, under the same id", async () => {
  await commit("(null, 1)");
  const dying: AlertRow[] = [];
  const first = opened(async (rows) => {
    dying.push(...rows);
    throw new Error("killed");
  });
  await expect(first.check(name, {}, new AbortController().signal)).rejects.toThrow("killed");
  await first.close();
  await quality.sweep();
  expect(told.map(({ id }) => id)).toEqual(dying.map(({ id }) => id));
  await quality.sweep();
  expect(told).toHaveLength(1);
});

test("a version kept back is told of, and the one that stands is not judged for it", async () => {
  const version = await commit("(1, 2)");
  await quality.sweep();
  const { results: broken } = await quality.check(name, {}, new AbortController().signal);
  await quality.judged({ dataset: name, version: "77", keptBack: true, results: broken.map((result, i) => (i === 0 ? { ...result, state: "failed", failures: 4 } : result)) });
  await quality.sweep();
  expect((await quality.history(name, { limit: 9 })).map((judgement) => [judgement.version, judgement.keptBack])).toEqual([["77", true], [version, false], [version, false]]);
  expect(told).toHaveLength(1);
});

test("while a model's version is on its way, the one before it is not looked at again", async () => {
  const { checks } = manifest.tables[name];
  Object.assign(manifest.tables[name], { checks: undefined, model: { materialize: { kind: "table" }, checks } });
  await commit("(1, -2)");
  await quality.sweep();
  const { results: all } = await quality.check(name, { version: await commit("(1, 2)") }, new AbortController().signal);
  await quality.judged({ dataset: name, version: "78", keptBack: false, results: all });
  await quality.sweep();
  await quality.sweep();
  expect((await quality.history(name, { limit: 9 })).map(({ version }) => version)[0]).toBe("78");
  expect(told.map(({ text }) => text.replace(/.*: /, ""))).toEqual(["range_amount fails for 1 row", "range_amount holds again"]);
});

test("a table that cannot be judged is not asked for again at once", async () => {
  await commit("(1, 2)");
  const asked: string[] = [];
  const failing = new ProjectQuality({ codeFolder: () => folder, inputsFolder: join(folder, "inputs"), data: { ...data, lake: data.lake, resolver: () => async () => { throw new Error("no more time"); } } as unknown as ProjectData, state, manifest: () => manifest, config: { everyMs: 60_000, keep: 3, alerts: [], watchMs: undefined }, tell: async () => undefined, personal: async () => new Map(), logger: { warn: (_, text) => void asked.push(text) } });
  await failing.sweep();
  await failing.sweep();
  await failing.close();
  expect(asked).toHaveLength(1);
});

test("other checks than before judge the same version again; time alone can turn freshness", async () => {
  await commit("(1, 2)");
  manifest = declared([freshness({ within: "1d" })]);
  await quality.sweep();
  expect(await results()).toEqual(["freshness passed"]);
  manifest = declared([freshness({ within: "1ms" })]);
  await quality.sweep();
  expect(await results()).toEqual(["freshness failed"]);
});

test("a version that is not there and a dataset without checks are refused; an older version is judged and not kept", async () => {
  const before = await commit("(1, 2)");
  await commit("(null, 2)");
  const signal = new AbortController().signal;
  await expect(quality.check(name, { version: "12" }, signal)).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await expect(quality.check("sales.dayly", {}, signal)).rejects.toMatchObject({ code: "MR-QUALITY-003" });
  expect((await quality.check(name, { version: before }, signal)).results[0].state).toBe("passed");
  expect(await quality.history(name, { limit: 9 })).toEqual([]);
  expect((await quality.explain(name, { version: before }, signal)).checks.map(({ tier }) => tier)).toEqual([0, 0, 2]);
});

test("data from outside are judged as if they were rows of the dataset, and nothing of it is kept", async () => {
  const csv = "id,amount\n1,5\n2,-3\n2,\n";
  const results = await quality.validate(name, { content: csv }, new AbortController().signal);
  expect(results.map(({ name, state, failures }) => [name, state, failures])).toEqual([["not_null_id", "passed", 0], ["range_amount", "failed", 1], ["unique_id", "warned", 1]]);
  expect(results[1].sample).toMatchObject([{ amount: -3 }]);
  expect(await quality.history(name, { limit: 10 })).toEqual([]);
  await expect(quality.validate("sales.unknown", { content: csv }, new AbortController().signal)).rejects.toMatchObject({ code: "MR-QUALITY-003" });
});

test("failing rows show no personal data, and what was kept of them goes when a column is said to be such", async () => {
  manifest = declared([notNull("id"), range("amount", { min: 0 }), unique("id", { severity: "warn" }), aggregate("max", "amount", { max: 9 }), aggregate("max", "id", { max: 9 })]);
  await commit("(1, -2.5), (1, 3)");
  const open = await quality.check(name, {}, AbortSignal.timeout(60_000));
  expect(open.results.find((result) => result.name === "range_amount")?.sample).toEqual([{ amount: -2.5, id: 1 }]);
  expect((await quality.history(name, { limit: 1 }))[0].results.map(({ keys, value }) => [keys, value])).toEqual([[[], null], [[{ amount: -2.5 }], null], [[{ id: 1 }, { id: 1 }], null], [[], 3], [[], 1]]);
  marks.set("Amount", "salary");
  await quality.forget(name);
  expect((await quality.history(name, { limit: 1 }))[0].results.flatMap(({ keys, value }) => [...keys, value])).toEqual([null, null, null, null, null]);
  const closed = await quality.check(name, {}, AbortSignal.timeout(60_000));
  marks.clear();
  expect(closed.results.map(({ sample }) => sample)).toEqual([[], [{ amount: "(salary)", id: 1 }], [{ id: 1, amount: "(salary)" }, { id: 1, amount: "(salary)" }], [], []]);
  expect(closed.results.slice(3)).toMatchObject([{ state: "passed", value: null }, { state: "passed", value: 1 }]);
  expect((await quality.history(name, { limit: 1 }))[0].results[1].keys).toEqual([{ amount: "(salary)" }]);
});
