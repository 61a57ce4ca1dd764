import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PostgresServer, startPostgres } from "../scripts/engines/postgres.ts";
import { type Millrace, startMillrace } from "../src/supervisor/up.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

const names = Array.from({ length: 8 }, (_, i) => `work${i}`);
const work = (name: string): string => `export const ${name} = dag("${name}", { schedule: every("1h"), catchup: "none" }, ({ task }) => {
  const first = task("first", () => 1, { retries: 3 });
  task("gate", () => "ran", { after: [first], pool: "narrow", retries: 3 });
});`;
const pipeline = `import { dag, every } from "millrace";\n${names.map(work).join("\n")}\n`;
const config = `import { defineProject, postgresState, secret } from "millrace";\nexport default defineProject({ name: "planes", profile: { state: postgresState({ url: secret("state-url") }) } });\n`;

/** Two Millraces in data folders of their own, of the same project and on the same database. */
let server: PostgresServer;
let project: TemporaryProject;
let planes: Millrace[];

beforeAll(async () => {
  server = await startPostgres();
  process.env.MILLRACE_SECRET_STATE_URL = server.url();
  project = temporaryProject({ "pipeline.ts": pipeline, "millrace.config.ts": config }, ["pg"]);
  planes = await Promise.all(["one", "two"].map((name) => startMillrace({ projectFolder: project.folder, dataFolder: `${project.data}-${name}`, port: 0, inProcess: true, stages: false, dags: true })));
});
afterAll(async () => {
  await Promise.all(planes.map((plane) => plane.close()));
  await server.stop();
  project.remove();
});

const ended = (plane: Millrace, id: string) => vi.waitFor(async () => expect((await plane.control.dags.run(id)).state).not.toMatch(/queued|running/), { timeout: 60_000, interval: 100 });

test("whichever plane is asked, all is seen and done", async () => {
  const [one, two] = planes.map(({ control }) => control.dags);
  for (const dags of [one, two]) expect((await dags.dags()).map(({ name }) => name)).toEqual(names);
  await one.setPool("narrow", 2);
  expect((await two.pools()).find(({ name }) => name === "narrow")).toMatchObject({ slots: 2, used: 0 });
  const runs = await Promise.all(names.map((name) => one.triggerDag(name, {})));
  for (const { id } of runs) await ended(planes[1], id);
  for (const { id } of runs) expect(await two.run(id)).toMatchObject({ state: "success", tasks: [{ task: "first", state: "success" }, { task: "gate", state: "success" }] });
  for (const name of names) {
    await two.pauseDag(name, "looked at");
    expect((await one.dag(name)).paused).toBe(true);
  }
  await two.setPool("narrow", 0);
  const held = await Promise.all(names.map(async (name) => (await two.resumeDag(name), two.triggerDag(name, {}))));
  for (const { id } of held) {
    await vi.waitFor(async () => expect(await one.explain(id, "gate", -1)).toMatchObject([{ kind: "pool" }]), { timeout: 60_000, interval: 100 });
    expect((await two.run(id)).tasks.map(({ state }) => state)).toEqual(["success", "scheduled"]);
    await one.cancelRun(id, "enough");
    expect((await two.run(id)).state).toBe("cancelled");
  }
  await one.setPool("narrow", 1);
  expect(await one.clearTasks(held[0].id, { tasks: [{ task: "gate" }] })).toMatchObject({ done: true });
  await ended(planes[0], held[0].id);
  expect((await two.run(held[0].id)).state).toBe("success");
  await expect(one.dag("nowhere")).rejects.toMatchObject({ code: "MR-SCHED-001" });
  const backfill = await one.createBackfill({ dag: "work3", from: "2026-01-01", to: "2026-01-02", order: "oldest" });
  expect(backfill.intervals).toHaveLength(24);
  await vi.waitFor(async () => expect(await two.backfill(backfill.backfill?.id ?? "")).toMatchObject({ state: "done", runs: { success: 24 } }), { timeout: 60_000, interval: 200 });
});

test("who watches one plane asks anew for what the other holds, of which nothing is heard", async () => {
  for (const { control } of planes) {
    const before = control.dags.revision();
    await vi.waitFor(() => expect(control.dags.revision()).not.toBe(before), { timeout: 60_000, interval: 100 });
  }
});

test("what a plane held goes on with the other when it ends", async () => {
  const [one, two] = planes;
  await one.close();
  const runs = await Promise.all(names.map((name) => two.control.dags.triggerDag(name, {})));
  for (const { id } of runs) await ended(two, id);
  expect((await two.control.dags.dags()).map(({ lastRun }) => lastRun?.state)).toEqual(names.map(() => "success"));
  planes = [two];
});
