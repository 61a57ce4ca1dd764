import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderFiles } from "../src/files/folder.ts";
import { Lake } from "../src/lake/lake.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import { expectedFlights } from "./support/flights-in-duckdb.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";

/*
 * The main job on all 3,000,000 flights, with processes killed at random while it runs; the tables it leaves must hold
 * what plain DuckDB makes of the same files, row for row, repeats included.
 */

const project = new URL("../examples/flights", import.meta.url).pathname;
/** Ten in the ordinary suite; `npm run bench:kills` asks for a hundred. */
const kills = Number(process.env.MILLRACE_KILLS ?? 10);
let data = "";
let millrace: MillraceProcess;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "millrace-flights-"));
});

afterAll(async () => {
  await millrace?.stop();
  await rm(data, { recursive: true, force: true });
});

test("the flights arrive complete and once, whatever is killed on the way", { timeout: 60_000 + kills * 24_000 }, async () => {
  const chance = random(20010101);
  const killed: string[] = [];
  millrace = await MillraceProcess.start(project, data);
  for (let n = 0; n < kills; n++) {
    // A new instant: some more records than at the last one have gone through, or all have.
    const seen = await progress();
    const more = Math.floor((chance() * 2_500_000) / kills);
    await until(async () => (await progress()) >= Math.min(seen + more, 3_000_000));
    if (n % 10 === 4) {
      await millrace.killAll();
      millrace = await MillraceProcess.start(project, data);
      killed.push("everything");
      continue;
    }
    killed.push(await killOne(chance, n % 3 === 0 ? "log" : undefined));
  }
  await until(async () => (await millrace.status()).idle);
  const { stages, tables } = await millrace.status();
  expect(killed).toHaveLength(kills);
  expect(new Set(killed).size, killed.join(", ")).toBeGreaterThan(2);
  expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toEqual({ "flights.clean": 3_000_000, "flights.delayed_enriched": 599_055, "flights.hourly": 424_259 });
  expect(stages.filter(({ deadLetters, lateRecords }) => deadLetters + lateRecords > 0)).toEqual([]);
  await expectSameAsDuckdb();
});

test("one flight goes the same way, and an unknown airport goes to the dead letters", { timeout: 60_000 }, async () => {
  const flight = { date: "2001-07-02T10:15:00Z", delay: 42, distance: 500, origin: "ORD", destination: "DFW" };
  expect((await millrace.post("/ingest/flights-intake", flight)).status).toBe(200);
  expect((await millrace.post("/ingest/flights-intake", { ...flight, origin: "XYZ" })).status).toBe(200);
  await until(async () => (await millrace.sql("select count(*) from flights.clean where date >= '2001-07-02'")).rows[0][0] === 2);
  await until(async () => (await millrace.sql("select count(*) from flights.delayed_enriched where date >= '2001-07-02' and origin_city = 'Chicago'")).rows[0][0] === 1);
  await until(async () => (await millrace.status()).stages.find(({ name }) => name === "enrich-delayed")?.deadLetters === 1);
  const letters = (await (await millrace.request("/api/v1/dlq/enrich-delayed/records")).json()) as { records: { value: object; headers: [string, string][] }[] };
  expect(letters.records[0].value).toMatchObject({ origin: "XYZ", delay: 42 });
  expect(Object.fromEntries(letters.records[0].headers)).toMatchObject({ "mr.dlq.errorMessage": "unknown airport XYZ", "mr.dlq.stage": "enrich-delayed", "mr.dlq.topic": "flights.delayed" });
});

/** Records that have left the source. */
async function progress(): Promise<number> {
  const { stages } = await millrace.status();
  return stages.find(({ name }) => name === "flights-replay")?.recordsIn ?? 0;
}

async function killOne(chance: () => number, service?: string): Promise<string> {
  const { stages, services } = await millrace.status();
  const pids = service ? services.filter(({ name, pid }) => name === service && pid !== null) : stages.flatMap(({ name, instances }) => instances.map(({ pid }) => ({ name, pid })));
  const victim = pids[Math.floor(chance() * pids.length)];
  if (!victim?.pid) return "nobody";
  try {
    process.kill(victim.pid, "SIGKILL");
  } catch {
    return "nobody";
  }
  return victim.name;
}

async function expectSameAsDuckdb(): Promise<void> {
  const state = await sqliteState(join(data, "state.db"));
  const lake = new Lake({ files: folderFiles(join(data, "lake")), state });
  const db = await expectedFlights();
  const rows = async (sql: string) => (await db.runAndReadAll(sql)).getRowsJson();
  const differences = async (actual: string, expected: string) => {
    const [[missing, extra]] = await rows(`select (select count(*) from (${expected} except all ${actual})), (select count(*) from (${actual} except all ${expected}))`);
    return { missing: Number(missing), extra: Number(extra) };
  };
  try {
    for (const name of await lake.tables()) await db.run(`create view "${name}" as select * from ${await (await lake.table(name)).scanSql()}`);
    // Distances are sums of sines, which two libraries may round differently in the last bit.
    const shapes = { clean: "*", hourly: "*", delayed_enriched: "* replace (round(great_circle_km, 6) as great_circle_km)" };
    for (const [name, columns] of Object.entries(shapes)) {
      expect(await differences(`select ${columns} from "flights.${name}"`, `select ${columns} from expected.${name}`), name).toEqual({ missing: 0, extra: 0 });
    }
  } finally {
    db.closeSync();
    await lake.close();
    await state.close();
  }
}

/** Mulberry32: the same instants every time. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
