import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlertView } from "../src/server/dag-control.ts";
import type { Judgement, JudgementDetail, QualityView } from "../src/server/quality-control.ts";
import type { RunView } from "../src/server/dag-control.ts";
import type { Explanation } from "../src/quality/checks/explain-checks.ts";
import type { ProfileComparison } from "../src/quality/profile/compare-profiles.ts";
import type { TableProfile } from "../src/quality/profile/profile.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Quality in a Millrace that is up: quarantine before a stage, tables judged as they are written, models before they are published. */

const pipeline = `
import { aggregate, externalTable, http, notNull, range, recordCheck, relationship, sql, stage, table, textLength, topic, unique, volume } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), customer: z.string().nullable(), amount: z.number() });
export const orders = topic("orders", { schema: Order, checks: [
  notNull("customer"), range("amount", { min: 0 }), range("amount", { max: 1000 }, { name: "usual", severity: "warn" }), unique("id"),
  recordCheck("even", (order: { id: string; amount: number }) => !order.id.startsWith("odd") || "an odd id: " + order.id),
] });
export const intake = http("intake", { to: orders });
export const good = topic("orders.good", { schema: Order });
export const gate = stage("gate", { from: orders, to: good, failureLimit: { ratio: 1 }, checks: [textLength("id", { min: 2 })], run: (order, emit) => emit(order) });
export const kept = table("sales.orders", { from: good, checks: [unique("id"), notNull("customer"), volume({ min: 1 }), aggregate("max", "amount", { max: 5000 })] });
export const totals = table("sales.totals", { sql: sql\`select customer, sum(amount) as total from \${kept} group by customer\`, checks: [range("total", { max: 100 }), unique("customer")] });
export const codes = externalTable("raw.codes", { at: "codes.csv", checks: [notNull("code"), unique("code"), relationship("customer", kept, "customer")] });
`;
const config = `
import { defineProject } from "millrace";
export default defineProject({ name: "shop", quality: { every: "200ms", alerts: [{ command: ["true"] }] } });
`;

let project: TemporaryProject;
let millrace: MillraceProcess;

beforeAll(async () => {
  project = temporaryProject({ "pipeline.ts": pipeline, "millrace.config.ts": config, "codes.csv": "code,customer\n1,ann\n2,bob\n2,\n,eve\n" });
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

const rows = async (sql: string): Promise<unknown[][]> => (await jsonAnswer<{ rows: unknown[][] }>(millrace.post("/api/v1/sql", { sql }))).rows;
const check = (dataset: string, body: object = {}) => jsonAnswer<JudgementDetail>(millrace.post(`/api/v1/quality/${dataset}/check`, body));
const statesOf = ({ results }: Pick<JudgementDetail, "results">) => Object.fromEntries(results.map(({ name, state }) => [name, state]));
const last = async (dataset: string): Promise<Judgement | null | undefined> => (await jsonAnswer<{ datasets: QualityView[] }>(millrace.request("/api/v1/quality"))).datasets.find((each) => each.dataset === dataset)?.last;
const count = async (table: string): Promise<number> => Number((await rows(`select count(*) from ${table}`))[0][0]);

test("what comes in is what goes on and what is in quarantine, and a dead letter that comes back is checked again", async () => {
  await millrace.post("/ingest/intake", Array.from({ length: 40 }, (_, i) => ({ id: i === 7 ? "odd-7" : i === 8 ? "x" : `o${i}`, customer: i % 10 === 3 ? null : "ann", amount: i === 20 ? -5 : i * 50 })));
  const letters = async () => (await jsonAnswer<{ records: { value: { id: string }; headers: [string, string][] }[] }>(millrace.request("/api/v1/topics/gate.dlq/records?from=start&limit=100"))).records;
  await until(async () => (await count("sales.orders")) + (await letters()).length === 40);
  const reasons = (await letters()).map(({ value, headers }) => [value.id, new Map(headers.map(([name, text]) => [name, text])).get("mr.dlq.check")]);
  expect(reasons).toEqual([["o3", "not_null_customer"], ["odd-7", "even"], ["x", "length_id"], ["o13", "not_null_customer"], ["o20", "range_amount"], ["o23", "not_null_customer"], ["o33", "not_null_customer"]]);
  await jsonAnswer(millrace.post("/api/v1/dlq/gate/redrive", { limit: 2 }));
  await until(async () => (await letters()).length === 9);
  expect(await count("sales.orders")).toBe(33);
});

test("a table is judged when it is written, and the judgements are kept", async () => {
  const version = (await rows("select count(*) from sales.orders"))[0][0];
  await until(async () => (await last("sales.orders"))?.results.find(({ name }) => name === "volume")?.value === version);
  expect(await last("sales.orders")).toMatchObject({ score: 100, keptBack: false, results: [{ name: "unique_id", tier: 2, state: "passed" }, { tier: 0 }, { tier: 0, value: 33 }, { name: "max_amount", tier: 0, value: 1950 }] });
  const { judgements } = await jsonAnswer<{ judgements: Judgement[] }>(millrace.request("/api/v1/quality/sales.orders/judgements?limit=1"));
  expect(judgements[0].version).toMatch(/^\d+$/);
});

test("somebody asks: of a topic, of files of others, of an older version, and how it would be found out", async () => {
  expect(statesOf(await check("topics.orders"))).toEqual({ not_null_customer: "failed", range_amount: "failed", usual: "warned", unique_id: "passed", even: "skipped" });
  const codes = await check("raw.codes");
  expect(statesOf(codes)).toEqual({ not_null_code: "failed", unique_code: "failed", relationship_customer: "failed" });
  expect(codes.results[2].sample.map(({ customer }) => customer).sort()).toEqual(["bob", "eve"]);
  const { version } = (await last("sales.orders")) as Judgement;
  expect((await check("sales.orders", { version })).version).toBe(version);
  const { checks, statements } = await jsonAnswer<Explanation>(millrace.post("/api/v1/quality/sales.orders/explain", {}));
  expect(checks.map(({ name, tier }) => [name, tier])).toEqual([["unique_id", 2], ["not_null_customer", 0], ["volume", 0], ["max_amount", 0]]);
  expect(statements).toMatchObject([{ tier: 2, sql: expect.stringContaining('from "sales"."orders"') }]);
  const refused = await millrace.post("/api/v1/quality/sales.ordres/check", {});
  expect([refused.status, await refused.text()]).toEqual([404, expect.stringContaining('did you mean \\"sales.orders\\"')]);
});

test("a model's version that breaks a check is kept back, and who is to be told is told", async () => {
  const { id } = await jsonAnswer<RunView>(millrace.post("/api/v1/dags/models/runs", { interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" } }));
  await until(async () => (await jsonAnswer<RunView>(millrace.request(`/api/v1/runs/${id}`))).state === "failed");
  expect(await last("sales.totals")).toMatchObject({ keptBack: true, results: [{ state: "failed", failures: 1, rows: 1, keys: [{ total: expect.any(Number) }] }, { state: "passed" }] });
  const alerts = async () => (await jsonAnswer<{ alerts: AlertView[] }>(millrace.request("/api/v1/alerts?dag=sales.totals"))).alerts;
  await until(async () => (await alerts())[0]?.state === "sent");
  expect(await alerts()).toMatchObject([{ kind: "check", dag: "sales.totals", text: "Checks of sales.totals: range_total fails for 1 row", to: "command true" }]);
});

test("the catalog says how a dataset was judged", async () => {
  const entry = await jsonAnswer<{ facts: { quality?: object } }>(millrace.request("/api/v1/catalog/table/sales.orders"));
  expect(entry.facts.quality).toEqual({ score: 100, at: expect.any(String), broken: [] });
});

test("profiles are answered of tables, topics, and files of others, each in the form that the document says", async () => {
  const profile = (body: object) => jsonAnswer<TableProfile>(millrace.post("/api/v1/profiles", body));
  const sales = await profile({ dataset: "sales.orders", relations: true });
  expect(sales).toMatchObject({ dataset: "sales.orders", snapshot: expect.stringMatching(/^\d+$/), relations: { keys: [["id"]] } });
  expect(sales.columns.map(({ name, nulls }) => [name, nulls])).toEqual([["id", 0], ["customer", 0], ["amount", 0]]);
  expect((await profile({ dataset: "topics.orders" })).columns.map(({ name }) => name)).toEqual(expect.arrayContaining(["id", "customer", "amount"]));
  expect((await profile({ dataset: "raw.codes" })).columns[0]).toMatchObject({ name: "code", nulls: 1, distinct: { value: 2, exact: true } });
  const same = await jsonAnswer<ProfileComparison>(millrace.post("/api/v1/profiles/compare", { dataset: "sales.orders", against: sales.snapshot }));
  expect(same).toMatchObject({ dataset: "sales.orders", added: [], removed: [] });
  expect(await jsonAnswer<TableProfile>(millrace.post("/api/v1/profiles/data", { content: "a,b\n1,x\n2,y\n" }))).toMatchObject({ rows: 2, snapshot: null });
  expect((await millrace.post("/api/v1/profiles", { dataset: "sales.nothing" })).status).toBe(404);
});

test("who says that a column is personal has what was kept of its values forgotten, and sees none of them any more", async () => {
  const profile = () => jsonAnswer<TableProfile>(millrace.post("/api/v1/profiles", { dataset: "sales.orders" }));
  const outliers = async () => JSON.stringify(await jsonAnswer(millrace.post("/api/v1/detections", { dataset: "sales.orders", method: "mad", columns: ["amount"], label: ["id"], options: { threshold: 1 } })));
  const kept = async () => (await jsonAnswer<{ judgements: Judgement[] }>(millrace.request("/api/v1/quality/sales.orders/judgements"))).judgements.flatMap(({ results }) => results.filter(({ name }) => name === "max_amount").map(({ value }) => value));
  expect((await profile()).columns[2]).toMatchObject({ max: expect.stringContaining("1950"), personal: null });
  expect([await kept(), await outliers()]).toEqual([expect.arrayContaining([1950]), expect.stringContaining('"values":{"amount":1950')]);
  await jsonAnswer(millrace.request("/api/v1/catalog/table/sales.orders/notes", { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ columns: { amount: { personal: "income" } } }) }));
  const after = await profile();
  expect([after.files.read, after.columns[2]]).toMatchObject([after.files.all, { max: null, numbers: null, personal: "income" }]);
  expect((await kept()).every((value) => value === null)).toBe(true);
  expect(await outliers()).not.toMatch(/1950|1050/);
});
