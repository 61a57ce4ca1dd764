import { afterAll, beforeAll, expect, test } from "vitest";
import { runCliProcess } from "../src/cli/testing.ts";
import { startMillrace } from "../src/supervisor/up.ts";
import type { ReleasePlan } from "../src/server/dag-control.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

const pipeline = (more: string) => `
import { dag, sql, table } from "millrace";
export const one = table("shop.one", { sql: sql\`select 1 as a${more}\` });
export const work = dag("work", {}, ({ task }) => { task("a", () => 1); });
`;

let project: TemporaryProject;
beforeAll(() => {
  project = temporaryProject({ "pipeline.ts": pipeline("") });
});
afterAll(() => project.remove());

async function plan(): Promise<ReleasePlan> {
  const { code, stdout, stderr } = await runCliProcess(["plan", "--project", project.folder, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as ReleasePlan;
}

test("while nothing is up, a plan is held against what ran last; of a project that never ran all is new", async () => {
  const first = await plan();
  expect(first).toMatchObject({ from: null, refusal: null, tables: { added: ["shop.one"] }, models: [{ name: "shop.one", change: "added", effect: "build" }] });
  expect(first.dags.map(({ name, change }) => [name, change])).toEqual([["models", "added"], ["work", "added"]]);
  expect((await plan()).from).toBe(null);
  expect((await runCliProcess(["run", "shop.one", "--project", project.folder])).code).toBe(0);
  expect(await plan()).toMatchObject({ from: first.to, to: first.to, models: [], dags: [] });
  project.write("pipeline.ts", pipeline(", 2 as b"));
  expect(await plan()).toMatchObject({ from: first.to, tables: { added: [], changed: [{ name: "shop.one", fields: [{ field: "model.sql", breaks: null }] }] }, models: [{ name: "shop.one", change: "changed", effect: "columns-added" }], files: { changed: ["pipeline.ts"] } });
});

test("where stages are up and DAGs rest, a release that changes stages is refused all the same", async () => {
  const millrace = await startMillrace({ projectFolder: project.folder, dataFolder: project.data, port: 0, inProcess: true, dags: false });
  try {
    project.write("more.pipeline.ts", 'import { topic } from "millrace";\nexport const more = topic("more", { schema: { type: "object", properties: { id: { type: "string" } } } });\n');
    const { dags } = millrace.control;
    expect(await dags.apply({ dryRun: true })).toMatchObject({ from: millrace.inFolder, topics: { added: ["more"] }, refusal: { code: "MR-SCHED-010" } });
    await expect(dags.apply({})).rejects.toMatchObject({ code: "MR-SCHED-010" });
  } finally {
    await millrace.close();
  }
});
