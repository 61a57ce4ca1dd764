import { describe, expect, test } from "vitest";
import { Cron, type CronOptions } from "./cron.ts";

const minuteMs = 60_000;

function ticks(expression: string, options: CronOptions, from: string, count: number): string[] {
  const cron = new Cron(expression, options);
  const all: string[] = [];
  for (let at = cron.next(Date.parse(from) - 1); at !== undefined && all.length < count; at = cron.next(at)) all.push(new Date(at).toISOString().slice(0, 16));
  return all;
}

describe("the clocks change: as Airflow reads it", () => {
  test("a daily tick in a gap comes later by the gap", () => {
    expect(ticks("30 2 * * *", { timezone: "America/New_York" }, "2025-03-08T12:00Z", 2)).toEqual(["2025-03-09T07:30", "2025-03-10T06:30"]);
  });
  test("a daily tick at a time that comes twice is the second", () => {
    expect(ticks("0 2 * * *", { timezone: "Europe/Zurich" }, "2023-10-28T12:00Z", 2)).toEqual(["2023-10-29T01:00", "2023-10-30T01:00"]);
  });
  test("an hourly tick goes by elapsed time, through both", () => {
    expect(ticks("30 * * * *", { timezone: "America/New_York" }, "2025-03-09T06:00Z", 3)).toEqual(["2025-03-09T06:30", "2025-03-09T07:30", "2025-03-09T08:30"]);
    expect(ticks("30 * * * *", { timezone: "America/New_York" }, "2025-11-02T05:00Z", 3)).toEqual(["2025-11-02T05:30", "2025-11-02T06:30", "2025-11-02T07:30"]);
  });
  test("every hour in other words is every hour too", () => {
    for (const hours of ["0-23", "*/1", "12-11", "5-5"]) expect(ticks(`30 ${hours} * * *`, { timezone: "Europe/Zurich" }, "2023-10-29T00:00Z", 3), hours).toEqual(["2023-10-29T00:30", "2023-10-29T01:30", "2023-10-29T02:30"]);
  });
  test("every two hours steps by three hours over the hour that comes twice", () => {
    expect(ticks("0 */2 * * *", { timezone: "Europe/Zurich" }, "2023-10-28T22:00Z", 3)).toEqual(["2023-10-28T22:00", "2023-10-29T01:00", "2023-10-29T03:00"]);
  });
  test("a gap of half an hour", () => {
    expect(ticks("0 2 * * *", { timezone: "Australia/Lord_Howe" }, "2024-10-05T12:00Z", 2)).toEqual(["2024-10-05T15:30", "2024-10-06T15:00"]);
  });
  test("a day that a country left out", () => {
    expect(ticks("0 12 * * *", { timezone: "Pacific/Apia" }, "2011-12-29T00:00Z", 3)).toEqual(["2011-12-29T22:00", "2011-12-30T22:00", "2011-12-31T22:00"]);
  });
});

describe("the clocks change: other policies", () => {
  test("a tick in a gap", () => {
    const of = (gap: CronOptions["gap"]): string => ticks("30 2 * * *", { timezone: "America/New_York", gap }, "2025-03-08T12:00Z", 1)[0];
    expect(of("first-valid")).toBe("2025-03-09T07:00");
    expect(of("skip")).toBe("2025-03-10T06:30");
  });
  test("a tick at a time that comes twice", () => {
    const of = (fold: CronOptions["fold"]): string[] => ticks("0 2 * * *", { timezone: "Europe/Zurich", fold }, "2023-10-28T12:00Z", 2);
    expect(of("first")).toEqual(["2023-10-29T00:00", "2023-10-30T01:00"]);
    expect(of("both")).toEqual(["2023-10-29T00:00", "2023-10-29T01:00"]);
  });
});

describe("fields", () => {
  const cases: [expression: string, from: string, expected: string[]][] = [
    ["0 6 * * 1-5", "2026-11-20T07:00Z", ["2026-11-23T06:00", "2026-11-24T06:00"]],
    ["0 0 13 * FRI", "2026-11-01T00:00Z", ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00"]],
    ["0 0 */2 * 1", "2026-11-22T01:00Z", ["2026-11-23T00:00", "2026-11-25T00:00", "2026-11-27T00:00", "2026-11-29T00:00", "2026-11-30T00:00", "2026-12-01T00:00"]],
    ["0 0 13 * */6", "2026-11-08T01:00Z", ["2026-11-13T00:00", "2026-11-14T00:00", "2026-11-15T00:00", "2026-11-21T00:00"]],
    ["0 0 1-31 * 1", "2026-11-20T01:00Z", ["2026-11-21T00:00", "2026-11-22T00:00"]],
    ["0 0 *,13 * 1", "2026-11-08T01:00Z", ["2026-11-09T00:00", "2026-11-16T00:00"]],
    ["0 0 13 * ?", "2026-11-08T01:00Z", ["2026-11-13T00:00", "2026-12-13T00:00"]],
    ["*/25 3 * * *", "2026-01-01T00:00Z", ["2026-01-01T03:00", "2026-01-01T03:25", "2026-01-01T03:50", "2026-01-02T03:00"]],
    ["0 22-1 * * *", "2026-01-01T00:00Z", ["2026-01-01T00:00", "2026-01-01T01:00", "2026-01-01T22:00"]],
    ["0 0 L * *", "2027-12-31T01:00Z", ["2028-01-31T00:00", "2028-02-29T00:00"]],
    ["0 0 * * 5#2", "2026-11-01T00:00Z", ["2026-11-13T00:00", "2026-12-11T00:00"]],
    ["0 0 * * mon-wed#1", "2026-12-01T00:00Z", ["2026-12-01T00:00", "2026-12-02T00:00", "2026-12-07T00:00"]],
    ["0 0 * * 1,5#2", "2026-11-08T00:00Z", ["2026-11-09T00:00", "2026-11-13T00:00", "2026-11-16T00:00"]],
    ["0 0 11 * 5#2", "2026-11-08T00:00Z", ["2026-11-11T00:00", "2026-11-13T00:00", "2026-12-11T00:00"]],
    ["0 0 * * L5", "2026-11-01T00:00Z", ["2026-11-27T00:00", "2026-12-25T00:00"]],
    ["0 0 29 feb *", "2026-01-01T00:00Z", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["0 0 * * 7", "2026-11-20T00:00Z", ["2026-11-22T00:00", "2026-11-29T00:00"]],
    ["5/20 0 1 jan,jul *", "2026-01-01T00:00Z", ["2026-01-01T00:05", "2026-01-01T00:25", "2026-01-01T00:45", "2026-07-01T00:05"]],
    ["0 22-6/3 * * *", "2026-01-01T00:00Z", ["2026-01-01T01:00", "2026-01-01T04:00", "2026-01-01T22:00", "2026-01-02T01:00"]],
    ["0 0 1 apr-jan/3 *", "2026-01-02T00:00Z", ["2026-04-01T00:00", "2026-07-01T00:00", "2026-10-01T00:00", "2027-01-01T00:00", "2027-04-01T00:00"]],
    ["0 0 * * 6-7", "2026-11-16T00:00Z", ["2026-11-21T00:00", "2026-11-22T00:00", "2026-11-28T00:00"]],
    ["0 0 * * 7-2/2", "2026-11-16T01:00Z", ["2026-11-17T00:00", "2026-11-22T00:00", "2026-11-24T00:00"]],
    ["59/15 0 1 dec/3 *", "2026-01-01T00:00Z", ["2026-12-01T00:59", "2027-12-01T00:59"]],
    ["0 0 1 jan-jan *", "2026-01-01T01:00Z", ["2026-02-01T00:00", "2026-03-01T00:00"]],
    ["0 0 1 1-1/3 *", "2026-01-01T01:00Z", ["2026-04-01T00:00", "2026-07-01T00:00"]],
    ["0 0 * * sun-7", "2026-11-20T01:00Z", ["2026-11-21T00:00", "2026-11-22T00:00", "2026-11-23T00:00"]],
    ["@quarterly", "2026-02-01T00:00Z", ["2026-04-01T00:00", "2026-07-01T00:00"]],
  ];
  test.each(cases)("%s", (expression, from, expected) => expect(ticks(expression, {}, from, expected.length)).toEqual(expected));

  test.each(["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "0 0 0 * *", "0 0 30 2 *", "0 0 31 4,6 *", "*/0 * * * *", "a * * * *", "0 0 * * 5#6", "0 0 * foo *", "? * * * *", "0 0 ?/2 * *", "0 0 * * 8", "0 0 15W * *", "0 0 * * */2#1", "@never", "1-2-3 * * * *"])("%j is refused", (expression) => {
    expect(() => new Cron(expression)).toThrow(/MR-MODEL-011/);
  });

  test("a zone that does not exist is refused", () => expect(() => new Cron("@daily", { timezone: "Mars/Olympus" })).toThrow(/MR-MODEL-010/));
});

/*
 * The same by another road: every minute of some days is looked at, with a clock of its own, and each that shows a fitting
 * time, or jumps over one, is judged by what the clock shows before and after.
 */
describe("all zones, minute by minute", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const expressions = ["30 * * * *", "*/20 1-3 * * *", "0 */2 * * *", "0,30 0 * * *", "15 2 * * 0", "45 23 * * *"];

  test("around each change of the clocks of a year, ticks are where the slow road finds them", () => {
    const random = seeded(20_251_121);
    let changes = 0;
    for (const zone of zones) {
      const year = 1980 + Math.floor(random() * 50);
      for (const change of changesOf(zone, year)) {
        changes++;
        const from = Math.floor((change - 30 * 3_600_000) / minuteMs) * minuteMs;
        const to = from + 60 * 3_600_000;
        const walls = wallsOf(zone, from - 26 * 3_600_000, to + 26 * 3_600_000);
        const expression = expressions[Math.floor(random() * expressions.length)];
        const gap = (["shift", "first-valid", "skip"] as const)[Math.floor(random() * 3)];
        const fold = (["second", "first", "both"] as const)[Math.floor(random() * 3)];
        const cron = new Cron(expression, { timezone: zone, gap, fold });
        const expected = slowTicks(walls, cron, gap, fold).filter((at) => at >= from && at < to);
        const found: number[] = [];
        for (let at = cron.next(from - 1); at !== undefined && at < to; at = cron.next(at)) found.push(at);
        const back: number[] = [];
        for (let at = cron.lastUntil(to - 1); at !== undefined && at >= from; at = cron.lastUntil(at - 1)) back.unshift(at);
        const where = `${expression} in ${zone}, ${new Date(change).toISOString()}, ${gap}, ${fold}`;
        expect(texts(found), where).toEqual(texts(expected));
        expect(texts(back), `backwards: ${where}`).toEqual(texts(expected));
      }
    }
    expect(changes).toBeGreaterThan(200);
  });

  const texts = (all: number[]): string[] => all.map((at) => new Date(at).toISOString());

  function clockOf(zone: string): (at: number) => number {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    return (at) => Date.parse(`${format.format(at).replace(" ", "T")}Z`);
  }

  function changesOf(zone: string, year: number): number[] {
    const clock = clockOf(zone);
    const changes: number[] = [];
    for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) if (clock(at) - at !== clock(at + 86_400_000) - at - 86_400_000) changes.push(at);
    return changes;
  }

  function wallsOf(zone: string, from: number, to: number): [at: number, wall: number][] {
    const clock = clockOf(zone);
    return Array.from({ length: (to - from) / minuteMs }, (_, i) => [from + i * minuteMs, clock(from + i * minuteMs)]);
  }

  function slowTicks(walls: [at: number, wall: number][], { fields }: Cron, gap: string, fold: string): number[] {
    const fits = (wall: number): boolean => {
      const date = new Date(wall);
      const day = fields.days.has(date.getUTCDate()) && fields.weekdays.has(date.getUTCDay()) && fields.months.has(date.getUTCMonth() + 1);
      return day && fields.hours.has(date.getUTCHours()) && fields.minutes.has(date.getUTCMinutes());
    };
    const shown = new Map<number, number[]>();
    for (const [at, wall] of walls) shown.set(wall, [...(shown.get(wall) ?? []), at]);
    const found = new Set<number>();
    for (const [wall, ats] of shown) {
      if (!fits(wall)) continue;
      if (fields.everyHour || fold === "both") for (const at of ats) found.add(at);
      else found.add(fold === "first" ? ats[0] : ats[ats.length - 1]);
    }
    for (let i = 1; i < walls.length && !fields.everyHour && gap !== "skip"; i++) {
      const [at, wall] = walls[i];
      const before = walls[i - 1][1];
      for (let missing = before + minuteMs; missing < wall; missing += minuteMs) if (fits(missing)) found.add(gap === "shift" ? at + missing - before - minuteMs : at);
    }
    return [...found].sort((a, b) => a - b);
  }
});

function seeded(seed: number): () => number {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
}
