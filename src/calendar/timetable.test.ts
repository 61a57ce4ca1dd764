import { describe, expect, test } from "vitest";
import { checkSchedule } from "./check-schedule.ts";
import type { ExceptDecl, ScheduleDecl } from "./schedule.ts";
import { timetableOf } from "./timetable.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

function cron(expression: string, timezone = "UTC"): ScheduleDecl {
  return { kind: "cron", expression, timezone, gap: "shift", fold: "second" };
}

function calendar(months: number, days: number, anchor: string, timezone: string, clamp: "anchor" | "airflow" = "anchor"): ScheduleDecl {
  return { kind: "calendar", months, days, anchor, timezone, clamp };
}

function ticks(decl: ScheduleDecl, from: string, count: number): string[] {
  const { tickAfter } = timetableOf(decl);
  const found: string[] = [];
  for (let at = tickAfter(Date.parse(from) - 1); at !== undefined && found.length < count; at = tickAfter(at)) found.push(new Date(at).toISOString().slice(0, 16));
  return found;
}

/** All ticks in `[from, to)`, forwards, after seeing that backwards they are the same. */
function ticksBetween(decl: ScheduleDecl, from: number, to: number): number[] {
  const { tickAfter, tickUntil } = timetableOf(decl);
  const found: number[] = [];
  for (let at = tickAfter(from - 1); at !== undefined && at < to; at = tickAfter(at)) found.push(at);
  const back: number[] = [];
  for (let at = tickUntil(to - 1); at !== undefined && at >= from; at = tickUntil(at - 1)) back.unshift(at);
  expect(back, JSON.stringify(decl)).toEqual(found);
  expect(found.every((at, i) => i === 0 || at > found[i - 1]), JSON.stringify(decl)).toBe(true);
  return found;
}

describe("calendar steps", () => {
  test("the 31st comes back behind a shorter month", () => {
    expect(ticks(calendar(1, 0, "2027-12-31T00:00:00Z", "UTC"), "2027-12-31T00:00Z", 5)).toEqual(["2027-12-31T00:00", "2028-01-31T00:00", "2028-02-29T00:00", "2028-03-31T00:00", "2028-04-30T00:00"]);
  });
  test("a day once clamped stays, as in Airflow", () => {
    expect(ticks(calendar(1, 0, "2026-12-31T00:00:00Z", "UTC", "airflow"), "2026-12-31T00:00Z", 4)).toEqual(["2026-12-31T00:00", "2027-01-31T00:00", "2027-02-28T00:00", "2027-03-28T00:00"]);
  });
  test("a 29 February every year", () => {
    expect(ticks(calendar(12, 0, "2024-02-29T00:00:00Z", "UTC"), "2026-01-01T00:00Z", 3)).toEqual(["2026-02-28T00:00", "2027-02-28T00:00", "2028-02-29T00:00"]);
  });
  test("go back behind the anchor too", () => {
    expect(ticks(calendar(1, 0, "2026-03-31T00:00:00Z", "UTC", "airflow"), "2026-01-15T00:00Z", 3)).toEqual(["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]);
  });
  test("keep the time on the zone's clocks; in a gap it is later, and of two it is the second", () => {
    expect(ticks(calendar(0, 1, "2025-03-08T07:30:00Z", "America/New_York"), "2025-03-08T00:00Z", 3)).toEqual(["2025-03-08T07:30", "2025-03-09T07:30", "2025-03-10T06:30"]);
    expect(ticks(calendar(0, 1, "2023-10-28T00:00:00Z", "Europe/Zurich"), "2023-10-28T00:00Z", 3)).toEqual(["2023-10-28T00:00", "2023-10-29T01:00", "2023-10-30T01:00"]);
  });
  test("two days that a country made one are one tick", () => {
    expect(ticks(calendar(0, 1, "2011-12-29T22:00:00Z", "Pacific/Apia"), "2011-12-29T00:00Z", 3)).toEqual(["2011-12-29T22:00", "2011-12-30T22:00", "2011-12-31T22:00"]);
  });
  test("end where years have more than four digits", () => {
    expect(timetableOf(calendar(1, 0, "2026-01-31T00:00:00Z", "UTC", "airflow")).tickAfter(Date.UTC(20_000, 0, 1))).toBeUndefined();
    expect(timetableOf(calendar(1, 0, "2026-01-31T00:00:00Z", "UTC")).tickUntil(-1e15)).toBeUndefined();
  });
});

/*
 * The same by another road: dates are counted on by hand with a table of the months' lengths, and the instant at which a
 * clock shows a time is found by asking what it shows at each offset that the zone has thereabouts.
 */
describe("all zones, step by step", () => {
  const random = seeded(20_261_121);
  const pick = <T>(of: T[]): T => of[Math.floor(random() * of.length)];

  test("calendar steps near a change of the clocks, and over months", () => {
    let changes = 0;
    for (const zone of Intl.supportedValuesOf("timeZone")) {
      const clock = clockOf(zone);
      const change = changeOf(clock, 1976 + Math.floor(random() * 60));
      if (change !== undefined) changes++;
      const wall = minuteOf(clock((change ?? Date.UTC(2020, 5, 1)) - 2 * dayMs)) - Math.floor(random() * 4) * 30 * minuteMs;
      for (const [months, days, count] of [[0, pick([1, 2]), 7], [pick([1, 2]), pick([0, 0, 3]), 5]]) {
        const clamp = pick(["anchor", "airflow"] as const);
        const expected = slowSteps(clock, wall, months, days, clamp, count);
        const decl = calendar(months, days, new Date(expected[0]).toISOString(), zone, clamp);
        // An anchor in a gap is not where its time on the wall says; its steps are others.
        if (clock(expected[0]) !== wall) continue;
        const found = ticksBetween(decl, expected[0], expected[expected.length - 1] + 1);
        expect(found.map(texts), JSON.stringify(decl)).toEqual([...new Set(expected)].map(texts));
      }
    }
    expect(changes).toBeGreaterThan(100);
  });

  const texts = (at: number): string => new Date(at).toISOString();
  const minuteOf = (at: number): number => Math.floor(at / minuteMs) * minuteMs;

  function clockOf(zone: string): (at: number) => number {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    return (at) => Date.parse(`${format.format(at).replace(" ", "T")}Z`);
  }

  function changeOf(clock: (at: number) => number, year: number): number | undefined {
    const days = Array.from({ length: 183 }, (_, i) => Date.UTC(year, 0, 1) + 2 * i * dayMs);
    const offsets = days.map((at) => clock(at) - at);
    return days.find((_, i) => offsets[i] !== offsets[Math.min(i + 1, 182)]);
  }

  function slowSteps(clock: (at: number) => number, wall: number, months: number, days: number, clamp: string, count: number): number[] {
    const [date, time] = [new Date(wall).toISOString().slice(0, 10).split("-").map(Number), wall % dayMs];
    const found: number[] = [];
    let stepped = date;
    for (let i = 0; i < count; i++) {
      const [year, month, day] = clamp === "airflow" ? stepped : daysOn(monthsOn(date, i * months), i * days);
      found.push(slowInstant(clock, Date.UTC(year, month - 1, day) + time));
      stepped = daysOn(monthsOn(stepped, months), days);
    }
    return found;
  }

  function lengthOf(year: number, month: number): number {
    return month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  }

  function monthsOn([year, month, day]: number[], count: number): number[] {
    for (let i = 0; i < count; i++) [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
    return [year, month, Math.min(day, lengthOf(year, month))];
  }

  function daysOn([year, month, day]: number[], count: number): number[] {
    for (let i = 0; i < count; i++) {
      if (++day <= lengthOf(year, month)) continue;
      [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
      day = 1;
    }
    return [year, month, day];
  }

  function slowInstant(clock: (at: number) => number, wall: number): number {
    const offsets = Array.from({ length: 19 }, (_, i) => wall + (i - 9) * 4 * hourMs).map((at) => clock(at) - at);
    const shown = offsets.map((offset) => wall - offset).filter((at) => clock(at) === wall);
    if (shown.length > 0) return Math.max(...shown);
    // In a gap: the clock that did not jump would show it then. The jump is behind the last look that shows less.
    return wall - offsets[offsets.findLastIndex((offset, i) => wall + (i - 9) * 4 * hourMs + offset < wall)];
  }
});

describe("fixed intervals", () => {
  test("are where counting from the anchor finds them", () => {
    const random = seeded(7);
    for (let i = 0; i < 300; i++) {
      const [ms, anchor] = [1 + Math.floor(random() * 3 * hourMs), Math.floor((random() - 0.5) * 1e12)];
      const from = anchor + Math.floor((random() - 0.5) * 40 * ms);
      const expected: number[] = [];
      for (let at = anchor - 60 * ms; at < from + 10 * ms; at += ms) if (at >= from) expected.push(at);
      expect(ticksBetween({ kind: "every", ms, anchor: new Date(anchor).toISOString() }, from, from + 10 * ms)).toEqual(expected);
    }
  });
});

describe("unions and exclusions", () => {
  const random = seeded(11);
  const pick = <T>(of: T[]): T => of[Math.floor(random() * of.length)];
  const expressions = ["0 6 * * *", "*/10 * * * *", "30 1-4 * * *", "0 0 * * 0", "5,25,45 */3 * * *", "0 12 1,15 * *"];
  const zones = ["UTC", "America/New_York", "Europe/Zurich", "Australia/Lord_Howe", "Asia/Kathmandu"];

  test("have the ticks that looking at every minute finds", () => {
    let kept = 0;
    for (let i = 0; i < 60; i++) {
      const from = pick([Date.UTC(2025, 2, 8), Date.UTC(2025, 9, 25), Date.UTC(2025, 10, 1), Date.UTC(2024, 9, 5), Date.UTC(2025, 5, 14)]);
      const to = from + 3 * dayMs;
      const of = Array.from({ length: 1 + Math.floor(random() * 3) }, () => anySchedule(from));
      const except: ExceptDecl[] = Array.from({ length: Math.floor(random() * 3) }, () => (random() < 0.5 ? anySchedule(from) : { kind: "days", dates: [new Date(from + dayMs).toISOString().slice(0, 10)], timezone: pick(zones) }));
      const decl: ScheduleDecl = { kind: "union", of, except };
      if (!canBeKept(decl)) continue;
      kept++;
      const minutes = Array.from({ length: (to - from) / minuteMs }, (_, i) => from + i * minuteMs);
      const [some, out] = [of.map((part) => has(part, from, to)), except.map((part) => has(part, from, to))];
      const expected = minutes.filter((at) => some.some((has) => has(at)) && !out.some((has) => has(at)));
      expect(ticksBetween(decl, from, to), JSON.stringify(decl)).toEqual(expected);
    }
    expect(kept).toBeGreaterThan(30);
  });

  function canBeKept(decl: ScheduleDecl): boolean {
    try {
      checkSchedule(decl, "a test");
      return true;
    } catch {
      return false;
    }
  }

  function anySchedule(from: number): ScheduleDecl {
    return pick<ScheduleDecl>([
      cron(pick(expressions), pick(zones)),
      { kind: "every", ms: pick([7, 45, 180]) * minuteMs, anchor: "2020-01-01T00:03:00Z" },
      calendar(0, 1, new Date(from - 5 * dayMs + 90 * minuteMs).toISOString(), pick(zones)),
      { kind: "at", times: [from + 30 * minuteMs, from + dayMs].map((at) => new Date(at).toISOString()) },
      { kind: "union", of: [cron("*/10 * * * *"), cron("30 1-4 * * *")], except: [cron("0 * * * *")] },
    ]);
  }

  function has(decl: ExceptDecl, from: number, to: number): (at: number) => boolean {
    if (decl.kind === "days") {
      const format = new Intl.DateTimeFormat("sv-SE", { timeZone: decl.timezone });
      return (at) => decl.dates.includes(format.format(at));
    }
    const found = new Set(ticksBetween(decl, from, to));
    return (at) => found.has(at);
  }

  test("a holiday is left out, so that the interval before it is longer", () => {
    const decl: ScheduleDecl = { kind: "union", of: [cron("0 18 * * 1-5", "America/New_York")], except: [{ kind: "days", dates: ["2026-12-25"], timezone: "America/New_York" }] };
    expect(ticks(decl, "2026-12-24T00:00Z", 3)).toEqual(["2026-12-24T23:00", "2026-12-28T23:00", "2026-12-29T23:00"]);
  });
  test("what is excluded altogether ends, without an endless search", () => {
    const { tickAfter, tickUntil } = timetableOf({ kind: "union", of: [cron("* * * * *"), cron("0 6 * * *")], except: [cron("* * * * *")] });
    expect([tickAfter(Date.UTC(2026, 0, 1)), tickUntil(Date.UTC(2026, 0, 1))]).toEqual([undefined, undefined]);
  });
  test("where one part is excluded, the others still come", () => {
    const decl: ScheduleDecl = { kind: "union", of: [cron("* * * * *"), { kind: "every", ms: dayMs, anchor: "2026-01-01T00:00:30Z" }], except: [cron("* * * * *")] };
    expect(ticks(decl, "2026-01-02T00:00Z", 1)).toEqual(["2026-01-02T00:00"]);
  });
});

describe("how runs come of ticks", () => {
  const trigger: ScheduleDecl = { kind: "cron", expression: "@daily", timezone: "UTC", gap: "shift", fold: "second", trigger: true, lookbackMs: hourMs };
  const at: ScheduleDecl = { kind: "at", times: ["2026-01-01T00:00:00Z"] };
  test.each([
    [cron("@daily"), "intervals", true, 0],
    [trigger, "triggers", true, hourMs],
    [at, "triggers", true, 0],
    [{ kind: "union", of: [at, cron("@daily")] }, "intervals", true, 0],
    [{ kind: "union", of: [{ kind: "union", of: [at] }, { kind: "union", of: [at, trigger] }] }, "triggers", true, hourMs],
    [{ kind: "once" }, "once", false, 0],
    [{ kind: "continuous" }, "continuous", false, 0],
    [{ kind: "manual" }, "none", false, 0],
    [{ kind: "onUpdate", datasets: ["orders"], when: "all" }, "none", false, 0],
  ] as [ScheduleDecl, string, boolean, number][])("%j", (decl, runs, periodic, lookbackMs) => expect(timetableOf(decl)).toMatchObject({ runs, periodic, lookbackMs }));
});

describe("a timetable in the user's code", () => {
  test("has the ticks that are handed in, also those that come later", () => {
    const known = [1_000, 2_000];
    const { tickAfter, tickUntil } = timetableOf({ kind: "custom", name: "sessions" }, (name) => (name === "sessions" ? known : []));
    expect([tickAfter(999), tickAfter(1_000), tickAfter(2_000)]).toEqual([1_000, 2_000, undefined]);
    expect([tickUntil(999), tickUntil(1_000), tickUntil(5_000)]).toEqual([undefined, 1_000, 2_000]);
    known.push(3_000);
    expect(tickAfter(2_000)).toBe(3_000);
  });
  test("has none without them", () => expect(timetableOf({ kind: "custom", name: "sessions" }).tickAfter(0)).toBeUndefined());
});

test("equal schedules share a timetable", () => expect(timetableOf(cron("0 6 * * *"))).toBe(timetableOf(cron("0 6 * * *"))));

function seeded(seed: number): () => number {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
}
