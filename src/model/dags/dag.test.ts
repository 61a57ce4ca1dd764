import { expect, test } from "vitest";
import { z } from "zod";
import { calendar, cron, dag, type DagDefinition, days, every, onUpdate, type Schedule, sql, stage, table, timetable, topic, union } from "../../index.ts";
import { buildManifest } from "../build-manifest.ts";
import type { DagDecl, TaskDecl } from "../dag-manifest.ts";
import { describeModule } from "../describe-module.ts";
import type { Manifest } from "../manifest.ts";
import type { DagTools } from "./tools.ts";

const manifestOf = (exports: Record<string, unknown>): Manifest => buildManifest("test", [describeModule(import.meta.dirname, import.meta.filename, exports)]);

function declOf(definition: DagDefinition, exports: Record<string, unknown> = {}): DagDecl {
  const { dags, problems } = manifestOf({ ...exports, it: definition });
  expect(problems).toEqual([]);
  return dags[definition.name];
}

type Build = (tools: DagTools<any>) => unknown;
const tasksOf = (build: Build): Record<string, TaskDecl> => Object.fromEntries(declOf(dag("d", {}, build)).tasks.map((task) => [task.name, task]));
const codeOf = (definition: DagDefinition, name: string) => definition.code.get(name) ?? {};

const Row = z.object({ day: z.iso.datetime(), n: z.int() });
const orders = topic("orders", { schema: z.object({ at: z.iso.datetime(), n: z.int() }), eventTime: "at" });
const daily = table("shop.daily", { schema: Row, interval: "day" });
const context = { interval: { start: "2001-01-01T00:00:00.000Z", end: "2001-01-02T00:00:00.000Z" }, params: { limit: 3 }, one: { n: 4 } };

test("a DAG stands in the manifest with every default", () => {
  const decl = declOf(dag("plain", {}, ({ task }) => task("one", () => 1)));
  expect(decl).toMatchObject({
    ...{ name: "plain", tags: [], schedule: { kind: "manual" }, timezone: "UTC", catchup: { policy: "latest" }, overlap: "queue", jitterMs: 0, maxActiveRuns: 16, runState: "leaves" },
    ...{ deadlines: [], alerts: [], maps: [], module: "dag.test.ts", export: "it", declaredAt: expect.stringMatching(/^dag\.test\.ts:\d+:\d+, export it$/) },
  });
  expect(decl.tasks).toEqual([
    {
      ...{ name: "one", kind: "task", after: [], inputs: {}, trigger: "all_success", retries: 0, retryDelayMs: 300_000, backoff: "fixed", retryDelayMaxMs: 86_400_000, graceMs: 5_000 },
      ...{ pool: "default", slots: 1, priority: 0, dependsOnPast: false, waitForDownstream: false, code: true, updates: [], declaredAt: expect.stringMatching(/^dag\.test\.ts:\d+:\d+$/) },
    },
  ]);
});

test("its options arrive in the units of the manifest; dates are on the clocks of its zone", () => {
  const decl = declOf(
    dag("full", {
      schedule: cron("0 6 * * *", { timezone: "America/New_York" }), start: "2001-01-01", end: "2001-07-01T12:00", catchup: { window: "7d" }, overlap: "skip", jitter: "1m", maxActiveRuns: 8, maxActiveTasks: 4, runTimeout: "2h", runState: "any_failed",
      description: "What it does", owner: "ops", tags: ["a"], deadlines: [{ after: "due", within: "3h" }],
      alerts: [{ on: "failure", to: { webhook: "https://example.com/x" } }, { on: ["retry", "deadline"], to: { command: ["notify"] } }, { on: "success", to: { email: "a@example.com" } }],
      defaults: { retries: 3, retryDelay: "30s", backoff: "exponential", timeout: "10m", pool: "small" },
      params: z.object({ limit: z.number().int().default(10) }),
    }, ({ task, sensor }) => {
      task("one", () => 1);
      task("two", () => 1, { retries: 0, timeout: undefined, pool: "big", slots: 2, priority: 5, maxActive: 1, grace: "1s", retryDelayMax: "1h", totalTimeout: "1h", queueTimeout: "1m", isolated: true, waitForDownstream: true, concurrency: { key: "c {{ params.limit }}" }, throttle: { limit: 7, per: "1m", burst: 3, key: "api" } });
      sensor("three", () => true, { timeout: "1h", every: "5s", mode: "poke", soft: true, lookTimeout: "2s" });
      sensor("four", () => true);
    }),
  );
  expect(decl).toMatchObject({
    ...{ schedule: { kind: "cron", expression: "0 6 * * *", timezone: "America/New_York", gap: "shift", fold: "second" }, timezone: "America/New_York", start: "2001-01-01T05:00:00.000Z", end: "2001-07-01T16:00:00.000Z" },
    ...{ catchup: { policy: "window", ms: 604_800_000 }, overlap: "skip", jitterMs: 60_000, maxActiveRuns: 8, maxActiveTasks: 4, runTimeoutMs: 7_200_000, runState: "any_failed", description: "What it does", owner: "ops", tags: ["a"] },
    deadlines: [{ after: "due", ms: 10_800_000 }],
    alerts: [{ on: ["failure"], to: { kind: "webhook", url: "https://example.com/x" } }, { on: ["retry", "deadline"], to: { kind: "command", argv: ["notify"] } }, { on: ["success"], to: { kind: "email", address: "a@example.com" } }],
    params: { type: "object", properties: { limit: { type: "integer", default: 10 } }, additionalProperties: false },
  });
  const [one, two, three, four] = decl.tasks;
  expect(one).toMatchObject({ retries: 3, retryDelayMs: 30_000, backoff: "exponential", timeoutMs: 600_000, pool: "small" });
  expect(two).toMatchObject({ retries: 0, timeoutMs: 600_000, pool: "big", slots: 2, priority: 5, maxActive: 1, graceMs: 1_000, retryDelayMaxMs: 3_600_000, totalTimeoutMs: 3_600_000, queueTimeoutMs: 60_000, isolated: true, dependsOnPast: true, waitForDownstream: true, concurrency: { key: "c {{ params.limit }}", max: 1 }, throttle: { key: "api", everyMs: 8_572, burst: 3 } });
  expect(three).toMatchObject({ timeoutMs: 2_000, sensor: { mode: "poke", everyMs: 5_000, timeoutMs: 3_600_000, soft: true } });
  expect(four).toMatchObject({ sensor: { mode: "reschedule", everyMs: 60_000, timeoutMs: 604_800_000, soft: false } });
  // The limit of the DAG's attempts is none for a sensor, which waits.
  expect(four).not.toHaveProperty("timeoutMs");
});

test.each<[string, Schedule | string, object]>([
  ["a preset", "@daily", { kind: "cron", expression: "@daily", timezone: "UTC", gap: "shift", fold: "second" }],
  ["an expression", "*/5 * * * *", { kind: "cron", expression: "*/5 * * * *", timezone: "UTC" }],
  ["a trigger", cron("0 6 * * *", { trigger: true, lookback: "1d", gap: "skip", fold: "both" }), { trigger: true, lookbackMs: 86_400_000, gap: "skip", fold: "both" }],
  ["steps from the start", every("15m"), { kind: "every", ms: 900_000, anchor: "2001-01-01T00:00:00.000Z" }],
  ["steps from an anchor", every("15m", { anchor: "2000-01-01T00:05" }), { anchor: "2000-01-01T00:05:00.000Z" }],
  ["months", calendar({ months: 1 }, { anchor: "2001-01-31", timezone: "Europe/Zurich" }), { kind: "calendar", months: 1, days: 0, anchor: "2001-01-30T23:00:00.000Z", timezone: "Europe/Zurich", clamp: "anchor" }],
  ["weeks", calendar({ weeks: 2, days: 1 }), { days: 15, anchor: "2001-01-01T00:00:00.000Z" }],
  ["a union", union(["0 6 * * *", every("1h")], { except: [days(["2001-12-25"]), "0 12 * * *"] }), { kind: "union", of: [{ kind: "cron" }, { kind: "every" }], except: [{ kind: "days", dates: ["2001-12-25"], timezone: "UTC" }, { kind: "cron" }] }],
  ["updates", onUpdate([daily, orders], { when: "any", window: "1m" }), { kind: "onUpdate", datasets: ["shop.daily", "orders"], when: "any", windowMs: 60_000 }],
  ["code", timetable({ tickAfter: (after) => after + 1, tickUntil: (until) => until }), { kind: "custom", name: "s" }],
  ["once", "@once", { kind: "once" }],
])("a schedule of %s", (_, schedule, expected) => {
  const definition = dag("s", { schedule, start: "2001-01-01" }, ({ task }) => task("t", () => 1));
  expect(declOf(definition).schedule).toMatchObject(expected);
  expect(definition.timetable !== undefined).toBe(expected !== undefined && (expected as { kind?: string }).kind === "custom");
});

test("inputs make the order, and so does after", () => {
  const tasks = tasksOf(({ task }) => {
    const one = task("one", () => 1);
    const two = task("two", { rows: one }, ({ rows }) => rows);
    task("three", { one, again: one, two }, () => 1, { after: [one, two] });
  });
  expect(tasks.two).toMatchObject({ after: ["one"], inputs: { rows: "one" } });
  expect(tasks.three).toMatchObject({ after: ["one", "two"], inputs: { one: "one", again: "one", two: "two" } });
});

test("a loop is seen as one task with the result of its last round", () => {
  const definition = dag("looping", {}, ({ task, loop, group }) => {
    const begin = task("begin", () => 1);
    const page = loop("pages", ({ task }) => {
      const fetch = task("fetch", ({ previous, index }) => ({ index, seen: previous !== null }));
      task("note", { fetch }, () => 1);
      return { until: task("done", { fetch }, ({ fetch }) => fetch.index > 3), result: fetch };
    }, { after: [begin], max: 5, every: "10s" });
    task("use", { page }, ({ page }) => page.index.toFixed());
    const ready = loop("wait", ({ task }) => task("ready", () => true));
    group("behind", ({ task }) => ({ last: task("last", () => 1) }), { after: [ready] });
  });
  const decl = declOf(definition);
  const tasks = Object.fromEntries(decl.tasks.map((task) => [task.name, task]));
  expect(decl.maps).toEqual([{ name: "pages", over: { until: "pages.done", everyMs: 10_000 }, itemsMax: 5 }, { name: "wait", over: { until: "wait.ready", everyMs: 0 }, itemsMax: 1_000 }]);
  expect(tasks["pages.fetch"]).toMatchObject({ map: "pages", after: ["begin"] });
  expect(tasks.use).toMatchObject({ inputs: { page: "pages.fetch" }, after: ["pages.fetch", "pages.note", "pages.done"] });
  expect(tasks["behind.last"].after).toEqual(["wait.ready"]);
});

test("groups put their name before those of their tasks; what comes before and after them meets their first and last", () => {
  const tasks = tasksOf(({ task, group }) => {
    const begin = task("begin", () => 1);
    const checks = group("checks", ({ task, group }) => {
      const a = task("a", () => 1);
      const b = task("b", { a }, () => 1);
      const deep = group("deep", ({ task }) => ({ c: task("c", { b }, () => 2) }));
      task("d", { c: deep.c }, () => 1);
      task("e", () => 1);
      task("clean", () => 1, { teardownOf: [a] });
      return { b, deep };
    }, { after: [begin] });
    task("end", { b: checks.b, c: checks.deep.c }, () => 1, { after: [checks] });
  });
  expect(Object.keys(tasks)).toEqual(["begin", "checks.a", "checks.b", "checks.deep.c", "checks.d", "checks.e", "checks.clean", "end"]);
  expect(tasks["checks.a"]).toMatchObject({ after: ["begin"], setup: true });
  expect(tasks["checks.e"].after).toEqual(["begin"]);
  expect(tasks["checks.deep.c"].after).toEqual(["checks.b"]);
  expect(tasks["checks.clean"]).toMatchObject({ after: ["checks.a"], teardownOf: ["checks.a"], trigger: "all_done_setup_success" });
  expect(tasks.end).toMatchObject({ after: ["checks.b", "checks.deep.c", "checks.d", "checks.e"], inputs: { b: "checks.b", c: "checks.deep.c" } });
});

test("maps are regions of tasks with an item", () => {
  const definition = dag("mapped", {}, ({ task, map, group }) => {
    const begin = task("begin", () => 1);
    const files = task("list", () => ["a", "b"]);
    const loads = map("each", files, (file, { task }) => {
      const read = task("read", { name: file }, ({ name }) => name.length);
      return task("load", { read, file }, ({ read, file }) => `${file}${read}`);
    }, { after: [begin], itemsMax: 50 });
    const both = map("both", [1, 2], (n, { task, group }) => {
      const inner = group("in", ({ task }) => ({ x: task("x", { n }, ({ n }) => n) }));
      return { inner, y: task("y", { n, x: inner.x }, ({ x }) => x) };
    });
    group("after", ({ task }) => task("sum", { loads, x: both.inner.x }, ({ loads, x }) => loads.length + x.length));
    task("end", () => 1, { after: [loads, both] });
  });
  const decl = declOf(definition);
  const tasks = Object.fromEntries(decl.tasks.map((task) => [task.name, task]));
  expect(decl.maps).toEqual([{ name: "each", over: { task: "list" }, itemsMax: 50 }, { name: "both", over: { items: [1, 2] }, itemsMax: 10_000 }]);
  expect(tasks["each.read"]).toMatchObject({ map: "each", item: "name", inputs: {}, after: ["begin"] });
  expect(tasks["each.load"]).toMatchObject({ map: "each", item: "file", inputs: { read: "each.read" }, after: ["each.read"] });
  expect(tasks["both.in.x"]).toMatchObject({ map: "both", item: "n" });
  expect(tasks["both.y"]).toMatchObject({ map: "both", inputs: { x: "both.in.x" } });
  expect(tasks["after.sum"]).toMatchObject({ inputs: { loads: "each.load", x: "both.in.x" }, after: ["each.load", "both.in.x"] });
  expect(tasks["after.sum"]).not.toHaveProperty("map");
  expect(tasks.end.after).toEqual(["each.load", "both.y"]);
});

test("settings stand in the manifest where no code works them out", () => {
  const copy = stage("copy", { from: orders, to: topic("copied", { schema: Row }), run: () => {} });
  const child = dag("child", {}, ({ task }) => task("t", () => 1));
  const decl = declOf(
    dag("settings", {}, ({ sql, shell, container, http, wait, approval, trigger, stageRun }) => {
      sql("rows", { query: sql`select ${1} as n` });
      sql("write", { into: daily, query: sql`select 1 as n`, updates: [orders] });
      shell("say", { command: "echo $A", env: { A: "b" }, cwd: "bin", memory: "64MiB", processes: 8, retries: 2 });
      shell("run", { command: ["echo", "a b"] });
      container("box", { image: "alpine:3", command: ["true"], options: ["--network=none"] });
      http("post", { url: "https://example.com/", body: { a: 1 }, headers: { a: "b" }, answerWithin: "10s" });
      wait("five", { for: "5m" });
      wait("data", { dataset: daily, timeout: "1h" });
      approval("ask", { prompt: "Send?", timeout: "1d" });
      trigger("child", { dag: child, params: { a: 1 }, wait: false });
      trigger("named", { dag: "child" });
      stageRun("stage", { stage: copy });
    }),
    { copy, child },
  );
  const settings = Object.fromEntries(decl.tasks.map(({ name, kind, settings, code }) => [name, { kind, code, settings }]));
  expect(settings).toEqual({
    rows: { kind: "sql", code: false, settings: { sql: "select 1 as n" } },
    write: { kind: "sql", code: false, settings: { sql: "select 1 as n" } },
    say: { kind: "shell", code: false, settings: { command: "echo $A", env: { A: "b" }, cwd: "bin", memory: 2 ** 26, processes: 8 } },
    run: { kind: "shell", code: false, settings: { command: ["echo", "a b"] } },
    box: { kind: "container", code: false, settings: { image: "alpine:3", command: ["true"], options: ["--network=none"] } },
    post: { kind: "http", code: false, settings: { url: "https://example.com/", body: { a: 1 }, headers: { a: "b" }, timeoutMs: 10_000 } },
    five: { kind: "wait", code: false, settings: { ms: 300_000 } },
    data: { kind: "wait", code: false, settings: { dataset: "shop.daily", timeoutMs: 3_600_000 } },
    ask: { kind: "approval", code: false, settings: { prompt: "Send?", timeoutMs: 86_400_000 } },
    child: { kind: "dag", code: false, settings: { dag: "child", params: { a: 1 }, wait: false } },
    named: { kind: "dag", code: false, settings: { dag: "child", wait: true } },
    stage: { kind: "stage", code: false, settings: { stage: "copy" } },
  });
  expect(decl.tasks[1]).toMatchObject({ into: "shop.daily", updates: ["shop.daily", "orders"] });
  expect(decl.tasks[2].retries).toBe(2);
});

test("the code of each task is found by its name, and gives what its kind wants", async () => {
  const definition = dag("code", { params: z.object({ limit: z.int().default(1) }) }, ({ task, sql, shell, http, wait, sensor, branch, shortCircuit, group }) => {
    const one = task("one", () => ({ n: 1 }));
    sql("sql", { inputs: { one }, into: daily, query: ({ interval, params, one }) => sql`select ${interval.start} as at where n < ${params.limit} and m = ${one.n}` });
    shell("shell", { inputs: { one }, command: ({ one }) => ["echo", String(one.n)], env: async ({ interval }) => ({ DAY: interval.start.slice(0, 10) }), cwd: "bin" });
    http("http", { inputs: { one }, url: ({ interval }) => `https://example.com/${interval.start}`, method: "PUT", body: ({ one }) => one });
    wait("wait", { until: ({ interval }) => new Date(Date.parse(interval.end) + 1) });
    sensor("sensor", { one }, ({ one }) => (one.n > 3 ? { done: true, value: 0 } : false));
    sensor("flag", () => true);
    sensor("odd", (() => "row") as never);
    branch("branch", () => ["sql", one]);
    branch("odd-branch", (() => 5) as never);
    shortCircuit("short", { one }, ({ one }) => one.n, { cascade: false });
    group("g", ({ task, branch }) => {
      const inner = branch("inner", () => "sql", { choices: ["sql"] });
      task("sql", () => 1, { after: [inner] });
    });
  });
  const tasks = Object.fromEntries(declOf(definition).tasks.map((task) => [task.name, task]));
  expect(Object.values(tasks).every(({ code, settings }) => code && settings === undefined)).toBe(true);
  expect(tasks.short.cascade).toBe(false);
  expect(codeOf(definition, "one").run?.(context)).toEqual({ n: 1 });
  expect(await codeOf(definition, "sql").render?.(context)).toEqual({ sql: "select TIMESTAMPTZ '2001-01-01T00:00:00.000Z' as at where n < 3 and m = 4" });
  expect(await codeOf(definition, "shell").render?.(context)).toEqual({ command: ["echo", "4"], env: { DAY: "2001-01-01" }, cwd: "bin" });
  expect(await codeOf(definition, "http").render?.(context)).toEqual({ url: "https://example.com/2001-01-01T00:00:00.000Z", method: "PUT", body: { n: 4 } });
  expect(await codeOf(definition, "wait").render?.(context)).toEqual({ until: "2001-01-02T00:00:00.001Z" });
  expect(await codeOf(definition, "sensor").run?.(context)).toEqual({ done: true, value: 0 });
  expect(await codeOf(definition, "sensor").run?.({ ...context, one: { n: 1 } })).toEqual({ done: false });
  expect(await codeOf(definition, "flag").run?.(context)).toEqual({ done: true });
  await expect(codeOf(definition, "odd").run?.(context)).rejects.toThrow(/neither true nor false/);
  expect(await codeOf(definition, "branch").run?.(context)).toEqual(["sql", "one"]);
  await expect(codeOf(definition, "odd-branch").run?.(context)).rejects.toThrow(/neither the name of a task nor a task/);
  expect(await codeOf(definition, "short").run?.(context)).toBe(true);
  expect(await codeOf(definition, "g.inner").run?.(context)).toEqual(["g.sql"]);
});

test("what code gives at run time is checked as what stands there is", async () => {
  const definition = dag("late", {}, ({ sql, shell, http, wait }) => {
    sql("sql", { query: (() => "select 1") as never });
    shell("shell", { command: () => [] });
    http("http", { url: () => "file:///etc/passwd" });
    wait("wait", { until: () => "some day" });
  });
  await expect(codeOf(definition, "sql").render?.(context)).rejects.toThrow(/MR-MODEL-013[^]*no SQL of the tag's[^]*task "sql" of DAG "late"/);
  await expect(codeOf(definition, "shell").render?.(context)).rejects.toThrow(/the command is none/);
  await expect(codeOf(definition, "http").render?.(context)).rejects.toThrow(/"file:[^]*no address/);
  await expect(codeOf(definition, "wait").render?.(context)).rejects.toThrow(/no point in time/);
});

test("a DAG reaches its datasets, and its release follows its tasks", () => {
  const one = dag("reach", { schedule: onUpdate(orders) }, ({ sql }) => sql("s", { into: daily, query: sql`select 1` }));
  const two = dag("reach", { schedule: onUpdate(orders) }, ({ sql }) => sql("s", { into: daily, query: sql`select 2` }));
  const first = manifestOf({ one });
  expect([Object.keys(first.topics), Object.keys(first.tables)]).toEqual([["orders"], ["shop.daily"]]);
  expect(first.release).not.toBe(manifestOf({ one: two }).release);
  expect(sql`1`.text).toBe("1");
});
