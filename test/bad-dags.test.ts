import { afterAll, beforeAll, expect, test } from "vitest";
import type { ErrorJson } from "../src/errors.ts";
import type { RunDetail, RunView } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Whatever is wrong with a DAG, its module or what is asked of it: a clear error, and everything else goes on. */

const good = `
import { dag, every, fail } from "millrace";
import { z } from "zod";
export const fine = dag("fine", { params: z.object({ limit: z.int().min(1).default(10), airline: z.enum(["AA", "UA"]).optional() }) }, ({ task }) => {
  task("echo", async ({ params }) => params.limit);
});
export const hourly = dag("hourly", { schedule: every("1h"), start: "2001-01-01", end: "2001-01-02", catchup: "none" }, ({ task }) => { task("one", () => 1); });
export const large = dag("large", { defaults: { retries: 3, retryDelay: "1ms" } }, ({ task }) => {
  task("large", () => "x".repeat(65 * 1024 * 1024));
  task("function", () => ({ rows: [{ total: () => 1 }] }));
  task("given-up", () => fail("no such airport"));
  task("beside", async () => 1);
});
`;

const files = {
  "pipeline.ts": good,
  "throws.pipeline.ts": 'throw new Error("no luck");\n',
  "waits.pipeline.ts": "await new Promise(() => {});\n",
  "twice.pipeline.ts": 'import { dag } from "millrace";\nexport const again = dag("fine", {}, ({ task }) => { task("one", () => 2); });\n',
  "dates.pipeline.ts": [
    'import { dag, every } from "millrace";',
    'export const cron = dag("bad-cron", { schedule: "0 0 31 2 *" }, ({ task }) => { task("one", () => 1); });',
    'export const zone = dag("bad-zone", { schedule: "@daily", timezone: "Mars/Olympus" }, ({ task }) => { task("one", () => 1); });',
  ].join("\n"),
  "delta.pipeline.ts": 'import { dag, every } from "millrace";\nexport const d = dag("bad-delta", { schedule: every("0s") }, ({ task }) => { task("one", () => 1); });\n',
  "circle.dag.yaml": "tasks:\n  a: { shell: echo, after: b }\n  b: { shell: echo, after: a }\n",
};

let project: TemporaryProject;
let millrace: MillraceProcess;

beforeAll(async () => {
  project = temporaryProject(files);
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

async function refusal(path: string, body: unknown): Promise<{ status: number; code: string; what: string }> {
  const response = await millrace.post(path, body);
  const { error } = (await response.json()) as { error: ErrorJson };
  return { status: response.status, code: error?.code, what: error?.what };
}

const get = async <T>(path: string): Promise<T> => (await (await millrace.request(path)).json()) as T;

async function run(dag: string, body: object = {}): Promise<RunDetail> {
  const { id } = (await (await millrace.post(`/api/v1/dags/${dag}/runs`, body)).json()) as RunView;
  const look = () => get<RunDetail>(`/api/v1/runs/${id}`);
  await until(async () => !["queued", "running"].includes((await look()).state));
  return look();
}

test("what cannot be declared is left out and told with its file; the rest is there", async () => {
  const { problems } = await millrace.status();
  expect(problems.map(({ code, file }) => [code, file]).sort((a, b) => String(a).localeCompare(String(b)))).toEqual([
    ["MR-MODEL-003", "twice.pipeline.ts"],
    ["MR-MODEL-005", "delta.pipeline.ts"],
    ["MR-MODEL-006", "throws.pipeline.ts"],
    ["MR-MODEL-006", "waits.pipeline.ts"],
    ["MR-MODEL-010", "dates.pipeline.ts"],
    ["MR-MODEL-011", "dates.pipeline.ts"],
    ["MR-MODEL-013", "circle.dag.yaml"],
  ]);
  const { dags } = await get<{ dags: { name: string }[] }>("/api/v1/dags");
  expect(dags.map(({ name }) => name)).toEqual(["fine", "hourly", "large"]);
});

test("parameters that break their schema are refused before anything runs", async () => {
  for (const [params, what] of [
    [{ limit: "ten" }, /limit/],
    [{ limit: 0 }, /limit/],
    [{ airline: "XX" }, /airline/],
  ] as const) {
    expect(await refusal("/api/v1/dags/fine/runs", { params })).toEqual({ status: 422, code: "MR-SCHED-008", what: expect.stringMatching(what) });
  }
  expect(await refusal("/api/v1/dags/hourly/runs", { params: { limit: 1 } })).toMatchObject({ status: 422, code: "MR-SCHED-008" });
  expect(await get("/api/v1/runs")).toMatchObject({ runs: [] });
  expect((await run("fine", { params: { limit: 3 } })).tasks).toMatchObject([{ state: "success", result: 3 }]);
});

test("an interval or a backfill that ends before it begins, or of a DAG that is not there or has none, is refused", async () => {
  const backfill = (more: object) => refusal("/api/v1/backfills", { dag: "hourly", from: "2001-01-01T00:00:00Z", to: "2001-01-01T06:00:00Z", ...more });
  expect(await backfill({ from: "2001-01-01T07:00:00Z" })).toMatchObject({ status: 422, code: "MR-SCHED-007" });
  expect(await backfill({ from: "2001-01-01T07:00:00Z", dryRun: true })).toMatchObject({ status: 422, code: "MR-SCHED-007" });
  expect(await backfill({ dag: "fine" })).toMatchObject({ status: 422, code: "MR-SCHED-007" });
  expect(await backfill({ dag: "finer" })).toMatchObject({ status: 404, code: "MR-SCHED-001" });
  expect(await backfill({ params: { limit: 1 } })).toMatchObject({ status: 422, code: "MR-SCHED-008" });
  expect(await refusal("/api/v1/dags/hourly/runs", { interval: { start: "2001-01-02", end: "2001-01-01" } })).toMatchObject({ status: 400, code: "MR-HTTP-006" });
  expect(await get("/api/v1/backfills")).toMatchObject({ backfills: [] });
});

test("a result that is too large, or none, fails its task at once, retries or not, and nothing beside it", async () => {
  const { state, tasks } = await run("large");
  expect(state).toBe("failed");
  expect(tasks.map(({ task, state, attempts, error }) => [task, state, attempts, error?.code ?? null])).toEqual([
    ["large", "failed", 1, "MR-TASK-003"],
    ["function", "failed", 1, "MR-TASK-002"],
    ["given-up", "failed", 1, "MR-TASK-001"],
    ["beside", "success", 1, null],
  ]);
});
