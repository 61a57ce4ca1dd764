import { expect, test } from "vitest";
import type { ProjectStatus, StageStatus } from "../../api/types.ts";
import { byNeed, pipelineFigures } from "./pipeline-figures.ts";

const stage = (name: string, more: Partial<StageStatus> = {}): StageStatus => ({ name, kind: "record", state: "running", recordsOutPerSecond: 2, lagRecords: 3, deadLetters: 1, today: { cpuSeconds: 4, memoryGibSeconds: 5 }, ...more }) as StageStatus;
const status = (stages: StageStatus[]): ProjectStatus => ({ stages, topics: [{ name: "t", newestAt: "2026-01-02T00:00:00.000Z" }, { name: "other", newestAt: "2027-01-01T00:00:00.000Z" }], tables: [{ name: "x", newestAt: null }, { name: "y", newestAt: "2026-01-03T00:00:00.000Z" }] }) as ProjectStatus;
const names = { name: "p", stages: ["a", "b", "c"], topics: ["t"], tables: ["x", "y"], middle: "topic:t" };

test("a pipeline is the sum of its own stages; what comes in is counted at its sources alone", () => {
  const all = status([stage("a", { kind: "http", recordsOutPerSecond: 7 }), stage("b"), stage("c", { state: "drained" }), stage("elsewhere", { state: "failed" })]);
  expect(pipelineFigures(names, all)).toEqual({ name: "p", middle: "topic:t", stages: 3, state: "running", perSecond: 7, lag: 9, deadLetters: 3, failed: 0, newestAt: "2026-01-03T00:00:00.000Z", cpuSeconds: 12, memoryGibSeconds: 15 });
});

test("the worst state wins, and a lag that is not known is not zero", () => {
  expect(pipelineFigures(names, status([stage("a"), stage("b", { state: "paused" }), stage("c", { state: "failed", lagRecords: null })]))).toMatchObject({ state: "failed", failed: 1, lag: null });
});

test("stages that need a look stand first", () => {
  const sorted = [stage("idle"), stage("behind", { lagRecords: 90 }), stage("paused", { state: "paused" }), stage("failed", { state: "failed" }), stage("letters", { deadLetters: 8 })].sort(byNeed);
  expect(sorted.map(({ name }) => name)).toEqual(["failed", "paused", "letters", "behind", "idle"]);
});
