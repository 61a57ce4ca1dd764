import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestLog, until } from "../../src/engine/engine-for-tests.ts";
import { stagePlan } from "../../src/engine/stage-plan.ts";
import { profileOf, type ProfileRecord, type Verdict } from "../../src/quality/index.ts";
import { readProject } from "../../src/supervisor/definitions/read-project.ts";
import { runStage } from "../../src/supervisor/run-stage.ts";

/* The stages of the example, run in this process over a log of its own: what they say is held against the file. */

const projectFolder = fileURLToPath(new URL(".", import.meta.url));
const { manifest } = await readProject(projectFolder);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let log: TestLog;
beforeAll(async () => {
  log = await TestLog.open(...Object.values(manifest.topics));
  for (const name of ["strikes-replay", "check-strikes", "profile-strikes", "dear-strikes"]) {
    const plan = stagePlan(manifest, name);
    const running = await runStage({ plan, member: name, projectFolder, dataFolder: log.folder, log: { kind: "embedded", socket: "", token: "" }, secrets: {} }, log.client(), silent);
    if (plan.stage.from.length > 0) {
      await Promise.race([until(() => log.caughtUp(name)), running.ended]);
      running.stop();
    }
    await running.ended;
  }
});
afterAll(() => log.close());

test("the project has no problems", () => {
  expect(manifest.problems).toEqual([]);
  expect(Object.values(manifest.stages).map(({ kind }) => kind)).toEqual(expect.arrayContaining(["validate", "profile", "keyed"]));
});

test("no record is lost: each is sound, or whole in a verdict", async () => {
  const verdicts = (await log.read(Object.values(manifest.stages["check-strikes"].to)[1])).map(({ value }) => value as unknown as Verdict);
  const kept = new Set(verdicts.filter(({ keptBack }) => keptBack).map(({ offset }) => offset));
  expect((await log.read("strikes.sound")).length + kept.size).toBe(10_000);
  const damages = verdicts.filter(({ check }) => check === "known damage").map(({ record }) => (record as Record<string, string>)["Effect Amount of damage"]);
  expect(damages).toHaveLength(15);
  expect(new Set(damages)).toEqual(new Set(["B", "C"]));
  for (const { check, severity } of verdicts) expect(severity).toBe(check === "known damage" || check === "costs add up" ? "error" : "warn");
});

test("windows are full, and together they are the profile of what is sound", async () => {
  const sound = (await log.read("strikes.sound")).map(({ value }) => value);
  const windows = (await log.read("strikes.profiles")).map(({ value }) => value as unknown as ProfileRecord);
  expect(windows.map(({ rows }) => rows)).toEqual(Array(Math.floor(sound.length / 2_000)).fill(2_000));
  const profile = await profileOf(windows, "strikes.sound");
  const seen = sound.slice(0, profile.rows);
  const damage = profile.columns.find(({ name }) => name === "Effect Amount of damage");
  expect(Object.fromEntries(damage?.frequent?.values.map(({ value, count }) => [value, count]) ?? [])).toEqual(Object.fromEntries(["None", "Minor", "Medium", "Substantial"].map((value) => [value, seen.filter((strike) => strike["Effect Amount of damage"] === value).length])));
  const speed = profile.columns.find(({ name }) => name === "Speed IAS in knots");
  expect(speed?.nulls).toBe(seen.filter((strike) => strike["Speed IAS in knots"] === null).length);
  expect((await log.read("strikes.dear")).length).toBeGreaterThan(0);
});
