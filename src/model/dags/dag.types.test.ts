import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { cron, dag, type GroupRef, type MappedRef, sql, table, type TaskRef, timetable, topic, within } from "../../index.ts";

const flights = topic("flights", { schema: z.object({ at: z.iso.datetime(), origin: z.string() }), eventTime: "at" });
const daily = table("flights.daily", { schema: z.object({ day: z.iso.datetime(), origin: z.string(), flights: z.int() }), interval: "day" });

test("results, parameters and inputs flow to where they are used", () => {
  dag(
    "daily",
    {
      schedule: cron("0 6 * * *", { timezone: "America/New_York" }),
      start: "2001-01-01",
      catchup: "all",
      defaults: { retries: 3, retryDelay: "30s", backoff: "exponential", timeout: "10m" },
      params: z.object({ limit: z.number().int().default(10), from: z.string().optional() }),
    },
    ({ task, sql, map, group, shell, http, sensor }) => {
      const stats = sql("stats", { into: daily, query: ({ interval, params }) => sql`select day, origin, count(*) as flights from ${within(flights, interval)} group by all limit ${params.limit}` });
      expectTypeOf(stats).toEqualTypeOf<TaskRef<{ rows: number }>>();
      const worst = task("worst", { stats }, async ({ stats, interval, params, run, log, signal, attempt, index, logicalDate, idempotencyKey }) => {
        expectTypeOf(stats).toEqualTypeOf<{ rows: number }>();
        expectTypeOf(interval.start).toEqualTypeOf<string>();
        expectTypeOf(params.limit).toEqualTypeOf<number>();
        expectTypeOf(params.from).toEqualTypeOf<string | undefined>();
        expectTypeOf(run.params.limit).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(logicalDate).toEqualTypeOf<string | null>();
        log.info(idempotencyKey, { attempt, index });
        // @ts-expect-error no such parameter
        params.limits;
        return { route: "SFO-LAX", delay: stats.rows, note: undefined as string | undefined, at: new Date() };
      });
      expectTypeOf(worst).toEqualTypeOf<TaskRef<{ route: string; delay: number; note: string | undefined; at: string }>>();
      task("letter", { worst }, ({ worst }) => expectTypeOf(worst).toEqualTypeOf<{ route: string; delay: number; note: string | undefined; at: string } | null>(), { trigger: "none_failed_min_one_success", retries: 0 });
      task("all", { worst }, ({ worst }) => expectTypeOf(worst.route).toEqualTypeOf<string>(), { trigger: "all_success" });
      const files = task("list", async () => ["a", "b"]);
      const loads = map("each", files, (file, { task }) =>
        task("load", { file, stats }, async ({ file, stats, index }) => {
          expectTypeOf(file).toEqualTypeOf<string>();
          return { file, index, rows: stats.rows };
        }),
      );
      expectTypeOf(loads).toEqualTypeOf<MappedRef<{ file: string; index: number; rows: number }>>();
      const checks = group("checks", ({ task }) => {
        const rows = task("rows", { loads }, ({ loads }) => {
          expectTypeOf(loads).toEqualTypeOf<{ file: string; index: number; rows: number }[]>();
          return loads.length;
        });
        return { rows };
      }, { after: [loads] });
      expectTypeOf(checks.rows).toEqualTypeOf<TaskRef<number>>();
      task("some", { loads }, ({ loads }) => expectTypeOf(loads).toEqualTypeOf<({ file: string; index: number; rows: number } | null)[]>(), { trigger: "all_done" });
      task("end", { rows: checks.rows }, async ({ rows }) => void expectTypeOf(rows).toEqualTypeOf<number>(), { after: [checks, loads, worst] });
      const line = shell("say", { inputs: { worst }, command: ({ worst, params }) => ["echo", worst.route, String(params.limit)], env: { A: "b" } });
      task("line", { line }, ({ line }) => expectTypeOf(line).toEqualTypeOf<string | null>());
      http("tell", { inputs: { worst }, url: "https://example.com", body: ({ worst }) => ({ text: worst.route }), after: [line] });
      const rows = sql("rows", { query: sql`select 1 as n` });
      task("print", { rows }, ({ rows }) => rows.map(({ n }) => n));
      const seen = sensor("seen", ({ looks }) => (looks > 1 ? { done: true, value: looks } : false), { every: "5s", mode: "poke", soft: true });
      expectTypeOf(seen).toEqualTypeOf<TaskRef<number>>();
      expectTypeOf(sensor("bare", async () => Math.random() > 0.5)).toEqualTypeOf<TaskRef<null>>();
      expectTypeOf(sensor("with", { seen }, ({ seen }) => seen > 1)).toEqualTypeOf<TaskRef<null>>();
      expectTypeOf(task("void", () => {})).toEqualTypeOf<TaskRef<null>>();
    },
  );
});

test("slips are told by the compiler", () => {
  dag("slips", {}, ({ task, sql, branch, map, shell, wait, trigger, group }) => {
    const one = task("one", () => 1);
    // @ts-expect-error no such option
    task("two", () => 1, { retrys: 3 });
    // @ts-expect-error no such rule
    task("three", () => 1, { trigger: "all_succeeded" });
    // @ts-expect-error no task
    task("four", { one: 1 }, () => 1);
    // @ts-expect-error not an input
    task("five", { one }, ({ two }) => two);
    // @ts-expect-error a text is no SQL
    sql("six", { query: "select 1" });
    // @ts-expect-error no table
    sql("seven", { into: flights, query: sql`select 1` });
    branch("eight", { one }, ({ one }) => (one > 1 ? "a" : null), { choices: ["a", "b"] });
    // @ts-expect-error not one of the choices
    branch("nine", () => "c", { choices: ["a", "b"] });
    branch("free", () => ["anything", one]);
    // @ts-expect-error no list
    map("ten", one, (item, { task }) => task("t", { item }, ({ item }) => item));
    // @ts-expect-error no maps within maps
    map("eleven", [1, 2], (_, { map }) => map);
    // @ts-expect-error a command of numbers
    shell("twelve", { command: [1] });
    // @ts-expect-error two things at once
    wait("thirteen", { for: "5m", dataset: daily });
    wait("until", { until: ({ interval }) => new Date(interval.end) });
    trigger("typed", { dag: other, params: { n: 1 } });
    // @ts-expect-error of another type
    trigger("wrong", { dag: other, params: { n: "1" } });
    trigger("named", { dag: "other", params: { anything: true } });
    const literals = map("literals", ["a", "b"], (item, { task, group }) => {
      const inner = group("g", ({ task }) => ({ n: task("n", { item }, ({ item }) => item.length) }));
      return { inner, t: task("t", { item, n: inner.n }, ({ item, n }) => item + n) };
    });
    expectTypeOf(literals.t).toEqualTypeOf<MappedRef<string>>();
    expectTypeOf(literals.inner.n).toEqualTypeOf<MappedRef<number>>();
    expectTypeOf(group("nothing", ({ task }) => void task("t", () => 1))).toEqualTypeOf<GroupRef>();
  });
  // @ts-expect-error no such policy
  dag("policy", { catchup: "sometimes" }, () => {});
  // @ts-expect-error not a time
  table("a.b", { schema: z.object({ n: z.int() }), interval: "n" });
  table("a.c", { schema: z.object({ n: z.int() }), writtenBy: "tasks" });
});

const other = dag("other", { params: z.object({ n: z.number(), m: z.string().default("") }), schedule: timetable({ tickAfter: (after) => after + 1, tickUntil: (until) => until }) }, ({ task }) => {
  const clean = task("setup", () => ({ folder: "/tmp" }), { setup: true });
  task("teardown", { clean }, ({ clean }) => expectTypeOf(clean).toEqualTypeOf<{ folder: string } | null>(), { teardownOf: [clean] });
});

test("without a schema parameters are JSON", () => {
  dag("bare", { schedule: "@daily" }, ({ task }) => void task("t", ({ params }) => expectTypeOf(params).toExtend<{ readonly [name: string]: unknown }>()));
  expectTypeOf(sql`select ${1}`.text).toEqualTypeOf<string>();
});
