import { expect, test } from "vitest";
import type { DagDecl } from "../model/dag-manifest.ts";
import { calendarDays, gridTasks } from "./run-grid.ts";

test("runs fall on the day of the zone's clocks, also when those change", () => {
  const marks = ["2001-03-31T22:30Z", "2001-04-01T04:59Z", "2001-04-01T05:00Z", "2001-10-28T04:30Z"].map((at) => ({ intervalStart: Date.parse(at), state: "success" as const }));
  marks.push({ intervalStart: Date.parse("2001-04-01T06:00Z"), state: "failed" as never });
  expect(calendarDays(marks, "America/New_York")).toEqual([
    { day: "2001-03-31", states: { success: 2 } },
    { day: "2001-04-01", states: { success: 1, failed: 1 } },
    { day: "2001-10-28", states: { success: 1 } },
  ]);
  expect(calendarDays([], "UTC")).toEqual([]);
});

test("tasks come in the order of the declaration; those of other releases behind them, once", () => {
  const decl = { tasks: [{ name: "b", kind: "sql", after: [] }, { name: "a", kind: "task", after: [], map: "m" }, { name: "c", kind: "task", after: ["a"], map: "m" }, { name: "ask", kind: "approval", after: [], settings: { prompt: "Send?" } }], maps: [{ name: "m", over: { task: "b" }, itemsMax: 10 }] } as unknown as DagDecl;
  const count = (task: string) => ({ task, states: {}, attempts: 0, startedAt: null, endedAt: null });
  expect(gridTasks(decl, [count("a"), count("old"), count("old")])).toEqual([
    { name: "b", kind: "sql", map: null, after: [], declared: true, prompt: null },
    { name: "a", kind: "task", map: "m", after: ["b"], declared: true, prompt: null },
    { name: "c", kind: "task", map: "m", after: ["a"], declared: true, prompt: null },
    { name: "ask", kind: "approval", map: null, after: [], declared: true, prompt: "Send?" },
    { name: "old", kind: "task", map: null, after: [], declared: false, prompt: null },
  ]);
  expect(gridTasks(undefined, []).length).toBe(0);
});
