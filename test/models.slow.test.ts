import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReleasePlan, RunDetail, RunView } from "../src/server/dag-control.ts";
import type { ModelDetail, ModelTestResult, ModelView } from "../src/server/model-control.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Models from their declaration to rows that SQL finds: kinds, views, checks, runs of a choice, intervals. */

const pipeline = `
import { accepted, check, history, http, merge, notNull, relationship, rows, sql, table, topic, unique, within } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), customer: z.string(), amount: z.number(), placed: z.iso.datetime() });
export const orders = topic("orders", { schema: Order, eventTime: "placed" });
export const intake = http("intake", { to: orders });
export const raw = table("raw.orders", { from: orders });

export const clean = table("staging.orders", { sql: sql\`select id, upper(customer) as customer, amount, placed from \${raw}\`, materialize: "view" });
const large = table("staging.large", { sql: sql\`select * from \${clean} where amount > 100\`, materialize: "ephemeral" });
export const customers = table("marts.customers", {
  sql: sql\`select customer, count(*) as orders, sum(amount) as total, {'first': min(placed), 'last': max(placed)} as seen from \${clean} group by customer\`,
  checks: [unique("customer"), notNull("customer"), accepted("customer", ["C-0", "C-1", "C-2"]), check("positive", sql\`select * from \${rows} where total < 0\`)],
  description: "One row for each customer.", tags: ["daily"],
  unitTests: {
    "sums what a customer has ordered": {
      given: [[raw, [{ id: "1", customer: "a", amount: 2, placed: "2026-01-01T00:00:00Z" }, { id: "2", customer: "a", amount: 3 }, { id: "3", customer: "b", amount: 0.5 }]]],
      expect: [{ customer: "B", orders: 1, total: 0.5 }, { customer: "A", orders: 2, total: 5 }],
    },
    "is wrong": { given: [[raw, [{ id: "1", customer: "a", amount: 2 }]]], expect: [{ customer: "a", orders: 1 }] },
  },
});
export const best = table("marts.best", {
  sql: sql\`select customer, amount from \${large}\`,
  checks: [relationship("customer", customers, "customer"), notNull("amount", { severity: "warn" })],
});
export const perDay = table("marts.per_day", { interval: "day", sql: ({ interval }) => sql\`select customer, count(*) as n from \${clean} where placed >= \${interval.start} and placed < \${interval.end} group by customer\` });
export const latest = table("marts.latest", { dag: "kinds", sql: ({ self, incremental }) => sql\`select customer, max(placed) as last, count(*) as n from \${clean} \${incremental ? sql\`where placed > (select max(last) from \${self})\` : sql\`\`} group by customer\`, materialize: merge({ key: "customer" }) });
export const lines = table("marts.lines", { dag: "kinds", sql: ({ self, incremental }) => sql\`select id, amount from \${clean} \${incremental ? sql\`where id not in (select id from \${self})\` : sql\`\`}\`, materialize: "append" });
export const versions = table("marts.versions", { dag: "kinds", sql: sql\`select customer, count(*) as n from \${clean} group by customer\`, materialize: history({ key: "customer" }) });
export const wrong = table("marts.wrong", { dag: "wrong", sql: sql\`select customer from \${clean}\`, checks: [unique("customer")] });
`;

let project: TemporaryProject;
let millrace: MillraceProcess;

beforeAll(async () => {
  project = temporaryProject({ "pipeline.ts": pipeline });
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

async function run(dag: string, body: object): Promise<RunDetail> {
  const { id } = await jsonAnswer<RunView>(millrace.post(`/api/v1/dags/${dag}/runs`, body));
  const look = () => jsonAnswer<RunDetail>(millrace.request(`/api/v1/runs/${id}`));
  await until(async () => !["queued", "running"].includes((await look()).state));
  return look();
}

const rows = async (sql: string): Promise<unknown[][]> => (await jsonAnswer<{ rows: unknown[][] }>(millrace.post("/api/v1/sql", { sql }))).rows;
const statesOf = ({ tasks }: RunDetail) => Object.fromEntries(tasks.map(({ task, state, error }) => [task, error?.code ?? state]));
const day = { interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" } };

test("models are built in their order, and only what has changed is built again", async () => {
  const post = (from: number, to: number) => millrace.post("/ingest/intake", Array.from({ length: to - from }, (_, i) => ({ id: `o-${from + i}`, customer: `c-${(from + i) % 3}`, amount: (from + i) * 10, placed: new Date(Date.UTC(2026, 0, 1, 0, from + i)).toISOString() })));
  await post(0, 30);
  await until(async () => (await rows("select count(*) from raw.orders"))[0][0] === 30);
  const first = await run("models", day);
  expect(statesOf(first), JSON.stringify(first.tasks.map(({ error }) => error))).toEqual({ "marts.customers": "success", "marts.best": "success", "marts.per_day": "success" });
  expect(await rows("select customer, orders, total from marts.customers order by 1")).toEqual([["C-0", 10, 1350], ["C-1", 10, 1450], ["C-2", 10, 1550]]);
  expect(await rows("select seen.first < seen.last from marts.customers limit 1")).toEqual([[true]]);
  expect(await rows("select count(*) from staging.orders")).toEqual([[30]]);
  expect(await rows("select count(*), min(amount) from marts.best")).toEqual([[19, 110]]);
  expect(await rows("select day, customer, n from marts.per_day order by customer")).toEqual([["2026-01-01T00:00:00Z", "C-0", 10], ["2026-01-01T00:00:00Z", "C-1", 10], ["2026-01-01T00:00:00Z", "C-2", 10]]);

  const again = await run("models", day);
  const resultOf = (detail: RunDetail, name: string) => detail.tasks.find(({ task }) => task === name)?.result;
  expect(resultOf(again, "marts.customers")).toEqual({ unchanged: true });
  await post(30, 33);
  await until(async () => (await rows("select count(*) from raw.orders"))[0][0] === 33);
  const chosen = await run("models", { ...day, params: { only: ["marts.customers"] } });
  expect(statesOf(chosen)).toEqual({ "marts.customers": "success", "marts.best": "skipped", "marts.per_day": "skipped" });
  expect(await rows("select sum(orders) from marts.customers")).toEqual([[33]]);
});

test("rows come by key, beside those that are there, or as versions with their times", async () => {
  const total = async (): Promise<number> => Number((await rows("select count(*) from raw.orders"))[0][0]);
  const before = await total();
  expect(statesOf(await run("kinds", day))).toEqual({ "marts.latest": "success", "marts.lines": "success", "marts.versions": "success" });
  expect(await rows("select count(*), sum(n) from marts.latest")).toEqual([[3, before]]);
  expect(await rows("select count(*) from marts.lines")).toEqual([[before]]);
  expect(await rows("select count(*) from marts.versions where valid_to is null")).toEqual([[3]]);
  await millrace.post("/ingest/intake", [{ id: "new", customer: "c-1", amount: 5, placed: "2026-02-01T00:00:00.000Z" }]);
  await until(async () => (await total()) === before + 1);
  expect(statesOf(await run("kinds", day))).toEqual({ "marts.latest": "success", "marts.lines": "success", "marts.versions": "success" });
  expect(await rows("select n, last from marts.latest where customer = 'C-1'")).toEqual([[1, "2026-02-01T00:00:00Z"]]);
  expect(await rows("select count(*), count(distinct id) from marts.lines")).toEqual([[before + 1, before + 1]]);
  expect(await rows("select customer, count(*), count(valid_to) from marts.versions group by customer order by 1")).toEqual([["C-0", 1, 0], ["C-1", 2, 1], ["C-2", 1, 0]]);
  expect(statesOf(await run("kinds", { ...day, params: { full: true } }))).toMatchObject({ "marts.latest": "success" });
  expect(await rows("select sum(n) from marts.latest")).toEqual([[before + 1]]);
});

test("a version that fails a check is not published", async () => {
  const failed = await run("wrong", day);
  expect(statesOf(failed)).toEqual({ "marts.wrong": "MR-QUALITY-001" });
  expect(await rows("select count(*) from marts.wrong")).toEqual([[0]]);
});

test("checks and unit tests are run by themselves, and say which rows are wrong", async () => {
  const { results } = await jsonAnswer<{ results: ModelTestResult[] }>(millrace.post("/api/v1/models/test", { select: ["marts.customers", "marts.wrong"] }));
  const about = (name: string) => results.find((result) => result.name === name);
  expect(about("sums what a customer has ordered")).toMatchObject({ kind: "unit", state: "passed" });
  expect(about("is wrong")).toMatchObject({ state: "failed", failures: 2, sample: expect.arrayContaining([{ side: "missing", customer: "a", orders: 1 }, { side: "extra", customer: "A", orders: 1 }]) });
  expect(results.filter(({ model, kind }) => model === "marts.customers" && kind === "check").map(({ state }) => state)).toEqual(["passed", "passed", "passed", "passed"]);
  expect(results.find(({ model }) => model === "marts.wrong")).toMatchObject({ name: "unique_customer", state: "skipped" });
  const detail = await jsonAnswer<ModelDetail>(millrace.request("/api/v1/models/marts.customers"));
  expect(detail.columns.map(({ name, type }) => [name, type]).slice(0, 3)).toEqual([["customer", "VARCHAR"], ["orders", "BIGINT"], ["total", "DOUBLE"]]);
  expect(detail.lineage.known && detail.lineage.outputs[0]).toEqual({ name: "customer", inputs: [{ dataset: "raw.orders", column: "customer", kind: "transformation" }] });
  const { models } = await jsonAnswer<{ models: ModelView[] }>(millrace.request("/api/v1/models?select=%2Bmarts.best"));
  expect(models.map(({ name, kind, state }) => [name, kind, state])).toEqual([["staging.orders", "view", null], ["marts.customers", "table", "built"], ["marts.best", "table", "built"]]);
});

test("a shadow of the tables is built, read by its name, and published", async () => {
  const before = await rows("select count(*), sum(orders) from marts.customers");
  await millrace.post("/ingest/intake", [{ id: "shadow", customer: "c-0", amount: 1, placed: "2026-03-01T00:00:00.000Z" }]);
  const total = Number(before[0][1]) + 1;
  await until(async () => Number((await rows("select count(*) from raw.orders"))[0][0]) >= total);
  const params = { only: ["marts.customers", "marts.best"], branch: "rebuild" };
  expect(statesOf(await run("models", { ...day, params }))).toMatchObject({ "marts.customers": "success", "marts.best": "success" });
  expect(await rows("select count(*), sum(orders) from marts.customers")).toEqual(before);
  const inShadow = await rows("select sum(orders) from marts.customers at (version => 'rebuild')");
  expect(Number(inShadow[0][0])).toBeGreaterThanOrEqual(total);
  const { models } = await jsonAnswer<{ models: string[] }>(millrace.post("/api/v1/models/publish", { branch: "rebuild" }));
  expect(models.sort()).toEqual(["marts.best", "marts.customers"]);
  expect(await rows("select sum(orders) from marts.customers")).toEqual(inShadow);
  expect((await millrace.post("/api/v1/models/publish", { branch: "rebuild" })).status).toBe(404);
});

test("a plan says what happens to the rows of models, and which intervals are to be filled", async () => {
  for (const start of ["2026-01-01", "2026-01-02", "2026-01-04"]) {
    const at = Date.parse(start);
    const interval = { start: new Date(at).toISOString(), end: new Date(at + 86_400_000).toISOString() };
    expect(statesOf(await run("models", { interval, params: { only: ["marts.per_day"] } }))).toMatchObject({ "marts.per_day": "success" });
  }
  const change = (from: string, to: string) => project.write("pipeline.ts", pipeline.replace(from, to));
  const plan = async () => (await jsonAnswer<ReleasePlan>(millrace.post("/api/v1/releases/apply", { dryRun: true }))).models.map(({ name, change: how, effect, fills }) => [name, how, effect, ...(fills ? [fills.count, fills.start, fills.end] : [])]);
  change("select id, amount from", "select  id, /* the same */ amount from");
  expect(await plan()).toEqual([["marts.lines", "changed", "none"]]);
  change("sum(amount) as total,", "sum(amount) as total, max(amount) as largest,");
  expect(await plan()).toEqual([["marts.customers", "changed", "columns-added"]]);
  change("upper(customer)", "lower(customer)");
  expect(await plan()).toEqual(expect.arrayContaining([
    ["staging.orders", "changed", "rebuild"],
    ["marts.customers", "changed", "rebuild"],
    ["marts.per_day", "changed", "rebuild", 2, "2026-01-01T00:00:00.000Z", "2026-01-05T00:00:00.000Z"],
  ]));
  change('tags: ["daily"]', 'tags: ["nightly"]');
  expect(await plan()).toEqual([["marts.customers", "changed", "none"]]);
});
