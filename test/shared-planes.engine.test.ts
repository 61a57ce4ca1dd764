import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../scripts/engines/s3.ts";
import { FaultProxy } from "../src/files/fault-proxy-for-tests.ts";
import type { LogPage, ReleasePlan, ReleaseView, RunDetail, RunView } from "../src/server/dag-control.ts";
import { shardOf } from "../src/state/shards.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/*
 * Three control planes of one project, each a process with a project folder and a data folder of its own, as on three machines:
 * all that they share is PostgreSQL and a bucket. Needs both engines.
 */

const names = Array.from({ length: 6 }, (_, i) => `work${i}`);

/** The first task gives more than fits into a row, the second waits for a slot and measures it; both say which version they are. */
const work = (name: string): string => `export const ${name} = dag("${name}", {}, ({ task }) => {
  const large = task("large", ({ log }) => { log.info("large, version " + version); return Array.from({ length: 20_000 }, (_, i) => "item " + i); }, { retries: 3, retryDelay: "10ms" });
  task("measure", { large }, ({ large, log }) => { log.info("measured " + large.length); return version + " " + large.length; }, { pool: "gate", retries: 3, retryDelay: "10ms" });
});`;
const pipeline = `import { dag } from "millrace";\nimport { version } from "./version.ts";\n${names.map(work).join("\n")}
export const slow = dag("slow", {}, ({ task }) => {
  task("talk", async ({ log, signal }) => { for (let i = 0; ; i++) { log.info("line " + i); signal.throwIfAborted(); await new Promise((done) => setTimeout(done, 200)); } });
});\n`;
const config = (endpoint: string): string => `import { connection, defineProject, postgresState, s3Files, secret } from "millrace";
const store = connection("store", { endpoint: "${endpoint}", accessKeyId: "${s3.accessKeyId}", secretAccessKey: secret("lake-key") });
export default defineProject({ name: "shared", profile: { state: postgresState({ url: secret("state-url") }), files: s3Files({ at: "s3://lake/shared", connection: store }) } });
`;
const versionFile = (version: string): string => `export const version: string = "${version}";\n`;

/** One of the planes, and what it stands on. */
interface Bed {
  project: TemporaryProject;
  /** Before its bucket. */
  line: FaultProxy;
  millrace: MillraceProcess;
}

let postgres: PostgresServer;
let s3: S3Server;
const beds: Bed[] = [];

beforeAll(async () => {
  [postgres, s3] = await Promise.all([startPostgres(), startS3(["lake"])]);
  process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
  process.env.MILLRACE_SECRET_STATE_URL = postgres.url();
  const bed = async (): Promise<Bed> => {
    const line = await FaultProxy.before(s3.endpoint);
    const project = temporaryProject({ "pipeline.ts": pipeline, "version.ts": versionFile("one"), "millrace.config.ts": config(line.endpoint) }, ["pg"]);
    return { project, line, millrace: await MillraceProcess.start(project.folder, project.data) };
  };
  beds.push(...(await Promise.all([bed(), bed(), bed()])));
  // Each has brought the project of its own folder; that of the last runs at all.
  await until(async () => new Set(await Promise.all(beds.map(releaseAt))).size === 1);
});
afterAll(async () => {
  await Promise.all(beds.map(({ millrace }) => millrace.stop()));
  for (const { project, line } of beds) {
    line.stop();
    project.remove();
  }
  await Promise.all([postgres?.stop(), s3?.stop()]);
  for (const name of ["LAKE_KEY", "STATE_URL"]) delete process.env[`MILLRACE_SECRET_${name}`];
});

const get = <T>({ millrace }: Bed, path: string): Promise<T> => jsonAnswer<T>(millrace.request(`/api/v1${path}`));
const post = <T>({ millrace }: Bed, path: string, body: object): Promise<T> => jsonAnswer<T>(millrace.post(`/api/v1${path}`, body));
const run = (bed: Bed, id: string): Promise<RunDetail> => get(bed, `/runs/${encodeURIComponent(id)}`);
const trigger = (bed: Bed, dag: string): Promise<RunView> => post(bed, `/dags/${dag}/runs`, {});
const log = async (bed: Bed, id: string, task: string): Promise<LogPage> => get(bed, `/runs/${encodeURIComponent(id)}/tasks/${task}/log`);
const said = ({ lines }: LogPage): unknown[] => lines.map((line) => ((typeof line === "string" ? JSON.parse(line) : line) as { msg: string }).msg);
const setGate = (bed: Bed, slots: number): Promise<unknown> => jsonAnswer(bed.millrace.request("/api/v1/pools/gate", { method: "PUT", body: JSON.stringify({ slots }) }));
const stateOf = async (bed: Bed, id: string, wanted: string): Promise<string | undefined> => (await run(bed, id)).tasks.find(({ task }) => task === wanted)?.state;
const releaseAt = async ({ millrace }: Bed): Promise<string> => (await millrace.status()).release;
const shardsAt = async ({ millrace }: Bed): Promise<number[]> => (await millrace.status()).planes.find(({ self }) => self)?.shards ?? [];
const divided = async (): Promise<boolean> => (await Promise.all(beds.map(shardsAt))).every(({ length }) => length >= 5);

/** Runs of all DAGs, asked of one plane and seen to succeed at another. @returns what each has measured */
async function measured(asked: Bed, seen: Bed): Promise<unknown[]> {
  const runs = await Promise.all(names.map((name) => trigger(asked, name)));
  for (const { id } of runs) await until(async () => (await run(seen, id)).state === "success");
  return Promise.all(runs.map(async ({ id }) => (await run(seen, id)).tasks.find(({ task }) => task === "measure")?.result));
}

test("each plane shows every log and result, and goes on with what another has begun; who they are stands in the status of each", { timeout: 600_000 }, async () => {
  const [one, two, three] = beds;
  await until(divided);
  // What one sees of the others is some seconds old: while things move it may see one twice, or at nobody's.
  for (const bed of beds) {
    await until(async () => {
      const { planes } = await bed.millrace.status();
      const shards = planes.flatMap((plane) => plane.shards).sort((a, b) => a - b);
      const duties = planes.flatMap((plane) => plane.duties).sort();
      return planes.length === 3 && shards.join() === Array.from({ length: 16 }, (_, i) => i).join() && duties.join() === "bundles,catalog,orphans,planes,quality,snapshots";
    });
  }
  await setGate(two, 0);
  const runs = await Promise.all(names.map((name) => trigger(one, name)));
  const slow = await trigger(two, "slow");
  for (const { id } of runs) await until(async () => (await stateOf(two, id, "large")) === "success");
  for (const bed of beds) for (const { id } of runs) expect(said(await log(bed, id, "large"))).toEqual(["large, version one"]);
  // While it runs its lines come to be seen wherever one asks.
  for (const bed of beds) await until(async () => said(await log(bed, slow.id, "talk")).length >= 5);
  await post(three, `/runs/${encodeURIComponent(slow.id)}/cancel`, {});
  // The plane that has the most of them is killed, with its disk for this test's purposes: the others measure what it has made.
  const heldBy = await Promise.all(beds.map(shardsAt));
  const counts = heldBy.map((shards) => names.filter((name) => shards.includes(shardOf(name, 16))).length);
  const victim = beds[counts.indexOf(Math.max(...counts))];
  const [left, other] = beds.filter((bed) => bed !== victim);
  await victim.millrace.killAll();
  await setGate(left, 10);
  for (const { id } of runs) await until(async () => (await run(left, id)).state === "success");
  for (const { id } of runs) {
    for (const bed of [left, other]) {
      expect((await run(bed, id)).tasks.map(({ state, result }) => [state, typeof result === "string" ? result : null])).toEqual([["success", null], ["success", "one 20000"]]);
      expect(said(await log(bed, id, "measure"))).toEqual(["measured 20000"]);
    }
  }
  expect(await left.millrace.status()).toMatchObject({ planes: [{}, {}] });
  victim.millrace = await MillraceProcess.start(victim.project.folder, victim.project.data);
  await until(divided);
});

test("a release that is taken up at one plane runs at all, also where that plane is killed, and going back does too", { timeout: 900_000 }, async () => {
  const [one, two, three] = beds;
  const before = await releaseAt(one);
  await setGate(one, 0);
  const early = await Promise.all(names.map((name) => trigger(one, name)));
  for (const { id } of early) await until(async () => (await stateOf(one, id, "large")) === "success");
  one.project.write("version.ts", versionFile("two"));
  const applied = await post<ReleasePlan>(one, "/releases/apply", { note: "the second" });
  expect(applied).toMatchObject({ from: before, done: true });
  for (const bed of beds) await until(async () => (await releaseAt(bed)) === applied.to);
  // Its disk is lost, and its folder holds the new sources: what is pinned to the old ones comes out of the bucket.
  await one.millrace.killAll();
  rmSync(one.project.data, { recursive: true });
  one.millrace = await MillraceProcess.start(one.project.folder, one.project.data);
  await until(divided);
  await setGate(two, 10);
  for (const { id } of early) {
    await until(async () => (await run(two, id)).state === "success");
    expect(await run(one, id)).toMatchObject({ release: before, tasks: [{}, { result: "one 20000" }] });
    expect(said(await log(one, id, "large"))).toEqual(["large, version one"]);
  }
  expect(new Set(await measured(two, three))).toEqual(new Set(["two 20000"]));
  expect((await get<{ releases: ReleaseView[] }>(three, "/releases")).releases.find(({ current }) => current)).toMatchObject({ release: applied.to, note: "the second" });

  // A plane that comes up with the old sources takes nobody back.
  await two.millrace.stop();
  two.millrace = await MillraceProcess.start(two.project.folder, two.project.data);
  expect(await releaseAt(two)).toBe(applied.to);

  // Killed somewhere in it, from before the bundle to behind the commit: the others agree on the one or the other.
  for (const [i, ms] of [0, 100].entries()) {
    one.project.write("version.ts", versionFile(`killed ${i}`));
    const applying = one.millrace.post("/api/v1/releases/apply", {}).then((answer) => answer.json() as Promise<ReleasePlan>).catch(() => undefined);
    await new Promise((done) => setTimeout(done, ms));
    await one.millrace.killAll();
    await applying;
    await until(async () => (await releaseAt(two)) === (await releaseAt(three)));
    const results = new Set(await measured(two, three));
    expect(results.size).toBe(1);
    one.millrace = await MillraceProcess.start(one.project.folder, one.project.data);
  }
  // Its folder has changed since it was last up, so that is what runs now.
  for (const bed of beds) await until(async () => (await releaseAt(bed)) === (await releaseAt(one)));
  expect(new Set(await measured(three, one))).toEqual(new Set(["killed 1 20000"]));

  // The change looks at all DAGs, also at those of a plane that was killed, of which the plane that is asked takes a part meanwhile.
  await two.millrace.killAll();
  await post(three, "/releases/rollback", { release: before });
  for (const bed of [one, three]) await until(async () => (await releaseAt(bed)) === before);
  expect(new Set(await measured(one, three))).toEqual(new Set(["one 20000"]));
  two.millrace = await MillraceProcess.start(two.project.folder, two.project.data);
  expect(await releaseAt(two)).toBe(before);
});

test("a plane that cannot have a release says so, gives its DAGs to the others, and takes its part when it can", { timeout: 600_000 }, async () => {
  const [one, two, three] = beds;
  await until(divided);
  three.line.fault = ({ method, url = "" }) => (method === "GET" && url.includes("/releases/") ? "slow-down" : "pass");
  two.project.write("version.ts", versionFile("three"));
  const { to } = await post<ReleasePlan>(two, "/releases/apply", {});
  await until(async () => (await releaseAt(one)) === to);
  await until(async () => (await three.millrace.status()).planes.some(({ self, standsBack, shards }) => self && standsBack && shards.length === 0));
  expect((await three.millrace.status()).problems).toMatchObject([{ code: "MR-FILES-002" }]);
  await until(async () => (await one.millrace.status()).planes.some(({ self, standsBack, problem }) => !self && standsBack && problem?.code === "MR-FILES-002"));
  expect(new Set(await measured(three, three))).toEqual(new Set(["three 20000"]));
  three.line.fault = () => "pass";
  await until(async () => (await releaseAt(three)) === to && (await shardsAt(three)).length > 0);
  expect((await three.millrace.status()).problems).toEqual([]);
});
