import { expect, test } from "vitest";
import type { ProjectStatus, StageStatus } from "../server/control-plane.ts";
import { brokenStages, Settling } from "./settling.ts";

const stage = (part: Partial<StageStatus>): StageStatus => ({ name: "s", kind: "record", state: "running", instances: [], scale: { min: 1, max: 1 }, recordsInPerSecond: 0, recordsOutPerSecond: 0, recordsIn: 0, recordsOut: 0, today: { cpuSeconds: 0, memoryGibSeconds: 0 }, lagRecords: 5, deadLetters: 0, lateRecords: 0, warnedRecords: 0, ...part });
const status = (stages: StageStatus[], idle = false): ProjectStatus => ({ project: "p", release: "r", startedAt: "", idle, planes: [], services: [], prices: null, stages, topics: [], tables: [], sources: [], external: [], marts: [], problems: [] });

test("idle is idle at once", () => {
  expect(new Settling().look(status([], true), 0)).toBe("idle");
});

test("a quiet project whose stages are all well is waited for", () => {
  const settling = new Settling();
  for (const now of [0, 10_000, 100_000]) expect(settling.look(status([stage({})]), now)).toBe("working");
});

test("with a stage that stands still, the run is over when nothing else moves", () => {
  const settling = new Settling();
  const at = (recordsIn: number) => status([stage({ state: "paused" }), stage({ name: "other", recordsIn })]);
  expect(settling.look(at(1), 0)).toBe("working");
  expect(settling.look(at(2), 4_000)).toBe("working");
  expect(settling.look(at(2), 8_000)).toBe("working");
  expect(settling.look(at(2), 9_000)).toBe("stuck");
  expect(brokenStages(at(2))).toEqual(["s"]);
});
