import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = (path: string) => server.call("GET", `/api/v1${path}`);
const post = (path: string, body?: unknown) => server.call("POST", `/api/v1${path}`, body);
const failed = "daily.20010101T050000Z";
const running = "daily.20010103T050000Z";
const sameRelease = { release: "r1", releaseBefore: "r1", newTasks: [], goneTasks: [] };

test("DAGs are listed, shown, paused and resumed", async () => {
  const { body } = await get("/dags");
  expect(body).toMatchObject({ dags: [{ name: "by-hand", nextRunAt: null, lastRun: null }, { name: "daily", paused: false, schedule: "every day at 00:00", timezone: "America/New_York", lastRun: { state: "running", interval: { start: "2001-01-03T05:00:00.000Z" } } }], next: null });
  expect(body.dags[1]).not.toHaveProperty("decl");
  expect(body.dags[1].recent).toEqual([]);
  expect((await get("/dags?names=daily,none&recent=2")).body.dags).toMatchObject([{ name: "daily", recent: [{ id: running, state: "running", interval: { start: "2001-01-03T05:00:00.000Z" } }, {}] }]);
  for (const query of ["recent=31", "recent=-1"]) expect((await get(`/dags?${query}`)).body.error?.code, query).toBe("MR-HTTP-006");
  expect((await get("/dags?limit=1")).body).toMatchObject({ dags: [{ name: "by-hand" }], next: "by-hand" });
  expect((await get("/dags/daily")).body.decl).toEqual((await server.control.dags.dag("daily")).decl);
  expect((await post("/dags/daily/pause", { note: "the source is down" })).body).toMatchObject({ paused: true, note: "the source is down" });
  expect((await post("/dags/daily/resume")).body).toMatchObject({ paused: false, note: null });
  expect((await post("/dags/daily/pause")).body).toMatchObject({ paused: true, note: null });
  expect((await post("/dags/daily/resume")).body.paused).toBe(false);
  expect(await get("/dags/nightly")).toMatchObject({ status: 404, body: { error: { code: "MR-SCHED-001" } } });
});

test("the coming runs", async () => {
  expect((await get("/dags/daily/next")).body.runs).toHaveLength(10);
  expect((await get("/dags/daily/next?count=1")).body.runs).toEqual([{ interval: { start: "2001-01-04T05:00:00.000Z", end: "2001-01-05T05:00:00.000Z" }, runAt: "2001-01-05T05:00:00.000Z", logicalDate: "2001-01-04T05:00:00.000Z" }]);
  for (const count of ["0", "1001", "x", "1.5"]) expect((await get(`/dags/daily/next?count=${count}`)).body.error?.code, count).toBe("MR-HTTP-006");
});

test("runs come as a grid, by their days, and item by item", async () => {
  const grid = (await get("/dags/daily/grid?limit=2")).body;
  expect(grid).toMatchObject({ tasks: [{ name: "extract", after: [], declared: true }, {}, {}], runs: [{ id: running }, {}] });
  expect(grid.runs[0]).not.toHaveProperty("params");
  expect((await get(`/dags/daily/grid?limit=2&before=${grid.next}`)).body).toMatchObject({ runs: [{ id: failed, cells: [{}, { task: "each.load", states: { success: 1, failed: 1 }, attempts: 2 }, {}] }], next: null });
  const one = (await get(`/runs/${failed}/grid`)).body;
  expect(one).toMatchObject({ id: failed, params: {}, cells: grid.runs[0].cells.map(({ task }: any) => ({ task })) });
  expect((await get("/dags/daily/calendar?from=2001-01-02&to=2001-01-04")).body).toEqual({ timezone: "America/New_York", days: [{ day: "2001-01-02", states: { success: 1 } }, { day: "2001-01-03", states: { running: 1 } }], next: null });
  expect((await get("/dags/daily/runs?from=2001-01-03&to=2001-01-04")).body.runs).toMatchObject([{ id: running }]);
  expect((await get("/dags/daily/runs?limit=2")).body.runs).toHaveLength(2);
  const items = (await get(`/runs/${failed}/tasks/each.load/items?limit=1`)).body;
  expect(items).toMatchObject({ items: [{ index: 0, state: "success" }], next: 0 });
  expect((await get(`/runs/${failed}/tasks/each.load/items?limit=10&after=0`)).body).toMatchObject({ items: [{ index: 1, state: "failed" }], next: null });
  expect((await get(`/runs/${failed}/tasks/each.load/items?state=failed,lost`)).body.error?.code).toBe("MR-HTTP-006");
  expect((await get(`/runs/${failed}/tasks/each.load?index=1`)).body).toEqual((await server.control.dags.run(failed)).tasks.find(({ index }) => index === 1));
  for (const path of ["/dags/none/grid", "/dags/none/calendar", "/runs/none/grid", `/runs/${failed}/tasks/none`]) expect((await get(path)).status, path).toBe(404);
  for (const path of ["/dags/daily/grid?limit=101", "/dags/daily/calendar?from=yesterday", `/runs/${failed}/tasks/each.load/items?after=x`]) expect((await get(path)).body.error?.code, path).toBe("MR-HTTP-006");
});

test("a run is triggered, with parameters and an interval or without", async () => {
  const { dags } = server.control;
  expect((await post("/dags/daily/runs")).body).toMatchObject({ dag: "daily", kind: "manual", params: {} });
  expect(dags.asked.at(-1)).toEqual(["trigger", "daily", {}]);
  const request = { params: { airline: "UA", deep: { list: [1, null] } }, interval: { start: "2001-02-01", end: "2001-02-02T00:00Z" }, note: "by hand" };
  expect((await post("/dags/daily/runs", request)).body).toMatchObject({ ...request, interval: { start: "2001-02-01T05:00:00.000Z", end: "2001-02-02T00:00:00.000Z" }, state: "success" });
  expect(dags.asked.at(-1)).toEqual(["trigger", "daily", request]);
  const bad = [{ params: [] }, { params: "x" }, { interval: { start: "2001-02-02", end: "2001-02-01" } }, { interval: { start: "yesterday", end: "today" } }, { interval: { start: "2001-02-01T00:00:00Z" } }, { note: "" }, { note: 5 }, { conf: {} }, []];
  for (const body of bad) expect(await post("/dags/daily/runs", body), JSON.stringify(body)).toMatchObject({ status: 400, body: { error: { code: "MR-HTTP-006" } } });
});

test("runs are listed by DAG, state and backfill, page by page", async () => {
  const ids = async (query: string): Promise<string[]> => (await get(`/runs?${query}`)).body.runs.map(({ id }: { id: string }) => id);
  expect(await ids("dag=daily&state=failed")).toEqual([failed]);
  expect(await ids("state=failed,running")).toEqual([running, failed]);
  expect(await ids("dag=other")).toEqual([]);
  expect(await ids("backfill=b-9")).toEqual([]);
  const first = (await get("/runs?state=failed,running&limit=1")).body;
  expect(first).toMatchObject({ runs: [{ id: running }], next: running });
  expect((await get(`/runs?state=failed,running&limit=2&before=${first.next}`)).body).toMatchObject({ runs: [{ id: failed }], next: null });
  for (const query of ["state=done", "state=failed,", "state=", "limit=0", "limit=1001", "before=..%2f", "order=asc"]) expect((await get(`/runs?${query}`)).body.error?.code, query).toBe("MR-HTTP-006");
});

test("a run with its tasks; their results and errors come whole", async () => {
  const { body } = await get(`/runs/${failed}`);
  expect(body).toEqual(await server.control.dags.run(failed));
  expect(body.tasks.map(({ error }: any) => error?.code)).toEqual([undefined, undefined, "MR-SCHED-006", undefined]);
  expect(await get("/runs/none")).toMatchObject({ status: 404, body: { error: { code: "MR-SCHED-002" } } });
});

test("what a task has to work with: the results before it, and its item", async () => {
  const inputs = async (task: string, index: number) => (await get(`/runs/${failed}/tasks/${task}/inputs?index=${index}`)).body;
  const extract = { task: "extract", names: [], isList: false, results: [{ index: -1, state: "success", result: [1, 2] }], more: false };
  expect(await inputs("extract", -1)).toEqual({ upstreams: [], upstreamsLeft: 0, item: null });
  expect(await inputs("each.load", 1)).toEqual({ upstreams: [extract], upstreamsLeft: 0, item: { name: null, value: 2 } });
  expect(await inputs("check", -1)).toMatchObject({ upstreams: [{ task: "each.load", isList: true, results: [{ index: 0, state: "success" }, { index: 1, state: "failed", result: null }], more: false }], item: null });
  expect((await get(`/runs/${failed}/tasks/none/inputs`)).status).toBe(404);
  expect((await get(`/runs/${failed}/tasks/each.load/inputs?index=x`)).status).toBe(400);
});

test("tasks are cleared, with those behind them unless it is said otherwise", async () => {
  const { dags } = server.control;
  const dry = await post(`/runs/${failed}/clear`, { tasks: [{ task: "each.load", index: 1 }], dryRun: true });
  expect(dry.body).toEqual({ run: failed, tasks: [{ task: "each.load", index: 1, state: "failed" }], ...sameRelease, done: false });
  expect(dags.asked.at(-1)?.[2]).toEqual({ tasks: [{ task: "each.load", index: 1 }], downstream: true, onlyFailed: undefined, release: "newest", dryRun: true });
  expect((await post(`/runs/${failed}/clear`, { tasks: [{ task: "each.load" }], downstream: false, upstream: true, onlyFailed: true, note: "again" })).body).toMatchObject({ tasks: [{ index: 1 }], done: true });
  expect(dags.asked.at(-1)?.[2]).toMatchObject({ downstream: false, upstream: true, onlyFailed: true, note: "again" });
  for (const body of [null, {}, { tasks: [] }, { tasks: ["extract"] }, { tasks: [{ task: "../x" }] }, { tasks: [{ task: "extract", index: -2 }] }, { tasks: [{ task: "extract" }], all: true }]) {
    expect((await post(`/runs/${failed}/clear`, body)).body.error?.code, JSON.stringify(body)).toBe("MR-HTTP-006");
  }
});

test("tasks are marked, runs cancelled, approvals answered", async () => {
  expect((await post(`/runs/${running}/mark`, { tasks: [{ task: "extract" }], state: "skipped", note: "not today" })).body).toEqual({ run: running, tasks: [{ task: "extract", index: -1, state: "success" }], ...sameRelease, done: true });
  for (const state of ["running", "", undefined]) expect((await post(`/runs/${running}/mark`, { tasks: [{ task: "extract" }], state })).status).toBe(400);
  const answer = { task: "check", approved: true, by: "ada", note: "looks right" };
  expect((await post(`/runs/${running}/answer`, answer)).body.tasks.at(-1)).toMatchObject({ task: "check", state: "success" });
  expect(server.control.dags.asked.at(-1)).toEqual(["answer", running, answer]);
  expect(await post(`/runs/${running}/answer`, { ...answer, task: "extract" })).toMatchObject({ status: 404, body: { error: { code: "MR-SCHED-002" } } });
  expect((await post(`/runs/${running}/answer`, { task: "check", approved: "yes", by: "ada" })).status).toBe(400);
  expect((await post(`/runs/${running}/cancel`, { note: "wrong day" })).body).toMatchObject({ id: running, state: "cancelled", note: "wrong day" });
});

test("why a task waits, and the log of its attempts", async () => {
  const { dags } = server.control;
  expect((await get(`/runs/${failed}/tasks/each.load/explain?index=1`)).body).toEqual({ reasons: [{ kind: "approval", text: "it waits for a person's answer" }] });
  expect((await get(`/runs/${failed}/tasks/extract/explain`)).body).toEqual({ reasons: [] });
  expect((await get(`/runs/${failed}/tasks/each.load/explain`)).status).toBe(404);
  const page = (await get(`/runs/${failed}/tasks/each.load/log?index=1`)).body;
  expect(page).toMatchObject({ attempt: { number: 2, state: "failed", error: { code: "MR-SCHED-006" } }, attempts: [{ number: 1 }, { number: 2 }], lines: dags.log, ended: true });
  expect((await get(`/runs/${failed}/tasks/each.load/log?index=1&attempt=1&offset=${page.next}`)).body).toMatchObject({ attempt: { number: 1 }, lines: [], next: page.next });
  for (const query of ["attempt=0", "offset=-1", "index=x", "follow=1"]) expect((await get(`/runs/${failed}/tasks/extract/log?${query}`)).status, query).toBe(400);
});

test("a backfill is planned, made, paused, resumed and cancelled", async () => {
  const request = { dag: "daily", from: "2001-01-01", to: "2001-01-05" };
  const plan = await post("/backfills", { ...request, dryRun: true });
  expect(plan.body.backfill).toBeNull();
  expect(plan.body.intervals.map(({ decision }: { decision: string }) => decision)).toEqual(["already exists", "already exists", "in flight", "run"]);
  expect((await get("/backfills")).body).toEqual({ backfills: [] });
  const made = (await post("/backfills", { ...request, order: "newest", reprocess: "completed", maxActiveRuns: 2, params: { airline: "UA" }, note: "the source was corrected" })).body.backfill;
  expect(made).toMatchObject({ id: "b-1", state: "running", order: "newest", reprocess: "completed", maxActiveRuns: 2, runs: { running: 1, success: 1 } });
  expect((await get("/backfills?dag=daily")).body.backfills).toEqual([made]);
  expect((await get("/backfills?dag=other")).body.backfills).toEqual([]);
  expect((await get("/backfills/b-1")).body).toMatchObject({ ...made, reachedIntervals: [{ ordinal: 1, decision: "rerun", state: "failed" }, { ordinal: 2 }] });
  expect((await post("/backfills/b-1/pause", { note: "lunch" })).body).toMatchObject({ state: "paused", note: "lunch" });
  expect((await post("/backfills/b-1/resume")).body.state).toBe("running");
  expect((await post("/backfills/b-1/cancel")).body.state).toBe("cancelled");
  expect((await get("/backfills/none")).status).toBe(404);
});

test("a backfill that cannot be is refused before anything is made", async () => {
  const request = { dag: "daily", from: "2001-01-01", to: "2001-01-05" };
  expect(await post("/backfills", { ...request, from: "2002-01-01" })).toMatchObject({ status: 422, body: { error: { code: "MR-SCHED-007" } } });
  expect(await post("/backfills", { ...request, from: "2001-02-30" })).toMatchObject({ status: 422, body: { error: { code: "MR-MODEL-012" } } });
  for (const more of [{ from: "last week" }, { to: "2001-1-5" }, { to: undefined }, { order: "random" }, { reprocess: true }, { maxActiveRuns: 0 }, { dag: "" }, { forever: true }]) {
    expect((await post("/backfills", { ...request, ...more })).body.error?.code, JSON.stringify(more)).toBe("MR-HTTP-006");
  }
  expect((await post("/backfills", { ...request, from: "last week" })).body.error?.what).toBe("`from` must be a date, 2001-01-31, or with a time, 2001-01-31T06:00, and with Z behind it for UTC");
  expect((await get("/backfills/a%20b")).body.error?.what).toMatch(/^a name in the address must be 1 to 192 letters/);
});

test("pools are listed and sized", async () => {
  const put = (pool: string, body: unknown) => server.call("PUT", `/api/v1/pools/${pool}`, body);
  expect((await put("warehouse", { slots: 4, note: "its licence" })).body).toEqual({ name: "warehouse", slots: 4, used: 0, waiting: 0, note: "its licence" });
  expect((await put("warehouse", { slots: -1 })).body.slots).toBe(-1);
  expect((await get("/pools")).body).toMatchObject({ pools: [{ name: "default", slots: 128, used: 3 }, { name: "warehouse" }], next: null });
  for (const body of [{}, { slots: -2 }, { slots: 1.5 }, { slots: "4" }, { slots: 4, size: 5 }, null]) expect((await put("warehouse", body)).status, JSON.stringify(body)).toBe(400);
});

test("alerts are listed by DAG and state, page by page", async () => {
  const all = await server.control.dags.alerts({ limit: 10 });
  expect((await get("/alerts")).body).toEqual({ alerts: all, next: null });
  expect((await get("/alerts?state=pending,failed&dag=daily")).body.alerts).toEqual([all[0]]);
  expect((await get("/alerts?dag=other")).body.alerts).toEqual([]);
  expect((await get("/alerts?limit=1")).body).toEqual({ alerts: [all[0]], next: "a3" });
  expect((await get("/alerts?limit=2&before=a3")).body).toEqual({ alerts: [all[1]], next: null });
  for (const query of ["state=open", "state=", "limit=0", "before=..%2f", "order=asc"]) expect((await get(`/alerts?${query}`)).body.error?.code, query).toBe("MR-HTTP-006");
});
