import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunDetail, RunView } from "../src/server/dag-control.ts";
import { runCliProcess } from "../src/cli/testing.ts";
import { startMillrace } from "../src/supervisor/up.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* DAGs and stages in one graph: a task lets a paused stage work off its input, others read and write tables. */

const pipeline = `
import { dag, http, sql, stage, table, topic, within } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), customer: z.string(), amount: z.number(), at: z.iso.datetime() });
export const orders = topic("orders", { schema: Order, eventTime: "at" });
export const large = topic("orders.large", { schema: Order, eventTime: "at" });
export const intake = http("intake", { to: orders });
export const pick = stage("pick-large", { from: orders, to: large, run: (order, emit) => { if (order.amount > 100) emit(order); } });
export const largeTable = table("shop.large", { from: large });
export const perCustomer = table("shop.per_customer", { schema: z.object({ day: z.iso.datetime(), customer: z.string(), total: z.number() }), interval: "day" });

export const nightly = dag("nightly", { params: z.object({ least: z.number().default(0) }) }, ({ stageRun, sql, task, shell }) => {
  const worked = stageRun("work-off", { stage: pick });
  const stored = stageRun("store", { stage: "table:shop.large", after: [worked] });
  const totals = sql("totals", { after: [stored], into: perCustomer, query: ({ interval, params }) => sql\`select customer, sum(amount) as total from \${within(largeTable, interval)} where amount >= \${params.least} group by customer\` });
  const best = sql("best", { after: [totals], query: sql\`select customer, total from \${perCustomer} order by total desc limit 1\` });
  task("tell", { totals, best }, async ({ totals, best, params }) => ({ customers: totals.rows, best: best[0]?.customer ?? null, least: params.least }));
  shell("say", { inputs: { best }, command: ({ best }) => ["echo", String(best[0]?.customer)] });
});
export const mend = dag("mend", {}, ({ task }) => {
  task("look", ({ params, interval }) => [params.alert.dag, params.alert.kind, params.alert.task, interval.start]);
});
export const banked = dag("banked", {}, ({ task }) => {
  task("pay", () => 1, { pool: "bank" });
});
export const rounds = dag("rounds", {}, ({ task, loop }) => {
  const grown = loop("grow", ({ task }) => {
    const value = task("value", ({ previous }) => 2 * Number(previous ?? 0.5));
    return { until: task("full", { value }, ({ value }) => value >= 8), result: value };
  });
  task("end", { grown }, ({ grown }) => grown);
});
export const broken = dag("broken", { alerts: [{ on: "failure", to: { dag: mend } }] }, ({ sql }) => {
  sql("no-such-table", { query: sql\`select * from shop.nothing\` });
  sql("wrong-column", { into: perCustomer, query: sql\`select 'a' as customer, 'much' as total\` });
});
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

/** The sums per customer, reckoned here. */
const totals = (least: number): [string, number][] => {
  const chosen = Array.from({ length: 60 }, (_, n) => order(n)).filter(({ amount }) => amount > 100 && amount >= least);
  return ["c-0", "c-1", "c-2"].map((name) => [name, chosen.filter(({ customer }) => customer === name).reduce((sum, { amount }) => sum + amount, 0)]);
};
const order = (n: number) => ({ id: `o-${n}`, customer: `c-${n % 3}`, amount: n * 10, at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString() });
const resultsOf = ({ tasks }: RunDetail) => Object.fromEntries(tasks.map(({ task, state, result, error }) => [task, state === "success" ? result : (error?.code ?? state)]));
const day = { interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" } };

test("a paused stage works off what is there, and rests again; SQL reads it into a table by interval", async () => {
  await jsonAnswer(millrace.post("/api/v1/stages/pick-large/pause", { reason: "only at night" }));
  await jsonAnswer(millrace.post("/ingest/intake", Array.from({ length: 60 }, (_, n) => order(n))));
  const first = await run("nightly", day);
  expect(resultsOf(first)).toMatchObject({ "work-off": { records: 60 }, totals: { rows: 3 }, best: [{ customer: "c-2", total: totals(0)[2][1] }], tell: { customers: 3, best: "c-2", least: 0 }, say: "c-2" });
  expect((await millrace.status()).stages.find(({ name }) => name === "pick-large")).toMatchObject({ state: "paused", reason: "only at night" });

  const again = await run("nightly", { ...day, params: { least: 500 } });
  expect(again.state).toBe("success");
  expect((await millrace.sql("select customer, total from shop.per_customer order by customer")).rows).toEqual(totals(500));
});

test("what cannot be read or written fails by name, and publishes nothing", async () => {
  const before = (await millrace.sql("select count(*) from shop.per_customer")).rows;
  const { state, tasks } = await run("broken", day);
  expect(state).toBe("failed");
  expect(Object.fromEntries(tasks.map(({ task, error }) => [task, error?.code]))).toEqual({ "no-such-table": "MR-SQL-003", "wrong-column": "MR-LAKE-003" });
  expect((await millrace.sql("select count(*) from shop.per_customer")).rows).toEqual(before);
});

test("an alert starts a DAG, once for each thing that has happened", async () => {
  const { id: failed } = await run("broken", day);
  const mended = async (): Promise<RunDetail[]> => {
    const { runs } = await jsonAnswer<{ runs: RunView[] }>(millrace.request("/api/v1/runs?dag=mend&state=success"));
    const all = await Promise.all(runs.map(({ id }) => jsonAnswer<RunDetail>(millrace.request(`/api/v1/runs/${id}`))));
    return all.filter(({ params }) => (params as { alert: { run: string } }).alert.run === failed);
  };
  await until(async () => (await mended()).length === 3);
  const looked = (await mended()).map(({ tasks }) => tasks[0].result);
  expect(looked.sort()).toEqual([null, "no-such-table", "wrong-column"].map((task) => ["broken", "failure", task, new Date(day.interval.start).toISOString()]).sort());
});

test("a run is found by the beginning of its id, as long as no other begins so", async () => {
  const { id } = await run("rounds", {});
  const { id: other } = await run("rounds", {});
  const shared = [...id].findIndex((char, i) => other[i] !== char);
  expect((await jsonAnswer<RunDetail>(millrace.request(`/api/v1/runs/${id.slice(0, shared + 1)}`))).id).toBe(id);
  const answer = await millrace.request(`/api/v1/runs/${id.slice(0, shared)}`);
  expect([answer.status, ((await answer.json()) as { error: { what: string } }).error.what]).toEqual([404, expect.stringContaining(`more than one run begins with "${id.slice(0, shared)}"`)]);
});

test("a pool that nobody has made is told of, until it is made", async () => {
  const problem = async () => (await jsonAnswer<{ problem: { code: string; what: string } | null }>(millrace.request("/api/v1/dags/banked"))).problem;
  expect(await problem()).toMatchObject({ code: "MR-SCHED-013", what: 'there is no pool "bank": task "pay" takes its slots of "default"' });
  expect((await millrace.request("/api/v1/pools/bank", { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ slots: 2 }) })).status).toBe(200);
  expect(await problem()).toBeNull();
});

test("metrics tell of runs and pools", async () => {
  await run("rounds", {});
  const text = await (await millrace.request("/metrics")).text();
  expect(text).toMatch(/^millrace_dag_runs_ended_total\{dag="rounds",state="success"\} [1-9]/m);
  expect(text).toMatch(/^millrace_dag_runs_running\{dag="rounds"\} 0$/m);
  expect(text).toMatch(/^millrace_pool_slots\{pool="default"\} 128$/m);
});

test("rounds of a loop pass on what they gave, in real workers", async () => {
  const { state, tasks } = await run("rounds", {});
  expect(state).toBe("success");
  expect(tasks.map(({ task, index, result }) => [task, index, result])).toEqual([
    ...[["grow.value", 0, 1], ["grow.value", 1, 2], ["grow.value", 2, 4], ["grow.value", 3, 8]],
    ...[["grow.full", 0, false], ["grow.full", 1, false], ["grow.full", 2, false], ["grow.full", 3, true]],
    ["end", -1, 8],
  ]);
});

test("where DAGs rest no run is made, and who asks for one is told so", async () => {
  const resting = await startMillrace({ projectFolder: project.folder, dataFolder: `${project.data}-resting`, port: 0, inProcess: true, stages: false, dags: false });
  try {
    await expect(resting.control.dags.triggerDag("rounds", {})).rejects.toMatchObject({ code: "MR-SCHED-014" });
  } finally {
    await resting.close();
  }
});

test("`millrace run` has one run of a DAG, and says how it went", async () => {
  const { code, stdout, stderr } = await runCliProcess(["run", "rounds", "--project", project.folder, "--json"]);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ dag: "rounds", kind: "manual", state: "success" });
  expect((await runCliProcess(["run", "broken", "--project", project.folder])).code).toBe(1);
});
