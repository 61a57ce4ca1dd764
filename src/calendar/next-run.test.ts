import { describe, expect, test } from "vitest";
import { type CatchUp, type Interval, jitterOf, manualInterval, nextRun, type Plan, plannedRuns, upcoming } from "./next-run.ts";
import type { ScheduleDecl } from "./schedule.ts";
import { timetableOf } from "./timetable.ts";

const hourMs = 3_600_000;
const all: CatchUp = { policy: "all" };
const latest: CatchUp = { policy: "latest" };
const none: CatchUp = { policy: "none" };

function cron(expression: string, timezone = "UTC", more: { trigger?: true; lookbackMs?: number } = {}): ScheduleDecl {
  return { kind: "cron", expression, timezone, gap: "shift", fold: "second", ...more };
}

const every = (ms: number): ScheduleDecl => ({ kind: "every", ms, anchor: "1970-01-01T00:00:00Z" });
const monthly = (anchor: string, months = 1): ScheduleDecl => ({ kind: "calendar", months, days: 0, anchor, timezone: "UTC", clamp: "airflow" });
const at = (text: string): number => Date.parse(text.length === 10 ? text : `${text}Z`);
const interval = ([start, end]: Span): Interval => ({ start: at(start), end: at(end) });
const text = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

type Span = [start: string, end: string];

/** The interval of the next run, as texts. `since` is now unless given. */
function next(decl: ScheduleDecl, now: string, { last, start, end, since = now, catchup = latest }: { last?: Span; start?: string; end?: string; since?: string; catchup?: CatchUp } = {}): Span | undefined {
  const plan: Plan = { last: last && interval(last), start: start === undefined ? undefined : at(start), end: end === undefined ? undefined : at(end), catchup, since: at(since), now: at(now) };
  const run = nextRun(timetableOf(decl), plan);
  if (!run) return undefined;
  expect(run.runAfter).toBe(run.interval.end);
  expect(run.logicalDate).toBe(run.interval.start);
  return [text(run.interval.start), text(run.interval.end)];
}

describe("the interval of the next run", () => {
  const daily = cron("0 0 * * *");
  test("begins where the last one ended", () => {
    expect(next(daily, "2026-03-09T12:00", { last: ["2026-03-01T00:00", "2026-03-02T00:00"], catchup: all })).toEqual(["2026-03-02T00:00", "2026-03-03T00:00"]);
  });
  test("is the first from the start on, where there was none", () => {
    expect(next(daily, "2026-03-09T12:00", { start: "2026-01-01T06:00", catchup: all })).toEqual(["2026-01-02T00:00", "2026-01-03T00:00"]);
    expect(next(daily, "2026-03-09T12:00", { start: "2026-01-01", catchup: all })).toEqual(["2026-01-01T00:00", "2026-01-02T00:00"]);
  });
  test("follows a new schedule at once", () => {
    expect(next(cron("0 * * * *"), "2026-03-02T08:00", { last: ["2026-03-01T00:00", "2026-03-02T00:00"], catchup: all })).toEqual(["2026-03-02T00:00", "2026-03-02T01:00"]);
    expect(next(cron("0 6 * * *"), "2026-03-02T08:00", { last: ["2026-03-01T00:00", "2026-03-02T00:00"], catchup: all })).toEqual(["2026-03-01T06:00", "2026-03-02T06:00"]);
  });
  test("never begins at or before the last one's start", () => {
    expect(next(daily, "2026-03-02T08:00", { last: ["2026-03-02T00:00", "2026-03-02T00:00"], catchup: all })).toEqual(["2026-03-03T00:00", "2026-03-04T00:00"]);
    expect(next(daily, "2026-03-02T08:00", { last: ["2026-03-02T05:00", "2026-03-02T06:00"], catchup: all })).toEqual(["2026-03-03T00:00", "2026-03-04T00:00"]);
  });
  test("without catch-up is the newest that has ended, at its very end too", () => {
    for (const decl of [daily, every(24 * hourMs)]) {
      const options = { start: "2026-01-01" };
      expect(next(decl, "2026-03-09T12:00", options)).toEqual(["2026-03-08T00:00", "2026-03-09T00:00"]);
      expect(next(decl, "2026-03-09T00:00", options)).toEqual(["2026-03-08T00:00", "2026-03-09T00:00"]);
      expect(next(decl, "2026-03-09T12:00", { start: "2026-03-20" })).toEqual(["2026-03-20T00:00", "2026-03-21T00:00"]);
    }
  });
  test("does not begin behind the end, but may begin at it", () => {
    const last: Span = ["2026-03-01T00:00", "2026-03-02T00:00"];
    expect(next(daily, "2026-03-09T12:00", { last, end: "2026-03-02", catchup: all })).toEqual(["2026-03-02T00:00", "2026-03-03T00:00"]);
    expect(next(daily, "2026-03-09T12:00", { last, end: "2026-03-01T23:59", catchup: all })).toBeUndefined();
    expect(next(daily, "2026-03-09T12:00", { start: "2026-03-09", end: "2026-03-02" })).toBeUndefined();
  });
  test("181 days from the 1st of January to the 1st of July, each with a run at six in New York", () => {
    const decl = cron("0 6 * * *", "America/New_York");
    const runs = iterate(decl, { start: Date.parse("2001-01-01T05:00Z"), end: Date.parse("2001-07-01T04:00Z"), catchup: all, since: at("2026-01-01"), now: at("2026-01-01") });
    expect(runs.length).toBe(181);
    expect([text(runs[0].start), text(runs[180].end)]).toEqual(["2001-01-01T11:00", "2001-07-01T10:00"]);
    expect(runs.filter(({ start, end }) => end - start !== 24 * hourMs).map(({ start, end }) => [text(start), (end - start) / hourMs])).toEqual([["2001-03-31T11:00", 23]]);
  });
});

/** What Airflow 3.3.2 gave for questions put at random to its timetables. */
describe("as Airflow", () => {
  const zeroLast: Span = ["2023-12-24T20:20", "2023-12-24T20:20"];
  const cases: [decl: ScheduleDecl, now: string, options: Parameters<typeof next>[2], expected: Span | undefined][] = [
    [cron("15 3 1,15 * *", "America/St_Johns"), "2020-08-15T05:45", {}, ["2020-08-01T05:45", "2020-08-15T05:45"]],
    [cron("0 0 * * *"), "2020-12-10T23:55", {}, ["2020-12-09T00:00", "2020-12-10T00:00"]],
    [cron("0 2 * * *", "Europe/Zurich"), "2019-10-26T00:00", { start: "2017-11-05T13:14" }, ["2019-10-25T00:00", "2019-10-26T00:00"]],
    [cron("0 0 * * *", "Europe/Zurich"), "2018-10-27T22:00", { start: "2016-01-12T06:38", last: ["2018-10-26T22:00", "2018-10-27T22:00"] }, ["2018-10-27T22:00", "2018-10-28T23:00"]],
    [cron("30 2 * * *", "Europe/Zurich"), "2015-03-30T13:27", { last: ["2015-03-10T03:43", "2015-03-11T03:43"] }, ["2015-03-29T01:30", "2015-03-30T00:30"]],
    [cron("0 0 1 */3 *", "Pacific/Auckland"), "2016-10-24T05:03", { start: "2016-09-02T02:17", last: ["2016-09-30T11:00", "2016-12-31T11:00"] }, ["2016-12-31T11:00", "2017-03-31T11:00"]],
    [cron("30 * * * *", "Asia/Kolkata"), "2023-05-18T22:30", { last: ["2023-05-01T05:54", "2023-05-01T06:54"] }, ["2023-05-18T21:00", "2023-05-18T22:00"]],
    [cron("0 6 * * *", "Asia/Kolkata"), "2020-04-15T11:56", { start: "2017-11-19T09:33", last: ["2020-04-05T15:40", "2020-04-12T15:40"], catchup: all }, ["2020-04-12T00:30", "2020-04-13T00:30"]],
    [cron("0 6 * * *"), "2024-01-04T01:09", { start: "2024-01-01T09:06", last: zeroLast, catchup: all }, ["2024-01-02T06:00", "2024-01-03T06:00"]],
    [cron("45 23 * * 0", "Europe/Zurich"), "2023-10-08T21:45", { last: ["2023-10-03T21:42", "2023-10-03T21:42"], catchup: all }, ["2023-10-08T21:45", "2023-10-15T21:45"]],
    [cron("0 0 31 * *", "America/New_York"), "2025-01-31T05:00", { start: "2025-01-06T00:04", last: ["2025-01-10T22:49", "2025-01-11T22:49"], catchup: all }, ["2025-01-31T05:00", "2025-03-31T04:00"]],
    [cron("0 0 * * 5#2", "Europe/Zurich"), "2019-03-31T03:40", { last: ["2019-03-07T23:00", "2019-04-11T22:00"], end: "2019-04-14T03:40", catchup: all }, ["2019-04-11T22:00", "2019-05-09T22:00"]],
    [cron("0 0 * * 1", "America/Sao_Paulo"), "2015-09-14T03:00", { last: ["2015-08-10T03:00", "2015-08-17T03:00"], end: "2015-09-03T03:00" }, undefined],
    [every(5 * 60_000), "2018-03-23T10:52", { start: "2017-12-16" }, ["2018-03-23T10:45", "2018-03-23T10:50"]],
    [every(5 * 60_000), "2017-09-20T10:10", { start: "2015-08-15T16:45", last: ["2017-08-31T10:05", "2017-08-31T10:10"] }, ["2017-09-20T10:05", "2017-09-20T10:10"]],
    [every(168 * hourMs), "2026-04-02T00:00", { start: "2025-09-04", catchup: all }, ["2025-09-04T00:00", "2025-09-11T00:00"]],
    [monthly("2013-06-05"), "2015-10-17T21:55", { start: "2013-06-05", catchup: all }, ["2013-06-05T00:00", "2013-07-05T00:00"]],
    [monthly("2016-06-23T06:00Z", 12), "2018-03-10T04:27", { start: "2016-06-23T06:00" }, ["2016-06-23T06:00", "2017-06-23T06:00"]],
    [monthly("2019-02-21", 3), "2021-04-08T21:20", { start: "2019-02-21", last: ["2021-05-21T00:00", "2021-08-21T00:00"], catchup: all }, ["2021-08-21T00:00", "2021-11-21T00:00"]],
    [cron("0 0 * * *", "Australia/Lord_Howe", { trigger: true }), "2025-04-03T13:00", { start: "2024-03-29T14:48" }, ["2025-04-03T13:00", "2025-04-03T13:00"]],
    [cron("0 0 * * 5#2", "America/St_Johns", { trigger: true }), "2025-10-10T02:30", { last: ["2025-09-12T02:30", "2025-09-12T02:30"] }, ["2025-10-10T02:30", "2025-10-10T02:30"]],
    [cron("0 0 1 * *", "Europe/Zurich", { trigger: true }), "2020-03-27T15:57", { last: ["2020-03-08T04:08", "2020-03-15T04:08"] }, ["2020-03-31T22:00", "2020-03-31T22:00"]],
    [cron("0 0 1 * *", "America/New_York", { trigger: true, lookbackMs: 24 * hourMs }), "2024-11-04T20:31", { start: "2024-04-22T11:03" }, ["2024-10-31T04:00", "2024-11-01T04:00"]],
    [cron("0 6 * * *", "Asia/Tehran", { trigger: true, lookbackMs: 24 * hourMs }), "2015-03-21T01:27", { start: "2014-03-20T03:40", last: ["2015-03-18T02:30", "2015-03-19T02:30"] }, ["2015-03-19T02:30", "2015-03-20T02:30"]],
    [cron("0 0 * * 1", "America/St_Johns", { trigger: true, lookbackMs: hourMs }), "2019-03-04T03:30", { last: ["2019-02-23T08:49", "2019-02-23T09:49"], catchup: all }, ["2019-02-25T02:30", "2019-02-25T03:30"]],
    [cron("0 0 31 * *", "Asia/Tehran", { trigger: true }), "2020-03-19T07:29", {}, ["2020-03-30T19:30", "2020-03-30T19:30"]],
    [cron("15 3 1,15 * *", "Europe/Zurich", { trigger: true }), "2026-06-27T04:39", { start: "2024-07-24T15:20", end: "2026-06-03T04:39" }, undefined],
  ];
  test.each(cases)("%j at %s, %j", (decl, now, options, expected) => expect(next(decl, now, options)).toEqual(expected));
});

/*
 * Where Airflow asks its cron for the tick before one that a gap has moved, it is given the same tick again; the interval
 * that it then takes for the newest that has ended has only begun, and the one before is never made.
 */
describe("better than Airflow", () => {
  test("the interval that ends at a moved tick has its run, without catch-up too", () => {
    expect(next(cron("30 2 * * *", "America/New_York"), "2018-03-11T07:30", { start: "2017-05-05T20:07" })).toEqual(["2018-03-10T07:30", "2018-03-11T07:30"]);
    expect(next(cron("0 0 * * *", "Asia/Tehran"), "2018-03-22T17:23", { start: "2016-05-10T08:24" })).toEqual(["2018-03-20T20:30", "2018-03-21T20:30"]);
  });
  test("so has a run by hand that day", () => {
    expect(manualInterval(timetableOf(cron("0 0 * * *", "America/Sao_Paulo")), at("2017-10-15T20:28"))).toEqual(interval(["2017-10-14T03:00", "2017-10-15T03:00"]));
  });
  test("a later start counts for triggers that have run before, too", () => {
    expect(next(cron("0 0 31 * *", "UTC", { trigger: true }), "2023-11-03T17:05", { start: "2023-11-03", last: ["2023-10-30T02:29", "2023-10-30T02:29"], catchup: all })).toEqual(["2023-12-31T00:00", "2023-12-31T00:00"]);
  });
});

describe("intervals where the clocks change", () => {
  const spans = (decl: ScheduleDecl, from: string, count: number): Span[] => {
    const found: Span[] = [];
    for (const { interval } of plannedRuns(timetableOf(decl), at(from), Infinity)) {
      found.push([text(interval.start), text(interval.end)]);
      if (found.length === count) break;
    }
    return found;
  };
  test("a daily one ends and begins at the tick moved out of the gap", () => {
    expect(spans(cron("30 2 * * *", "America/New_York"), "2025-03-08T00:00", 3)).toEqual([["2025-03-08T07:30", "2025-03-09T07:30"], ["2025-03-09T07:30", "2025-03-10T06:30"], ["2025-03-10T06:30", "2025-03-11T06:30"]]);
  });
  test("a daily one ends at the second of two times", () => {
    expect(spans(cron("0 2 * * *", "Europe/Zurich"), "2023-10-28T00:00", 3)).toEqual([["2023-10-28T00:00", "2023-10-29T01:00"], ["2023-10-29T01:00", "2023-10-30T01:00"], ["2023-10-30T01:00", "2023-10-31T01:00"]]);
  });
  test("hourly ones last an hour each", () => {
    for (const from of ["2025-03-09T05:30", "2025-11-02T04:30"]) for (const span of spans(cron("30 * * * *", "America/New_York"), from, 5)) expect(at(span[1]) - at(span[0])).toBe(hourMs);
  });
  test("one of two hours lasts three over the hour that comes twice", () => {
    expect(spans(cron("0 */2 * * *", "Europe/Zurich"), "2023-10-28T22:00", 2)).toEqual([["2023-10-28T22:00", "2023-10-29T01:00"], ["2023-10-29T01:00", "2023-10-29T03:00"]]);
  });
  test("a gap of half an hour", () => {
    expect(spans(cron("0 2 * * *", "Australia/Lord_Howe"), "2024-10-05T15:00", 2)).toEqual([["2024-10-05T15:30", "2024-10-06T15:00"], ["2024-10-06T15:00", "2024-10-07T15:00"]]);
  });
});

describe("catch-up", () => {
  const daily = cron("0 0 * * *");
  const last: Span = ["2026-03-01T00:00", "2026-03-02T00:00"];
  /** Ends of the intervals that get a run between being watched again and `now`, asked every hour. */
  const made = (decl: ScheduleDecl, catchup: CatchUp, since: string, now: string, first = last): string[] => {
    const ends: string[] = [];
    let span = first;
    for (let clock = at(since); clock <= at(now); clock += hourMs) {
      for (let run = next(decl, text(clock), { last: span, since, catchup }); run && at(run[1]) <= clock; run = next(decl, text(clock), { last: span, since, catchup })) {
        ends.push(run[1].slice(5, 10));
        span = run;
      }
    }
    return ends;
  };
  const trigger = cron("0 0 * * *", "UTC", { trigger: true });
  test.each([["intervals", daily, last], ["triggers", trigger, ["2026-03-02T00:00", "2026-03-02T00:00"] as Span]] as const)("after a pause of days: %s", (_, decl, last) => {
    expect(made(decl, all, "2026-03-05T10:00", "2026-03-06T10:00", last)).toEqual(["03-03", "03-04", "03-05", "03-06"]);
    expect(made(decl, latest, "2026-03-05T10:00", "2026-03-06T10:00", last)).toEqual(["03-05", "03-06"]);
    expect(made(decl, none, "2026-03-05T10:00", "2026-03-06T10:00", last)).toEqual(["03-06"]);
    expect(made(decl, { policy: "window", ms: 34 * hourMs }, "2026-03-05T10:00", "2026-03-06T10:00", last)).toEqual(["03-04", "03-05", "03-06"]);
    expect(made(decl, { policy: "window", ms: 34 * hourMs - 1 }, "2026-03-05T10:00", "2026-03-06T10:00", last)).toEqual(["03-05", "03-06"]);
  });
  test("with none, what fell due as it began to be watched is not made", () => {
    expect(made(daily, none, "2026-03-05T00:00", "2026-03-06T10:00")).toEqual(["03-06"]);
    expect(made(daily, latest, "2026-03-05T00:00", "2026-03-06T10:00")).toEqual(["03-05", "03-06"]);
  });
  test("with none, nothing that falls due later is lost, however late it is asked for", () => {
    expect(next(daily, "2026-04-01T00:00", { last, since: "2026-03-05T10:00", catchup: none })).toEqual(["2026-03-05T00:00", "2026-03-06T00:00"]);
  });
  test("a DAG without a start runs first at the first tick after it was seen", () => {
    for (const catchup of [all, none, { policy: "window", ms: 240 * hourMs } as const]) {
      expect(next(daily, "2026-03-05T10:00", { catchup })).toEqual(["2026-03-05T00:00", "2026-03-06T00:00"]);
      expect(next(trigger, "2026-03-05T10:00", { catchup })).toEqual(["2026-03-06T00:00", "2026-03-06T00:00"]);
    }
    expect(next(trigger, "2026-03-05T10:00", {})).toEqual(["2026-03-06T00:00", "2026-03-06T00:00"]);
    expect(next(daily, "2026-03-05T10:00", {})).toEqual(["2026-03-04T00:00", "2026-03-05T00:00"]);
  });
});

describe("schedules without intervals", () => {
  const times: ScheduleDecl = { kind: "at", times: ["2026-03-03T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-03T13:00:00+01:00"] };
  test("given times come once each, in order", () => {
    const found: string[] = [];
    for (let last: Span | undefined, run = next(times, "2026-03-09T00:00", { start: "2026-01-01", catchup: all }); run && found.length < 9; last = run, run = next(times, "2026-03-09T00:00", { last, start: "2026-01-01", catchup: all })) found.push(run[0]);
    expect(found).toEqual(["2026-03-01T12:00", "2026-03-03T12:00"]);
    expect(next(times, "2026-03-09T00:00", { start: "2026-01-01" })).toEqual(["2026-03-03T12:00", "2026-03-03T12:00"]);
    expect(next(times, "2026-03-09T00:00", { last: ["2026-03-03T12:00", "2026-03-03T12:00"] })).toBeUndefined();
  });
  test("once is at the start, or as soon as it is seen, and never again", () => {
    for (const catchup of [all, latest, none]) expect(next({ kind: "once" }, "2026-03-09T00:00", { start: "2026-01-01", catchup })).toEqual(["2026-01-01T00:00", "2026-01-01T00:00"]);
    expect(next({ kind: "once" }, "2026-03-09T00:00", { since: "2026-03-08T00:00" })).toEqual(["2026-03-08T00:00", "2026-03-08T00:00"]);
    expect(next({ kind: "once" }, "2026-03-09T00:00", { start: "2026-05-01", end: "2026-04-01" })).toBeUndefined();
    expect(next({ kind: "once" }, "2026-03-09T00:00", { last: ["2026-01-01T00:00", "2026-01-01T00:00"] })).toBeUndefined();
  });
  test("continuous ones follow each other without a gap, and never twice from the same instant", () => {
    const timetable = timetableOf({ kind: "continuous" });
    const plan = { start: 1_000, since: 5_000, catchup: latest };
    const first = nextRun(timetable, { ...plan, now: 5_000 });
    expect(first?.interval).toEqual({ start: 1_000, end: 5_000 });
    expect(nextRun(timetable, { ...plan, last: first?.interval, now: 7_000 })?.interval).toEqual({ start: 5_000, end: 7_000 });
    expect(nextRun(timetable, { ...plan, last: first?.interval, now: 5_000 })).toMatchObject({ interval: { start: 5_000, end: 5_001 }, runAfter: 5_001 });
    expect(nextRun(timetable, { ...plan, now: 500 })?.runAfter).toBe(1_001);
    expect(nextRun(timetable, { ...plan, last: first?.interval, now: 7_000, end: 6_000 })).toBeUndefined();
  });
  test("manual ones and those on update make none by time", () => {
    expect(next({ kind: "manual" }, "2026-03-09T00:00", { start: "2026-01-01" })).toBeUndefined();
    expect(next({ kind: "onUpdate", datasets: ["orders"], when: "any" }, "2026-03-09T00:00", { start: "2026-01-01" })).toBeUndefined();
  });
});

describe("runs by hand", () => {
  const of = (decl: ScheduleDecl, now: string): Span => {
    const { start, end } = manualInterval(timetableOf(decl), at(now));
    return [text(start), text(end)];
  };
  test("have the last whole interval", () => {
    expect(of(cron("0 0 * * *"), "2026-03-25T01:00")).toEqual(["2026-03-24T00:00", "2026-03-25T00:00"]);
    expect(of(cron("0 0 * * *"), "2026-03-25T00:00")).toEqual(["2026-03-24T00:00", "2026-03-25T00:00"]);
    expect(of(every(6 * hourMs), "2026-03-25T07:10")).toEqual(["2026-03-25T00:00", "2026-03-25T06:00"]);
  });
  test("look back where the schedule's triggers do, and are empty where there is nothing to go by", () => {
    expect(of(cron("0 0 * * *", "UTC", { trigger: true, lookbackMs: hourMs }), "2026-03-25T01:00")).toEqual(["2026-03-25T00:00", "2026-03-25T01:00"]);
    for (const decl of [cron("0 0 * * *", "UTC", { trigger: true }), { kind: "manual" }, { kind: "once" }, { kind: "continuous" }] as ScheduleDecl[]) expect(of(decl, "2026-03-25T01:00")).toEqual(["2026-03-25T01:00", "2026-03-25T01:00"]);
  });
});

function iterate(decl: ScheduleDecl, plan: Omit<Plan, "last">, until = Infinity): Interval[] {
  const found: Interval[] = [];
  const timetable = timetableOf(decl);
  for (let run = nextRun(timetable, plan); run && run.interval.start < until; run = nextRun(timetable, { ...plan, last: run.interval })) found.push(run.interval);
  return found;
}

describe("planned runs", () => {
  const decls: ScheduleDecl[] = [
    cron("0 6 * * *", "America/New_York"),
    cron("*/20 1-3 * * *", "Europe/Zurich"),
    cron("0 0 13 * 5", "Asia/Tehran"),
    cron("30 2 * * *", "America/New_York", { trigger: true }),
    cron("0 2 * * 0", "Europe/Zurich", { trigger: true, lookbackMs: 50 * hourMs }),
    every(7 * hourMs),
    { kind: "calendar", months: 1, days: 0, anchor: "2024-10-31T02:30:00Z", timezone: "Europe/Zurich", clamp: "anchor" },
    { kind: "calendar", months: 1, days: 2, anchor: "2024-10-31T02:30:00Z", timezone: "America/New_York", clamp: "airflow" },
    { kind: "at", times: ["2025-03-09T07:30:00Z", "2025-03-11T00:00:00Z"] },
    { kind: "union", of: [cron("0 6 * * 1-5"), every(9 * hourMs)], except: [{ kind: "days", dates: ["2025-03-10"], timezone: "UTC" }] },
  ];
  test.each(decls.map((decl, i) => [i, decl] as const))("are those that the schedule makes one after the other: %i", (_, decl) => {
    const [from, to] = [at("2025-02-01"), at("2025-04-20")];
    const listed = [...plannedRuns(timetableOf(decl), from, to)].map(({ interval }) => interval);
    const { lookbackMs } = timetableOf(decl);
    expect(listed.length).toBeGreaterThan(1);
    expect(listed).toEqual(iterate(decl, { start: from + lookbackMs, catchup: all, since: from, now: at("2026-01-01") }, to));
    expect(listed.every(({ start }, i) => start >= from && start < to && (i === 0 || start > listed[i - 1].start))).toBe(true);
  });
  test("begin at the range's start, not at its end, and are found as they are taken", () => {
    const daily = timetableOf(cron("0 0 * * *"));
    expect([...plannedRuns(daily, at("2026-03-01"), at("2026-03-03"))].map(({ interval }) => text(interval.start))).toEqual(["2026-03-01T00:00", "2026-03-02T00:00"]);
    expect([...plannedRuns(daily, at("2026-03-03"), at("2026-03-01"))]).toEqual([]);
    const [first] = plannedRuns(timetableOf(cron("* * * * *")), at("2001-01-01"), at("2999-01-01"));
    expect(text(first.interval.end)).toBe("2001-01-01T00:01");
  });
  test("are none where there are no ticks", () => expect([...plannedRuns(timetableOf({ kind: "once" }), 0, at("2026-01-01"))]).toEqual([]));
});

describe("upcoming runs", () => {
  const coming = (decl: ScheduleDecl, count: number, plan: Partial<Plan> = {}): string[] => upcoming(timetableOf(decl), { now: at("2026-03-05T10:00"), ...plan }, count).map(({ runAfter }) => text(runAfter));
  test("are those that fall due after now", () => {
    expect(coming(cron("0 0 * * *"), 2)).toEqual(["2026-03-06T00:00", "2026-03-07T00:00"]);
    expect(coming(cron("0 0 * * *"), 2, { last: interval(["2026-03-01T00:00", "2026-03-02T00:00"]) })).toEqual(["2026-03-06T00:00", "2026-03-07T00:00"]);
    expect(coming(cron("0 0 * * *", "UTC", { trigger: true }), 1, { start: at("2026-04-01") })).toEqual(["2026-04-01T00:00"]);
    expect(coming(cron("0 0 * * *"), 9, { end: at("2026-03-06") })).toEqual(["2026-03-06T00:00", "2026-03-07T00:00"]);
  });
  test("are one or none for schedules without ticks", () => {
    expect(coming({ kind: "once" }, 9, { start: at("2026-04-01") })).toEqual(["2026-04-01T00:00"]);
    expect(coming({ kind: "continuous" }, 9).length).toBe(1);
    expect(coming({ kind: "manual" }, 9)).toEqual([]);
    expect(coming(cron("0 0 * * *"), 0)).toEqual([]);
  });
});

describe("jitter", () => {
  test("is the same for the same run, and within its bounds", () => {
    const found = Array.from({ length: 1_000 }, (_, i) => jitterOf(`dag-${i}`, 1_700_000_000_000, 60_000));
    expect(found).toEqual(Array.from({ length: 1_000 }, (_, i) => jitterOf(`dag-${i}`, 1_700_000_000_000, 60_000)));
    expect(found.every((ms) => Number.isInteger(ms) && ms >= 0 && ms <= 60_000)).toBe(true);
    expect(new Set(Array.from({ length: 100 }, (_, i) => jitterOf("daily", i, 1)))).toEqual(new Set([0, 1]));
    expect(jitterOf("daily", 5, 0)).toBe(0);
  });
  test("spreads DAGs that fall due together, and the runs of one", () => {
    for (const of of [(i: number) => jitterOf(`dag-${i}`, 1_700_000_000_000, 9_999), (i: number) => jitterOf("daily", 1_700_000_000_000 + i * 86_400_000, 9_999)]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let i = 0; i < 10_000; i++) tenths[Math.floor(of(i) / 1_000)]++;
      expect(Math.min(...tenths)).toBeGreaterThan(850);
    }
  });
});
