import { describe, expect, test } from "vitest";
import { describeSchedule } from "./describe-schedule.ts";
import type { ScheduleDecl } from "./schedule.ts";

const cron = (expression: string, more: object = {}): ScheduleDecl => ({ kind: "cron", expression, timezone: "America/New_York", gap: "shift", fold: "second", ...more });

describe("cron", () => {
  test.each([
    ["0 6 * * *", "at 06:00 every day"],
    ["@daily", "at 00:00 every day"],
    ["@hourly", "every hour"],
    ["* * * * *", "every minute"],
    ["*/15 * * * *", "every 15 minutes"],
    ["3/20 * * * *", "every 20 minutes from minute 3 of each hour on"],
    ["30 * * * *", "at minute 30 of every hour every day"],
    ["0 * * * 1", "every hour on Monday"],
    ["0 */2 * * *", "every 2 hours from 00:00 every day"],
    ["0,30 6,18 * * *", "at 06:00, 06:30, 18:00 and 18:30 every day"],
    ["0 9-17 * * 1-5", "every hour from 09:00 to 17:00 on Monday to Friday"],
    ["*/5 9-17 * * 1-5", "every 5 minutes from 09:00 to 17:59 on Monday to Friday"],
    ["5,7,11 1-20 * * *", "at the minutes 5, 7 and 11 from 01:00 to 20:59 every day"],
    ["7 1,3,5,7,9,12,13 * * *", "at minute 7 of the hours 01:00, 03:00, 05:00, 07:00, 09:00, 12:00 and 13:00 every day"],
    ["0 0 * * 6,0", "at 00:00 on Saturday and Sunday"],
    ["0 0 13 * FRI", "at 00:00 on the 13th of the month or on Friday"],
    ["0 0 1-31 * 5", "at 00:00 every day"],
    ["0 0 */2 * *", "at 00:00 on every 2nd day of the month from the 1st on"],
    ["0 0 1,15,L * *", "at 00:00 on the 1st, 15th and last day of the month"],
    ["0 0 * * 5#2", "at 00:00 on the second Friday of the month"],
    ["0 0 * * L5", "at 00:00 on the last Friday of the month"],
    ["@quarterly", "at 00:00 on the 1st of the month in January, April, July and October"],
    ["1,2,3,5,8,13,21,34,55 1,3,5,7,11,13,17,19,23 2,3,5,7,11,13,17 1,3,5,7,9,11 *", "by the cron expression 1,2,3,5,8,13,21,34,55 1,3,5,7,11,13,17,19,23 2,3,5,7,11,13,17 1,3,5,7,9,11 *"],
  ])("%s", (expression, words) => expect(describeSchedule(cron(expression))).toBe(`${words} in America/New_York`));

  test("how its ticks are used, and what the clocks do to them", () => {
    expect(describeSchedule(cron("@daily", { trigger: true }))).toBe("at 00:00 every day in America/New_York, with an empty interval");
    expect(describeSchedule(cron("@daily", { trigger: true, lookbackMs: 5_400_000 }))).toBe("at 00:00 every day in America/New_York, for the 1 hour and 30 minutes before");
    expect(describeSchedule(cron("@daily", { gap: "skip", fold: "both" }))).toBe("at 00:00 every day in America/New_York, left out where the clocks jump over it, twice where the clocks show it twice");
  });
});

describe("others", () => {
  const epoch = "1970-01-01T00:00:00Z";
  test.each<[string, ScheduleDecl]>([
    ["every hour", { kind: "every", ms: 3_600_000, anchor: epoch }],
    ["every 1 hour and 30 minutes", { kind: "every", ms: 5_400_000, anchor: epoch }],
    ["every day, counted from 2026-01-01 06:00 UTC", { kind: "every", ms: 86_400_000, anchor: "2026-01-01T06:00:00Z" }],
    ["every month from 2026-01-31 at 06:00 in Europe/Zurich; on the last day of a month that has no such day", { kind: "calendar", months: 1, days: 0, anchor: "2026-01-31T05:00:00Z", timezone: "Europe/Zurich", clamp: "anchor" }],
    ["every 1 year and 2 months and 2 days from 2026-01-28 at 05:00 in UTC", { kind: "calendar", months: 14, days: 2, anchor: "2026-01-28T05:00:00Z", timezone: "UTC", clamp: "airflow" }],
    ["at 2026-12-24 12:00 UTC", { kind: "at", times: ["2026-12-24T13:00:00+01:00"] }],
    ["at 2026-12-01 12:00 UTC, 2026-12-02 12:00 UTC, 2026-12-03 12:00 UTC and 2 others", { kind: "at", times: [1, 2, 3, 4, 5].map((day) => `2026-12-0${day}T12:00:00Z`) }],
    ["once", { kind: "once" }],
    ["again and again, each run as soon as the last one has ended", { kind: "continuous" }],
    ["by hand", { kind: "manual" }],
    ['by the timetable "sessions"', { kind: "custom", name: "sessions" }],
    ["when orders is updated", { kind: "onUpdate", datasets: ["orders"], when: "all" }],
    ["when any of orders and customers is updated", { kind: "onUpdate", datasets: ["orders", "customers"], when: "any" }],
    ["when all of orders, customers and routes have been updated within 1 hour", { kind: "onUpdate", datasets: ["orders", "customers", "routes"], when: "all", windowMs: 3_600_000 }],
  ])("%s", (words, decl) => expect(describeSchedule(decl)).toBe(words));

  test("a union names its parts and what it leaves out", () => {
    const decl: ScheduleDecl = { kind: "union", of: [cron("0 6 * * 1-5"), { kind: "every", ms: 86_400_000, anchor: epoch }], except: [{ kind: "days", dates: ["2026-12-25"], timezone: "Europe/Zurich" }, cron("0 6 1 * *")] };
    expect(describeSchedule(decl)).toBe("at 06:00 on Monday to Friday in America/New_York, and every day; but not on 2026-12-25 in Europe/Zurich, and not at 06:00 on the 1st of the month in America/New_York");
  });
});
