import { expect, test } from "vitest";
import { byDagNeed } from "./dag-need.ts";

type Standing = Parameters<typeof byDagNeed>[0];

const dag = (name: string, state?: string, given: Partial<Standing> = {}): Standing => ({ name, problem: null, paused: false, lastRun: state === undefined ? null : ({ state, createdAt: "2026-01-01T00:00:00.000Z" } as Standing["lastRun"]), ...given });

test("what is broken comes first, then what goes on; of equals what ran last, then by name", () => {
  const later = { createdAt: "2026-01-02T00:00:00.000Z", state: "success" } as Standing["lastRun"];
  const dags = [dag("new"), dag("paused", "failed", { paused: true }), dag("b", "success"), dag("a", "success"), dag("late", "success", { lastRun: later }), dag("goes", "queued"), dag("broke", "failed"), dag("problem", "success", { problem: { what: "no pool" } as Standing["problem"] })];
  expect(dags.sort(byDagNeed).map(({ name }) => name)).toEqual(["problem", "broke", "goes", "late", "a", "b", "paused", "new"]);
});
