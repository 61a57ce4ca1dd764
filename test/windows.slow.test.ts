import { afterEach, expect, test } from "vitest";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";
import { stallMs } from "./support/stall.ts";

/* Windows from end to end: a bounded replay and an HTTP intake write one topic, and stages count it by windows. */

const head = `
import { count, http, session, source, stage, sum, table, topic, tumbling } from "millrace";
import { z } from "zod";
const Click = z.object({ user: z.string(), at: z.iso.datetime(), n: z.int() });
export const clicks = topic("clicks", { schema: Click, key: "user", eventTime: "at", partitions: 4 });
export const intake = http("intake", { to: clicks });
`;
const replay = `
const day = 86_400_000;
export const history = source("history", { to: clicks, bounded: true, read: async function* ({ position }) {
  // Three days, then a jump of a year, then one day more; five users, so that not every partition need have one.
  const starts = [0, 1, 2, 367].map((days) => Date.UTC(2020, 0, 1) + days * day);
  for (let d = (position as { next: number } | undefined)?.next ?? 0; d < starts.length; d++) {
    yield { records: Array.from({ length: 240 }, (_, i) => ({ user: "u" + (i % 5), at: new Date(starts[d] + i * 60_000).toISOString(), n: 1 })), position: { next: d + 1 } };
  }
} });
`;

let project: TemporaryProject;
let millrace: MillraceProcess;

async function up(pipeline: string): Promise<void> {
  project = temporaryProject({ "pipeline.ts": head + pipeline });
  millrace = await MillraceProcess.start(project.folder, project.data);
}

afterEach(async () => {
  await millrace?.stop();
  project.remove();
});

const post = async (...records: { user: string; at: string; n: number }[]): Promise<void> => {
  const answer = await millrace.post("/ingest/intake", records);
  expect(answer.status, await answer.clone().text()).toBe(200);
};
const rows = async (sql: string): Promise<unknown[][]> => (await millrace.sql(sql)).rows;

const counted = `
export const Hour = z.object({ user: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), clicks: z.int(), total: z.number().nullable() });
export const hours = topic("hours", { schema: Hour, key: "user", eventTime: "window_start", partitions: 4 });
export const perHour = stage("per-hour", { from: clicks, to: hours, by: "user", window: tumbling("1h"), aggregate: { clicks: count(), total: sum("n") } });
`;

test("results are complete after jumps of event time, the last window closes on a quiet input, and late records can be read", async () => {
  await up(`${replay}${counted}
    export const visits = topic("visits", { schema: Hour, key: "user", partitions: 4 });
    export const perVisit = stage("per-visit", { from: clicks, to: visits, by: "user", window: session("30m"), aggregate: { clicks: count(), total: sum("n") } });
  `);
  await until(async () => (await millrace.status()).idle);
  await until(async () => (await rows(`select coalesce(sum(clicks), 0) from topics."hours"`))[0][0] === 960);
  const hours = await rows(`select user, count(*), sum(clicks), min(window_start)::varchar, max(window_start)::varchar from topics."hours" group by user order by user`);
  expect(hours).toHaveLength(5);
  for (const [, windows, clicks] of hours) expect([windows, clicks]).toEqual([16, 192]);
  const visits = await rows(`select user, count(*), sum(clicks) from topics."visits" group by user order by user`);
  expect(visits).toEqual(Array.from({ length: 5 }, (_, i) => [`u${i}`, 4, 192]));
  // Quiet, then active again: a new hour counts, an old one is late.
  await post({ user: "u1", at: "2021-06-01T10:10:00Z", n: 7 });
  await post({ user: "u1", at: "2020-01-02T00:00:00Z", n: 99 });
  await until(async () => (await millrace.status()).stages.find(({ name }) => name === "per-hour")?.lateRecords === 1);
  await until(async () => (await rows(`select clicks, total from topics."hours" where window_start = '2021-06-01T10:00:00Z'`)).length === 1);
  const late = (await millrace.status()).topics.find(({ name }) => name.includes("per-hour") && name.includes("late"))?.name;
  expect(late).toBeDefined();
  expect(await rows(`select user, n from topics."${late}"`)).toEqual([["u1", 99]]);
  expect((await rows(`select sum(clicks) from topics."hours"`))[0][0]).toBe(961);
});

test("windows behind a keyed stage of several processes close, though only one key ever comes", async () => {
  await up(`
    export const copied = topic("copied", { schema: Click, key: "user", eventTime: "at", partitions: 4 });
    export const copy = stage("copy", { from: clicks, to: copied, scale: { min: 2, max: 2 }, run: (click, emit) => emit(click) });
    export const Hour = z.object({ user: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), clicks: z.int() });
    export const hours = topic("hours", { schema: Hour, key: "user", eventTime: "window_start", partitions: 4 });
    export const perHour = stage("per-hour", { from: copied, to: hours, by: "user", window: tumbling("1h"), aggregate: { clicks: count() } });
    export const Day = z.object({ user: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), clicks: z.number().nullable() });
    export const days = topic("days", { schema: Day, key: "user", eventTime: "window_start", partitions: 4 });
    export const perDay = stage("per-day", { from: hours, to: days, by: "user", window: tumbling("1d"), aggregate: { clicks: sum("clicks") } });
  `);
  await post({ user: "one", at: "2021-01-01T10:00:00Z", n: 1 }, { user: "one", at: "2021-01-01T11:00:00Z", n: 1 }, { user: "one", at: "2021-01-02T12:00:00Z", n: 1 });
  await until(async () => (await rows(`select sum(clicks) from topics."days"`))[0][0] === 3);
  expect(await rows(`select clicks from topics."hours" order by window_start`)).toEqual([[1], [1], [1]]);
  expect(await rows(`select clicks from topics."days" order by window_start`)).toEqual([[2], [1]]);
});

test("a window whose end is still to come stays open on a quiet input, and closes when its time is over", async () => {
  await up(`
    export const Short = z.object({ user: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), clicks: z.int() });
    export const short = topic("short", { schema: Short, key: "user", partitions: 4 });
    export const perShort = stage("per-short", { from: clicks, to: short, by: "user", window: tumbling("6s"), aggregate: { clicks: count() } });
  `);
  await until(async () => (await millrace.status()).stages.find(({ name }) => name === "per-short")?.state === "running");
  // Early in a window, so that it does not end between the two posts.
  await until(() => Date.now() % 6_000 < 1_500);
  const end = (Math.floor(Date.now() / 6_000) + 1) * 6_000;
  await post({ user: "now", at: new Date().toISOString(), n: 1 });
  await post({ user: "now", at: new Date().toISOString(), n: 1 });
  await until(async () => (await rows(`select count(*) from topics."short"`))[0][0] === 1);
  const closedAt = Date.now();
  expect(closedAt).toBeGreaterThanOrEqual(end);
  expect(closedAt - end).toBeLessThan(4_000 + stallMs);
  expect(await rows(`select clicks from topics."short"`)).toEqual([[2]]);
});

test("windows of a replay at its own pace close while it runs, in every partition", async () => {
  await up(`${counted}
    export const slow = source("slow", { to: clicks, bounded: true, read: async function* ({ position, signal }) {
      for (let i = (position as { next: number } | undefined)?.next ?? 0; i < 100_000 && !signal.aborted; i++) {
        yield { records: [{ user: "one", at: new Date(Date.UTC(2020, 0, 1) + i * 600_000).toISOString(), n: 1 }], position: { next: i + 1 } };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } });
    export const Day = z.object({ user: z.string(), window_start: z.iso.datetime(), window_end: z.iso.datetime(), clicks: z.number().nullable() });
    export const days = topic("days", { schema: Day, key: "user", eventTime: "window_start", partitions: 4 });
    export const perDay = stage("per-day", { from: hours, to: days, by: "user", window: tumbling("1d"), aggregate: { clicks: sum("clicks") } });
  `);
  await until(async () => Number((await rows(`select count(*) from topics."days"`))[0][0]) >= 2);
  expect((await millrace.status()).stages.find(({ name }) => name === "slow")?.state).toBe("running");
  expect(await rows(`select clicks from topics."days" order by window_start limit 2`)).toEqual([[144], [144]]);
});
