import { expect, onTestFinished, test } from "vitest";
import type { ReleasePlan, RunDetail, RunView } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Files that others write and files of the project, from their declaration to rows that SQL and models find. */

const pipeline = `
import { accepted, externalTable, seed, sql, table, unique } from "millrace";
import { z } from "zod";
export const airports = externalTable("raw.airports", { at: "data/airports/*.csv", description: "As the authority sends them." });
export const events = externalTable("raw.events", { at: "data/events", schema: z.object({ id: z.int(), kind: z.string(), seen: z.any() }), onBadRows: "skip-and-tell" });
export const none = externalTable("raw.none", { at: "data/nothing/*.parquet" });
export const countries = seed("ref.countries", { file: "seeds/countries.csv", schema: z.object({ code: z.string(), name: z.string(), people: z.int().nullable() }), checks: [unique("code")] });
export const zones = seed("ref.zones", { file: "seeds/zones.txt", format: { kind: "csv", delimiter: "|" } });
export const perCountry = table("marts.per_country", { sql: sql\`select c.name, count(*) as airports from \${airports} a join \${countries} c on c.code = a.country group by c.name\` });
`;

const files = {
  "pipeline.ts": pipeline,
  "data/airports/a.csv": "code,country,height\nAMS,NL,-3\nRTM,NL,-4.5\n",
  "data/airports/b.csv": "code,country,height\nLHR,GB,25\n",
  "data/events/day=2026-01-01/a.json": '{"id":1,"kind":"in","seen":{"by":[1,2]}}\n{"id":"two","kind":"in"}\n',
  "data/events/day=2026-01-02/b.json": '{"id":3,"kind":"out","seen":null}\n',
  "data/events/_temporary/c.json": "{",
  "data/events/empty.json": "",
  "seeds/countries.csv": "code,name,people\nNL,Netherlands,18\nGB,Great Britain,\n",
  "seeds/zones.txt": "zone|offset\nCET|1\nUTC|0\n",
};

async function start(): Promise<{ project: TemporaryProject; millrace: MillraceProcess; sql: (text: string) => Promise<{ rows: unknown[][]; columns: { name: string; type: string }[]; notes?: string[] }>; run: (dag: string, params?: object) => Promise<RunDetail> }> {
  const project = temporaryProject(files);
  const millrace = await MillraceProcess.start(project.folder, project.data);
  onTestFinished(async () => {
    await millrace.stop();
    project.remove();
  });
  const json = async <T>(answer: Promise<Response>): Promise<T> => {
    const response = await answer;
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text) as T;
  };
  const run = async (dag: string, params: object = {}): Promise<RunDetail> => {
    const { id } = await json<RunView>(millrace.post(`/api/v1/dags/${dag}/runs`, { params }));
    const look = () => json<RunDetail>(millrace.request(`/api/v1/runs/${id}`));
    await until(async () => !["queued", "running"].includes((await look()).state));
    return look();
  };
  return { project, millrace, sql: (text) => json(millrace.post("/api/v1/sql", { sql: text })), run };
}

const statesOf = ({ tasks }: RunDetail) => Object.fromEntries(tasks.map(({ task, state, error }) => [task, error ? `${error.code}: ${error.what}` : state]));
const unchanged = ({ tasks }: RunDetail) => tasks.filter(({ result }) => JSON.stringify(result ?? null).includes("unchanged")).map(({ task }) => task).sort();

test("declared files are read where they are, as they are then, and models read them", async () => {
  const { project, sql, run } = await start();
  expect((await sql("select * from raw.airports order by code")).rows).toEqual([["AMS", "NL", -3], ["LHR", "GB", 25], ["RTM", "NL", -4.5]]);
  const events = await sql("select id, kind, seen, day from raw.events order by id");
  expect(events.columns.map(({ type }) => type)).toEqual(["BIGINT", "VARCHAR", "VARCHAR", "DATE"]);
  expect(events.rows).toEqual([[1, "in", '{"by":[1,2]}', "2026-01-01"], [3, "out", null, "2026-01-02"]]);
  expect(events.notes).toEqual([expect.stringMatching(/^1 row of raw\.events was left out.*line or record 2/)]);
  const later = await sql("select id from raw.events where day = '2026-01-02'");
  expect([later.rows, later.notes]).toEqual([[[3]], undefined]);
  await expect(sql("from raw.none")).rejects.toThrow(/MR-FORMAT-002/);

  expect(statesOf(await run("models"))).toEqual({ "ref.countries": "success", "ref.zones": "success", "marts.per_country": "success" });
  expect((await sql("select * from marts.per_country order by name")).rows).toEqual([["Great Britain", 1], ["Netherlands", 2]]);
  project.write("data/airports/c.csv", 'code,country,height\n"LGW",GB,62\n');
  await run("models");
  expect((await sql("select * from marts.per_country order by name")).rows).toEqual([["Great Britain", 2], ["Netherlands", 2]]);
});

test("seeds are built from the file of their release, and again only when it has changed", async () => {
  const { project, millrace, sql, run } = await start();
  await run("models");
  expect((await sql("select * from ref.countries order by code")).rows).toEqual([["GB", "Great Britain", null], ["NL", "Netherlands", 18]]);
  expect((await sql("select * from ref.zones order by zone")).rows).toEqual([["CET", 1], ["UTC", 0]]);
  expect(unchanged(await run("models"))).toEqual(["ref.countries", "ref.zones"]);

  project.write("seeds/countries.csv", "code,name,people\nNL,Nederland,18\nGB,Great Britain,70\n");
  expect(statesOf(await run("models", { full: true }))).toMatchObject({ "ref.countries": "success" });
  expect((await sql("select name from ref.countries where code = 'NL'")).rows).toEqual([["Netherlands"]]);

  const planned = (await (await millrace.post("/api/v1/releases/apply", { dryRun: true })).json()) as ReleasePlan;
  expect(planned.models.map(({ name, why }) => [name, why])).toContainEqual(["ref.countries", "its file holds something else"]);
  expect((await millrace.post("/api/v1/releases/apply", {})).ok).toBe(true);
  expect(unchanged(await run("models"))).toEqual(["ref.zones"]);
  expect((await sql("select name from ref.countries where code = 'NL'")).rows).toEqual([["Nederland"]]);
});

test("a seed whose file is not there, or does not fit, is a problem of its own", async () => {
  const project = temporaryProject({ ...files, "seeds/countries.csv": "code,name,people\nNL,Netherlands,many\n", "pipeline.ts": `${pipeline}\nexport const gone = seed("ref.gone", { file: "seeds/gone.csv" });\n` });
  const millrace = await MillraceProcess.start(project.folder, project.data);
  onTestFinished(async () => {
    await millrace.stop();
    project.remove();
  });
  const status = (await (await millrace.request("/api/v1/status")).json()) as { problems: { code: string; what: string }[] };
  expect(status.problems).toMatchObject([{ code: "MR-MODEL-014", what: expect.stringContaining("seeds/gone.csv") }]);
  const { id } = (await (await millrace.post("/api/v1/dags/models/runs", {})).json()) as RunView;
  const look = async () => (await (await millrace.request(`/api/v1/runs/${id}`)).json()) as RunDetail;
  await until(async () => !["queued", "running"].includes((await look()).state));
  expect(statesOf(await look())).toMatchObject({ "ref.countries": expect.stringMatching(/MR-FORMAT-008: .*people/), "ref.zones": "success" });
});
