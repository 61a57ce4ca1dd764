import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { BatchBuilder } from "../../batch/builder.ts";
import { rowReader } from "../../batch/rows.ts";
import { Collector } from "../../engine/collector.ts";
import { column, runnerOf, TestLog, topicOf, until } from "../../engine/engine-for-tests.ts";
import { FailurePolicy } from "../../engine/failures.ts";
import type { OperatorHost } from "../../engine/operator-host.ts";
import { buildManifest } from "../../model/build-manifest.ts";
import { describeModule } from "../../model/describe-module.ts";
import { definitionKind } from "../../model/definition.ts";
import { readSchema } from "../../model/schema.ts";
import { topic } from "../../model/topic.ts";
import { seededRandom } from "../../statistics/random.ts";
import { ProfileOperator } from "../records/profile-operator.ts";
import { type ProfileRecord, profileOf, profileSchema } from "../records/profile-record.ts";
import { profile } from "./profile.ts";

const columns = [column("id", "string"), column("n", "integer"), column("x", "number", true), column("ok", "boolean"), column("at", "timestamp"), column("day", "date", true)];
const input = topicOf("in", columns, { eventTime: "at", partitions: 1 });
const profiles = topicOf("profiles", readSchema(profileSchema, "test").columns, { eventTime: "window_start", partitions: 1 });

interface Row {
  id: string;
  n: number;
  x: number | null;
  ok: boolean;
  at: string;
  day: string | null;
}

const minute = { ms: 60_000 };
const noHost = { inputs: new Map([["in", input]]), now: () => 0 } as Partial<OperatorHost> as OperatorHost;
const operatorFor = (every: { ms: number } | { records: number }, withhold: string[] = []): ProfileOperator => new ProfileOperator({ name: "stage", settings: { every, withhold } }, noHost, new FailurePolicy("stage", "r1", { attempts: 1, backoffMs: 1 }, { ratio: 1, window: 1_000 }));

function batchOf(rows: readonly Row[]) {
  const builder = new BatchBuilder({ columns, eventTime: "at", where: "test" });
  for (const row of rows) builder.append(row, 0);
  return builder.finish();
}

/** What comes out of epochs, each of which ends with the latest event time as its watermark; state is written down and read where `restarts` says. */
function profiled(every: { ms: number } | { records: number }, epochs: readonly (readonly Row[])[], restarts: readonly ("delta" | "snapshot" | undefined)[] = []): ProfileRecord[] {
  const given: ProfileRecord[] = [];
  let operator = operatorFor(every);
  let entries: { kind: "delta" | "snapshot"; bytes: Uint8Array }[] = [];
  let watermark = -Infinity;
  for (const [i, rows] of epochs.entries()) {
    const out = new Collector("stage", 0, { byAlias: new Map([["out", profiles]]) });
    if (rows.length > 0) operator.process({ topic: "in", partition: 0, offset: 0, batch: batchOf(rows) }, out);
    watermark = Math.max(watermark, ...rows.map(({ at }) => Date.parse(at)));
    operator.advance(i === epochs.length - 1 ? Infinity : watermark, out);
    for (const { batch } of out.finish({} as never, false)) if (batch) for (let row = 0; row < batch.count; row++) given.push(rowReader(batch)(row) as unknown as ProfileRecord);
    const restart = restarts[i];
    const delta = operator.delta();
    if (delta) entries.push({ kind: "delta", bytes: delta });
    if (restart === "snapshot") entries = [{ kind: "snapshot", bytes: operator.snapshot() }];
    if (restart === undefined) continue;
    operator = operatorFor(every);
    for (const entry of entries) operator.restore(entry as never);
  }
  return given;
}

const rowsOf = fc.array(
  fc.record({
    id: fc.oneof(fc.constantFrom("a", "b", " c", ""), fc.string({ maxLength: 260, unit: "grapheme" })),
    n: fc.integer({ min: -5, max: 5 }),
    x: fc.oneof(fc.constant(null), fc.double({ min: -100, max: 100, noNaN: true })),
    ok: fc.boolean(),
    at: fc.integer({ min: 0, max: 600_000 }).map((ms) => new Date(ms).toISOString()),
    day: fc.constantFrom(null, "2024-02-29", "1999-12-31"),
  }),
  { minLength: 1, maxLength: 60 },
);

test("windows together are the profile of all records, whatever the windows, the order and the restarts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rowsOf, { minLength: 1, maxLength: 6 }), fc.array(fc.constantFrom("delta" as const, "snapshot" as const, undefined), { maxLength: 6 }), async (epochs, restarts) => {
      const all = epochs.flat();
      const full = all.slice(0, all.length - (all.length % 7));
      for (const [every, some] of [[minute, all], [{ records: 7 }, full]] as const) {
        const of = await profileOf(some.length === 0 ? [] : profiled({ records: some.length }, [some]), "in");
        const got = await profileOf(profiled(every, [...epochs, []], restarts), "in");
        expect(got.rows).toBe(of.rows);
        for (const [i, { numbers, ...column }] of got.columns.entries()) {
          const { numbers: known, ...same } = of.columns[i];
          expect(column).toEqual(same);
          expect(numbers?.quantiles).toEqual(known?.quantiles);
          expect(numbers?.mean ?? 0).toBeCloseTo(known?.mean ?? 0, 3);
        }
      }
    }),
    { numRuns: 25 },
  );
});

const seeded = seededRandom(3);
const uniform = (): number => seeded.uniform();
const many = Array.from({ length: 20_000 }, (_, i): Row => ({ id: `id-${i}`, n: i % 5_000, x: 100 * uniform() ** 2, ok: i % 3 === 0, at: new Date(i * 30).toISOString(), day: i % 10 === 0 ? null : "2024-02-29" }));

test.each([1_000, 20_000])("of many different values counts are exact, and what is not says so and is near: %i records at once", async (size) => {
  const epochs = Array.from({ length: 20_000 / size }, (_, i) => many.slice(i * size, (i + 1) * size));
  const windows = profiled({ ms: 300_000 }, epochs, epochs.map((_, i) => (i % 7 === 0 ? "snapshot" : i % 3 === 0 ? "delta" : undefined)));
  expect(windows).toHaveLength(2);
  expect(windows[0]).toMatchObject({ topic: "in", partition: 0, window_start: "1970-01-01T00:00:00.000Z", window_end: "1970-01-01T00:05:00.000Z", rows: 10_000 });
  const { rows, columns: [id, n, x, ok, at, day] } = await profileOf(windows, "in");
  expect(rows).toBe(20_000);
  expect(id.distinct.exact).toBe(false);
  expect(Math.abs(id.distinct.value / 20_000 - 1)).toBeLessThan(0.06);
  expect(Math.abs(n.distinct.value / 5_000 - 1)).toBeLessThan(0.06);
  expect([n.min, n.max, n.nulls, day.nulls, at.min, at.max]).toEqual(["0", "4999", 0, 2_000, "1970-01-01T00:00:00.000Z", many.at(-1)?.at]);
  expect(id.lengths).toEqual({ min: 4, max: 8, mean: many.reduce((sum, row) => sum + row.id.length, 0) / 20_000 });
  expect(ok.frequent?.values).toEqual([{ value: "false", count: 13_333 }, { value: "true", count: 6_667 }]);
  const sorted = many.map((row) => row.x as number).sort((a, b) => a - b);
  // Of a quantile its rank is what may be off.
  for (const [p, value] of x.numbers?.quantiles.values.entries() ?? []) expect(Math.abs(sorted.findIndex((other) => other >= value) / 20_000 - p / 100)).toBeLessThan(0.01);
  expect(x.numbers?.mean).toBeCloseTo(sorted.reduce((sum, value) => sum + value, 0) / 20_000, 9);
});

test("what comes late is a further part of its window, and too many windows are given out in parts", async () => {
  const at = (ms: number): Row => ({ ...many[0], at: new Date(ms).toISOString() });
  const late = profiled(minute, [[at(0), at(130_000)], [at(10)], []]);
  expect(late.map(({ window_start, rows }) => [window_start.slice(11, 19), rows])).toEqual([["00:00:00", 1], ["00:00:00", 1], ["00:02:00", 1]]);
  const scattered = profiled(minute, [Array.from({ length: 1_000 }, (_, i) => at(((i * 7_919) % 1_000) * 60_000))]);
  expect(scattered.reduce((sum, { rows }) => sum + rows, 0)).toBe(1_000);
});

test("a quiet input closes what the clock has passed, and readers wait for windows that are open", () => {
  const operator = operatorFor(minute);
  const out = new Collector("stage", 0, { byAlias: new Map([["out", profiles]]) });
  operator.process({ topic: "in", partition: 0, offset: 0, batch: batchOf([{ ...many[0], at: "1970-01-01T00:05:30Z" }]) }, out);
  expect(operator.resultsFrom(390_000)).toBe(300_000);
  expect(operator.quiet(359_999, out)).toBeUndefined();
  expect(operator.quiet(400_000, out)).toBe(360_000);
  expect(operator.held).toBe(0);
  expect(() => operator.restore({ kind: "delta", bytes: Buffer.from("{\"form\":9") } as never)).toThrow(/MR-ENGINE-009/);
});

test.each([3, 3_000])("of %i different values that are withheld none is told, and counts are", async (different) => {
  const operator = operatorFor({ records: 4_000 }, ["id", "x"]);
  const out = new Collector("stage", 0, { byAlias: new Map([["out", profiles]]) });
  operator.process({ topic: "in", partition: 0, offset: 0, batch: batchOf(many.slice(0, 3_999).map((row, i) => ({ ...row, id: `secret-${i % different}`, x: 0.123 + (i % different) }))) }, out);
  expect(Buffer.from(operator.delta() ?? []).toString()).not.toMatch(/secret|\.123/);
  operator.process({ topic: "in", partition: 0, offset: 3_999, batch: batchOf([{ ...many[0], id: "secret" }]) }, out);
  const records = out.finish({} as never, false).flatMap(({ batch }) => (batch ? [rowReader(batch)(0) as unknown as ProfileRecord] : []));
  expect(JSON.stringify(records)).not.toMatch(/secret|\.123/);
  const { columns: [id, , x] } = await profileOf(records, "in");
  expect(id).toMatchObject({ rows: 4_000, nulls: 0, min: null, frequent: { values: [] }, lengths: { min: 6 } });
  expect(Math.abs(id.distinct.value / (different + 1) - 1)).toBeLessThan(0.06);
  expect(x.numbers).toBeNull();
});

let log: TestLog;
afterEach(() => log?.close());

test("on a log, stopped and started again, every record is in exactly one window", async () => {
  const [source, target] = [topicOf("in", columns, { eventTime: "at", partitions: 2 }), profiles];
  log = await TestLog.open(source, target);
  for (let i = 0; i < 6; i++) {
    await log.write(source, i % 2, many.slice(i * 400, (i + 1) * 400));
    const runner = runnerOf(log, { inputs: [source], outputs: { out: target }, definition: {}, operator: (_, host, failures) => new ProfileOperator({ name: "stage", settings: { every: { records: 300 }, withhold: [] } }, host, failures) });
    const ended = runner.run();
    await Promise.race([until(() => log.caughtUp("stage")), ended]);
    runner.stop();
    await ended;
  }
  const windows = (await log.read("profiles")).map(({ value }) => value as unknown as ProfileRecord);
  expect(windows.map(({ rows }) => rows)).toEqual(Array(8).fill(300));
  const { columns: [id] } = await profileOf(windows, "in");
  expect(id.distinct).toEqual({ value: 2_400, exact: true });
  expect(new Set(windows.map(({ partition }) => partition))).toEqual(new Set([0, 1]));
});

test("the manifest has its settings, and a slip in what is withheld is a problem", () => {
  const orders = topic("orders", { schema: z.object({ id: z.string(), email: z.string() }), key: "id", partitions: 4 });
  const to = topic("orders.profiles", { schema: profileSchema, eventTime: "window_start" });
  const manifestOf = (withhold: string[]) => buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { look: profile("look", { from: orders, to, every: "5m", withhold: withhold as never }) })]);
  expect(manifestOf(["email"])).toMatchObject({ problems: [], stages: { look: { kind: "profile", from: ["orders"], to: { out: "orders.profiles" }, settings: { every: { ms: 300_000 }, withhold: ["email"] }, module: "pipeline.ts", export: "look", dlq: "look.dlq" } } });
  expect(manifestOf(["emial"]).problems).toMatchObject([{ code: "MR-MODEL-001", what: expect.stringContaining("emial") }]);
});

test("it is a stage like any other, and its output takes profiles alone", () => {
  const orders = topic("orders", { schema: z.object({ id: z.string() }) });
  const to = topic("orders.profiles", { schema: profileSchema, eventTime: "window_start" });
  const stage = profile("profile-orders", { from: orders, to, every: "5m", withhold: ["id"], scale: { max: 3 } });
  expect(definitionKind(stage)).toBe("stage");
  expect(stage).toMatchObject({ kind: "profile", settings: { every: { ms: 300_000 }, withhold: ["id"] }, scale: { max: 3 } });
  expect(profile("by-count", { from: orders, to, every: 10_000 }).settings).toEqual({ every: { records: 10_000 }, withhold: [] });
  // @ts-expect-error a topic of orders takes no profiles
  profile("wrong", { from: orders, to: orders, every: "1m" });
  // @ts-expect-error there is no such field
  profile("wrong-field", { from: orders, to, every: "1m", withhold: ["email"] });
  for (const every of [0, 1.5, "soon", undefined]) expect(() => profile("bad", { from: orders, to, every: every as never })).toThrow(/MR-MODEL-00[15]/);
});
