import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScratchLake, scratchLake, stagedRows } from "../../lake/lake-for-tests.ts";
import type { MeasureParts } from "../../quality/watch/added-columns.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { AlertRow } from "../../state/run-store.ts";
import { partSources } from "../part-sources.ts";
import { DatasetWatch } from "./dataset-watch.ts";

let scratch: ScratchLake;
const runner = new SqlRunner({ concurrencyMax: 1, standbyMs: 0, statementsPerProcess: 1_000 });
const measure: MeasureParts = async (sql, parts) => (await runner.run({ sql, resolve: async (references) => partSources(references, parts) })).rows;
let told: AlertRow[] = [];
beforeAll(async () => {
  scratch = await scratchLake();
});
afterAll(async () => {
  await runner.close();
  await scratch.lake.close();
  await scratch.state.close();
  await rm(scratch.root, { recursive: true });
});

/** @param tell - fails as a process does that is killed before it has told */
const opened = (tell = async (rows: AlertRow[]): Promise<void> => void told.push(...rows), clock?: () => number): DatasetWatch =>
  new DatasetWatch({ data: { lake: scratch.lake }, measure, personal: async () => new Map(), state: scratch.state, release: () => "r", alerts: [{ kind: "webhook", url: "https://example.com" }], tell, clock, logger: { warn: () => undefined } });

let commits = 0;
async function append(name: string, rows: number, nulls: number, amount = "i::double"): Promise<void> {
  const table = await scratch.lake.table(name);
  const change = await table.append({ attempt: `a${++commits}`, files: [await stagedRows(table, `select i::bigint as id, case when i >= ${nulls} then ${amount} end as amount from range(${rows}) as r(i)`)] });
  await change.publish();
}

test("a version with far fewer rows and a column of nulls is told once, also when the first who knew of it died", async () => {
  const name = "sales.daily";
  await scratch.lake.createTable({ name, columns: [{ name: "id", type: "integer", nullable: true }, { name: "amount", type: "number", nullable: true }], partitionBy: [] });
  const watch = opened();
  for (let n = 0; n < 24; n++) {
    await append(name, 30 + (n % 5), 3);
    await watch.sweep();
    await watch.sweep();
  }
  expect(told).toEqual([]);
  expect((await watch.list())[0]).toMatchObject({ dataset: name, versions: 24, pace: "other", anomalies: [] });
  await append(name, 4, 4);
  await opened(() => Promise.reject(new Error("killed"))).sweep();
  expect(told).toEqual([]);
  await opened().sweep();
  await opened().sweep();
  expect(told).toMatchObject([{ dag: name, kind: "anomaly", text: expect.stringMatching(/sales.daily is not as usual: added rows 4, usually \d+ to \d+/) }]);
  expect((await watch.list())[0].anomalies.map(({ metric }) => metric)).toContain("added rows");
  const measured = await watch.measured(name);
  expect(measured.map(({ values }) => values["added rows"])).toEqual([undefined, ...Array.from({ length: 23 }, (_, n) => 30 + ((n + 1) % 5)), 4]);
  expect(measured.at(-1)).toMatchObject({ version: expect.stringMatching(/^\d+$/), values: { rows: expect.any(Number), "nulls of amount": expect.any(Number) } });
  await watch.rest();
});

test("values that are spread as never before are told, of the rows that came alone", async () => {
  const name = "sales.spread";
  told = [];
  await scratch.lake.createTable({ name, columns: [{ name: "id", type: "integer", nullable: true }, { name: "amount", type: "number", nullable: true }], partitionBy: [] });
  for (let n = 0; n < 15; n++) {
    await append(name, 200, 3, `(i * ${n + 1}) % 97`);
    await opened().sweep();
  }
  await append(name, 200, 3, "1000 + i % 97");
  await opened().sweep();
  expect(told).toMatchObject([{ dag: name, text: expect.stringMatching(/^sales.spread is not as usual: distribution of amount: \d+\.\d % of the rows lie elsewhere, usually up to \d+\.\d %$/) }]);
  expect((await opened().list()).find(({ dataset }) => dataset === name)?.anomalies).toMatchObject([{ metric: "distribution of amount", value: expect.closeTo(1, 0) }]);
});

test("a table whose versions stop to come is told late, once", async () => {
  const name = "sales.hourly";
  told = [];
  await scratch.lake.createTable({ name, columns: [{ name: "id", type: "integer", nullable: true }, { name: "amount", type: "number", nullable: true }], partitionBy: [] });
  for (let n = 0; n < 12; n++) {
    await append(name, 10, 0);
    await opened().sweep();
  }
  for (const hours of [2, 3]) await opened(undefined, () => Date.now() + hours * 3_600_000).sweep();
  expect(told.filter(({ dag }) => dag === name)).toMatchObject([{ text: expect.stringContaining("time since the last version 2.0 hours") }]);
});
