import { expect, test } from "vitest";
import { z } from "zod";
import { bucket, count, defineProject, files, hopping, http, quantile, reduce, reject, session, sink, source, stage, table, topic, tumbling } from "../index.ts";
import { durationMs, durationText } from "./duration.ts";
import { isRejectRecord } from "./reject-record.ts";
import { sizeBytes } from "./size.ts";

const schema = z.object({ id: z.string(), at: z.iso.datetime(), n: z.int() });
const orders = topic("orders", { schema, key: "id", eventTime: "at" });
const run = () => {};
const write = async () => {};
/** Options that the types refuse, as plain JavaScript could give them. */
const js = (options: object) => options as never;

test("durations", () => {
  expect(["250ms", "5m", "1h30m", "1.5h", "7d", "2w"].map((text) => durationMs(text, ""))).toEqual([250, 300_000, 5_400_000, 5_400_000, 604_800_000, 1_209_600_000]);
  expect([250, 5_400_000, 604_800_000, 86_461_001].map(durationText)).toEqual(["250ms", "1h30m", "7d", "1d1m1s1ms"]);
  for (const text of ["", "5", "m", "5 m", "-5m", "5M", "0s", "0.1ms", "1e3s", "9999999999999999d", 5]) expect(() => durationMs(text as string, "there")).toThrow(/MR-MODEL-005[^]*where: there/);
});

test("sizes", () => {
  expect(["512B", "256MiB", "1.5GB", "10 kB", "1TiB"].map((text) => sizeBytes(text, ""))).toEqual([512, 2 ** 28, 1.5e9, 10_000, 2 ** 40]);
  for (const text of ["", "5", "MiB", "-1MiB", "0B", "1mib", "1 PB", 5]) expect(() => sizeBytes(text as string, "there")).toThrow(/MR-MODEL-005[^]*where: there/);
});

test.each(["a", "Orders", "orders.large", "0-9_x.y", "x".repeat(128)])("%s is a name", (name) => {
  expect(topic(name, { schema }).name).toBe(name);
});

test.each(["", ".a", "-a", "_a", "a/b", "a b", "a:b", "é", "a.", "x".repeat(129), "../a", 5, undefined])("%s is no name", (name) => {
  expect(() => topic(name as string, { schema })).toThrow(/MR-MODEL-001/);
});

test("tables are named namespace.table", () => {
  expect(() => table("orders", { from: orders })).toThrow(/"main\.orders"/);
  expect(() => table("a.b.c", { from: orders })).toThrow(/one dot/);
  expect(table("a.b", { from: orders })).toMatchObject({ partitionBy: [], commitEveryMs: 1_000 });
});

test.each<[string, () => unknown, RegExp]>([
  ["an unknown option", () => topic("t", js({ schema, partition: 4 })), /no option "partition"[^]*write "partitions"/],
  ["no options", () => topic("t", js(undefined as unknown as object)), /options are missing/],
  ["too many partitions", () => topic("t", { schema, partitions: 5_000 }), /partitions is 5000[^]*1 to 1024/],
  ["a fraction of a partition", () => topic("t", { schema, partitions: 1.5 }), /partitions is 1.5/],
  ["compaction without a key", () => topic("t", { schema, compact: true }), /no key/],
  ["a retention that cannot be read", () => topic("t", { schema, retention: "long" }), /MR-MODEL-005[^]*topic "t"[^]*retention/],
  ["a stage that does nothing", () => stage("s", js({ from: orders, to: orders })), /does nothing/],
  ["a stage that does two things", () => stage("s", js({ from: orders, to: orders, run, runBatch: run })), /run and runBatch/],
  ["run that is no function", () => stage("s", js({ from: orders, to: orders, run: 5 })), /run is not a function/],
  ["a window without aggregate", () => stage("s", js({ from: orders, to: orders, run, window: tumbling("1h") })), /run and window/],
  ["a stage that reads a name", () => stage("s", js({ from: "orders", to: orders, run })), /not the name "orders"/],
  ["a stage that reads what is not there", () => stage("s", js({ from: undefined, to: orders, run })), /import each other/],
  ["a stage that reads nothing", () => stage("s", js({ from: [], to: orders, run })), /reads nothing/],
  ["a stage that reads a topic twice", () => stage("s", { from: [orders, orders], to: orders, run }), /twice/],
  ["a stage without outputs", () => stage("s", { from: orders, to: {}, run }), /`to` is empty/],
  ["an output with a bad alias", () => stage("s", { from: orders, to: { "a b": orders }, run }), /no name for an output/],
  ["an output that is none", () => stage("s", js({ from: orders, to: { a: 5 }, run })), /output "a" is not a dataset/],
  ["an aggregate to two outputs", () => stage("s", js({ from: orders, to: { a: orders }, aggregate: { n: count() } })), /not one topic or table/],
  ["an aggregate that is none", () => stage("s", js({ from: orders, to: orders, aggregate: { n: 5 } })), /aggregate "n" is none/],
  ["no aggregates", () => stage("s", { from: orders, to: orders, aggregate: {} }), /names no aggregate/],
  ["a reserved name", () => stage("s", { from: orders, to: orders, aggregate: { window: count() } }), /no name for an aggregate/],
  ["sessions that cannot merge", () => stage("s", { from: orders, to: orders, window: session("1h"), aggregate: { n: reduce({ init: () => 0, add: (n: number) => n }) } }), /has no merge/],
  ["lateness without a window", () => stage("s", { from: orders, to: orders, aggregate: { n: count() }, allowedLateness: "1h" }), /goes with a window/],
  ["max below min", () => stage("s", { from: orders, to: orders, run, scale: { min: 3, max: 2 } }), /max 2 is below min 3/],
  ["an unreadable size", () => stage("s", { from: orders, to: orders, run, place: { memory: "much" } }), /MR-MODEL-005[^]*place\.memory/],
  ["a ratio above one", () => stage("s", { from: orders, to: orders, run, failureLimit: { ratio: 2 } }), /ratio is 2/],
  ["a gap between windows", () => hopping("1h", "2h"), /leave out/],
  ["a quantile of 95", () => quantile("n", 95), /95 is not a quantile/],
  ["half a bucket", () => bucket("n", 0.5), /whole number/],
  ["a table of nothing", () => table("a.t", js({})), /neither/],
  ["a table of both", () => table("a.t", js({ from: orders, schema })), /both/],
  ["partitions that are names", () => table("a.t", js({ from: orders, partitionBy: ["at"] })), /list of transforms/],
  ["a source without read", () => source("s", js({ to: orders })), /`read` is not a function/],
  ["a sink without write", () => sink("s", js({ from: orders })), /`write` is not a function/],
  ["a guarantee of ours", () => sink("s", js({ from: orders, write, guarantee: "always" })), /no guarantee "always"/],
  ["an intake to two", () => http("s", js({ to: { orders } })), /not one topic/],
  ["files of no format", () => files("s", { to: orders, path: "a.xyz" }), /format of "a.xyz"/],
  ["files of two formats", () => files("s", { to: orders, path: ["a.csv", "b.json"] }), /several formats/],
  ["no files", () => files("s", { to: orders, path: [] }), /no paths/],
  ["a speed of zero", () => files("s", { to: orders, path: "a.csv", speed: 0 }), /0 is no speed/],
  ["a project without options", () => defineProject(js(undefined as unknown as object)), /no options/],
])("%s is refused where it is declared", (_, declare, expected) => {
  expect(declare).toThrow(expected);
});

test("the place of a faulty declaration is that of the call", () => {
  expect(() => stage("bad name", { from: orders, to: orders, run })).toThrow(/where: stage "bad name", src\/model\/declarations\.test\.ts:\d+:\d+\n/);
  expect(orders.site?.file).toBe(import.meta.filename);
});

test("a refusal is known from whichever copy it comes", () => {
  try {
    reject("unknown airport XXX");
  } catch (error) {
    expect(isRejectRecord(error)).toBe(true);
    expect(error).toMatchObject({ reason: "unknown airport XXX", retryable: false });
  }
  expect(isRejectRecord(new Error("x"))).toBe(false);
});
