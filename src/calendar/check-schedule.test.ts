import { describe, expect, test } from "vitest";
import { checkSchedule } from "./check-schedule.ts";
import type { ScheduleDecl } from "./schedule.ts";

const cron = (expression: string, more: object = {}): ScheduleDecl => ({ kind: "cron", expression, timezone: "UTC", gap: "shift", fold: "second", ...more });
const anchor = "2026-01-31T00:00:00Z";
const monthly = { kind: "calendar", months: 1, days: 0, anchor, timezone: "UTC", clamp: "anchor" } as const;
const trigger = cron("@daily", { trigger: true });
const days = (...dates: string[]): { kind: "days"; dates: string[]; timezone: string } => ({ kind: "days", dates, timezone: "UTC" });
const nested = (depth: number): ScheduleDecl => (depth === 0 ? cron("@daily") : { kind: "union", of: [nested(depth - 1)] });

describe("what can be kept", () => {
  test.each<[ScheduleDecl]>([
    [cron("0 6 * * *")],
    [cron("@daily", { trigger: true, lookbackMs: 3_600_000 })],
    [cron("0 0 29 2 1")],
    [{ kind: "every", ms: 1, anchor }],
    [monthly],
    [{ kind: "at", times: ["1999-12-31T23:59:59.999+05:45"] }],
    [{ kind: "custom", name: "sessions" }],
    [{ kind: "onUpdate", datasets: ["orders", "customers"], when: "all", windowMs: 1 }],
    [{ kind: "once" }],
    [{ kind: "continuous" }],
    [{ kind: "manual" }],
    [{ kind: "union", of: [cron("@daily"), monthly, { kind: "at", times: [anchor] }], except: [days("2026-12-25"), cron("0 0 1 * *"), cron("@weekly", { trigger: true })] }],
    [{ kind: "union", of: [trigger, { kind: "at", times: [anchor] }] }],
    [{ kind: "union", of: [cron("*/5 * * * *")], except: [cron("* * 1-30 * *")] }],
    [nested(8)],
  ])("%j", (decl) => checkSchedule(decl, "a test"));
});

describe("what cannot", () => {
  test.each<[unknown, string]>([
    [null, "it is missing"],
    [{ kind: "hourly" }, 'no kind of schedule "hourly"'],
    [cron("@daily", { gap: "jump" }), "`gap`"],
    [cron("@daily", { fold: undefined }), "`fold` is missing"],
    [cron("@daily", { lookbackMs: 5 }), "looks back without being a trigger"],
    [cron("@daily", { trigger: true, lookbackMs: -5 }), "-5"],
    [{ kind: "every", ms: 0, anchor }, "milliseconds are 0"],
    [{ kind: "every", ms: -60_000, anchor }, "milliseconds are -60000"],
    [{ kind: "every", ms: 0.5, anchor }, "milliseconds are 0.5"],
    [{ kind: "every", ms: Number.NaN, anchor }, "milliseconds are null"],
    [{ kind: "every", ms: 1e15, anchor }, "milliseconds are"],
    [{ kind: "every", ms: 60_000, anchor: "2026-01-31" }, "its anchor"],
    [{ kind: "every", ms: 60_000, anchor: "2026-02-30T00:00:00Z" }, "its anchor"],
    [{ ...monthly, months: 0 }, "its step is nothing"],
    [{ ...monthly, months: -1 }, "its months are -1"],
    [{ ...monthly, days: 1.5 }, "its days are 1.5"],
    [{ ...monthly, clamp: "last" }, "`clamp`"],
    [{ kind: "at", times: [] }, "names no times"],
    [{ kind: "at" }, "names no times"],
    [{ kind: "at", times: [anchor, "tomorrow"] }, '"tomorrow"'],
    [{ kind: "custom", name: "" }, "no name"],
    [{ kind: "union", of: [] }, "a union of nothing"],
    [{ kind: "union", of: [cron("@daily"), { kind: "once" }] }, '"once" cannot be part'],
    [{ kind: "union", of: [{ kind: "custom", name: "sessions" }] }, '"custom" cannot be part'],
    [{ kind: "union", of: [cron("@daily"), trigger] }, "differ in `trigger`"],
    [{ kind: "union", of: [cron("@hourly", { trigger: true, lookbackMs: 1 }), trigger] }, "differ in `trigger`"],
    [{ kind: "union", of: [cron("@daily")], except: [{ kind: "manual" }] }, '"manual" takes no ticks out'],
    [{ kind: "union", of: [cron("@daily")], except: [days()] }, "names no days"],
    [{ kind: "union", of: [cron("@daily")], except: [days("2026-12-25", "2026-02-29")] }, '"2026-02-29" is no day'],
    [{ kind: "union", of: [cron("@daily")], except: [days("25.12.2026")] }, "is no day"],
    [{ kind: "union", of: [cron("@daily")], except: [cron("0 * * * *")] }, "nothing is left of it"],
    [{ kind: "union", of: [cron("* * * * *")], except: [cron("*/2 * * * *"), cron("1-59/2 * * * *")] }, "nothing is left of it"],
    [{ kind: "union", of: [cron("@hourly"), { kind: "at", times: ["2026-12-25T06:00:00Z"] }], except: [days("2026-12-25")] }, "nothing is left of it"],
    [nested(9), "8 unions"],
    [{ kind: "onUpdate", datasets: [], when: "any" }, "waits for no dataset"],
    [{ kind: "onUpdate", datasets: ["orders", "orders"], when: "any" }, '"orders" twice'],
    [{ kind: "onUpdate", datasets: ["orders"], when: "some" }, "`when`"],
    [{ kind: "onUpdate", datasets: ["orders"], when: "all", windowMs: 0 }, "window are 0"],
  ])("%j", (decl, what) => {
    expect(() => checkSchedule(decl as ScheduleDecl, 'dag "daily", schedule')).toThrow(expect.objectContaining({ code: "MR-MODEL-012", message: expect.stringContaining(what) }));
  });

  test("names the place, also of a bad expression or zone", () => {
    const decl: ScheduleDecl = { kind: "union", of: [cron("@daily"), cron("61 * * * *")] };
    expect(() => checkSchedule(decl, 'dag "daily", schedule')).toThrow(expect.objectContaining({ code: "MR-MODEL-011", message: expect.stringContaining('dag "daily", schedule, part 2') }));
    expect(() => checkSchedule(cron("@daily", { timezone: "Mars/Olympus" }), 'dag "daily"')).toThrow(expect.objectContaining({ code: "MR-MODEL-010", message: expect.stringContaining('dag "daily"') }));
    expect(() => checkSchedule({ ...monthly, timezone: "Mars/Olympus" }, "")).toThrow(/MR-MODEL-010/);
    expect(() => checkSchedule({ kind: "union", of: [monthly], except: [{ ...days("2026-12-25"), timezone: "Mars/Olympus" }] }, "")).toThrow(/MR-MODEL-010/);
  });
});
