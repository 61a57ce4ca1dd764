import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunView } from "../src/server/dag-control.ts";
import { resultsFolder, taskLogsFolder } from "../src/supervisor/data-folder.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* A Millrace that runs removes what its project does not keep. */

const pipeline = `
import { dag } from "millrace";
export const daily = dag("daily", {}, ({ task }) => {
  task("large", ({ log }) => { log.info("made"); return "x".repeat(100_000); });
});
`;
const config = `
import { defineProject } from "millrace";
export default defineProject({ history: { keep: "1s", keepRuns: 2 } });
`;

let project: TemporaryProject;
let millrace: MillraceProcess;
beforeAll(async () => {
  project = temporaryProject({ "pipeline.ts": pipeline });
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

const runs = async (): Promise<RunView[]> => ((await (await millrace.request("/api/v1/runs")).json()) as { runs: RunView[] }).runs;
const folders = (): number[] => [taskLogsFolder(project.data), resultsFolder(project.data)].map((folder) => readdirSync(join(folder, "daily")).length);

test("all but the newest runs go soon after its start, with their logs and results", async () => {
  for (let n = 0; n < 4; n++) {
    await millrace.post("/api/v1/dags/daily/runs", {});
    await until(async () => (await runs()).every(({ state }) => state === "success"));
  }
  const before = (await runs()).map(({ id }) => id);
  expect([before.length, folders()]).toEqual([4, [4, 4]]);
  await millrace.stop();
  project.write("millrace.config.ts", config);
  millrace = await MillraceProcess.start(project.folder, project.data);
  await until(() => folders().every((count) => count === 2));
  expect((await runs()).map(({ id }) => id)).toEqual(before.slice(0, 2));
  expect((await millrace.request(`/api/v1/runs/${before[3]}/tasks/large/log`)).status).toBe(404);
  expect((await millrace.request(`/api/v1/runs/${before[0]}/tasks/large/log`)).status).toBe(200);
  expect((await millrace.request(`/api/v1/runs/${before[0]}/tasks/small/log`)).status).toBe(404);
});
