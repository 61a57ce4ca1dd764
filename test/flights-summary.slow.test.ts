import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import config from "../examples/flights/millrace.config.ts";
import type { RunDetail, RunView } from "../src/server/dag-control.ts";
import { differencesFromDuckdb, expectedFlights } from "./support/flights-in-duckdb.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";

/* What `npm start -- --until-idle --json` prints, held against plain DuckDB over the raw files, figure by figure. */

let data = "";
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "millrace-summary-"));
});
afterAll(() => rm(data, { recursive: true, force: true }));

interface Summary {
  stages: Record<string, unknown>;
  tables: Record<string, number>;
  summary: Record<string, Record<string, unknown>[]>;
  problems: unknown[];
}

test("every figure of the summary is what plain DuckDB gives", async () => {
  const { code, stdout, stderr } = await run(["up", "--project", "examples/flights", "--data", data, "--until-idle", "--json"]);
  expect(code, stderr).toBe(0);
  const printed = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string) as Summary;
  expect(printed.problems).toEqual([]);
  const db = await expectedFlights();
  try {
    expect(Object.keys(printed.summary)).toEqual(config.summary?.map(({ name }) => name));
    for (const { name, sql } of config.summary ?? []) {
      const result = await db.runAndReadAll(sql.replaceAll("flights.clean", "expected.clean").replaceAll("flights.delayed_enriched", "expected.delayed_enriched").replaceAll("flights.hourly", "expected.hourly"));
      expect(result.currentRowCount, name).toBeGreaterThan(0);
      expect(printed.summary[name].map(Object.values), name).toEqual(result.getRowsJson().map((row) => row.map(asPrinted)));
    }
    for (const [table, rows] of Object.entries(printed.tables)) {
      const counted = await db.runAndReadAll(`select count(*)::integer from ${table.replace("flights.", "expected.")}`);
      expect(rows, table).toBe(counted.getRowsJson()[0][0]);
    }
  } finally {
    db.closeSync();
  }
});

test("every day was caught up with, and a month that is done again gives the same", async () => {
  const millrace = await MillraceProcess.start("examples/flights", data);
  try {
    const runs = async () => ((await (await millrace.request("/api/v1/runs?limit=1000&dag=flights-daily")).json()) as { runs: RunView[] }).runs;
    expect((await runs()).map(({ state }) => state)).toEqual(Array(181).fill("success"));
    expect(await differencesFromDuckdb(data, ["daily_routes"])).toEqual({ daily_routes: { missing: 0, extra: 0 } });

    const { tasks } = (await (await millrace.request("/api/v1/runs/flights-daily.20010301T110000Z")).json()) as RunDetail;
    expect(tasks.find(({ task }) => task === "letter")?.result).toBe(await letterOf("2001-03-01 11:00:00Z", "2001-03-02T11:00:00.000Z"));

    const built = (await (await millrace.post("/api/v1/dags/models/runs", {})).json()) as RunView;
    await until(async () => !["queued", "running"].includes(((await (await millrace.request(`/api/v1/runs/${built.id}`)).json()) as RunDetail).state));
    expect(((await (await millrace.request(`/api/v1/runs/${built.id}`)).json()) as RunDetail).state).toBe("success");
    const sql = async (text: string) => ((await (await millrace.post("/api/v1/sql", { sql: text })).json()) as { rows: unknown[][] }).rows;
    const columns = "origin, hour, flights, mean_delay, max_delay, p95_delay";
    expect(await sql(`select (select count(*) from (select ${columns} from marts.hourly except all select ${columns} from flights.hourly)), (select count(*) from (select ${columns} from flights.hourly except all select ${columns} from marts.hourly))`)).toEqual([[0, 0]]);
    expect(await sql("select sum(flights), (select count(*) from marts.late_flights) = (select count(*) from flights.delayed_enriched) from marts.airports")).toEqual([[3_000_000, true]]);

    const made = await millrace.post("/api/v1/backfills", { dag: "flights-daily", from: "2001-03-01", to: "2001-04-01", reprocess: "completed" });
    expect(made.status, await made.text()).toBe(200);
    await until(async () => (await millrace.status()).idle);
    const again = (await runs()).filter(({ clears }) => clears === 1);
    // Six in the morning in New York, where the clocks go forward on 1 April.
    expect(again.map(({ interval }) => interval.start).sort()).toEqual(Array.from({ length: 31 }, (_, day) => new Date(Date.UTC(2001, 2, day + 1, 11)).toISOString()));
    expect(new Set(again.map(({ state }) => state))).toEqual(new Set(["success"]));
    expect(await differencesFromDuckdb(data, ["daily_routes"])).toEqual({ daily_routes: { missing: 0, extra: 0 } });
  } finally {
    await millrace.stop();
  }
});

/** What the DAG's letter says of a day, by plain DuckDB. */
async function letterOf(day: string, end: string): Promise<string> {
  const db = await expectedFlights();
  try {
    const ofDay = `from expected.daily_routes where interval_start = '${day}'`;
    const [[origin, destination, worst]] = (await db.runAndReadAll(`select origin, destination, worst_delay ${ofDay} order by worst_delay desc, origin, destination limit 1`)).getRowsJson();
    const [[routes]] = (await db.runAndReadAll(`select count(*)::integer ${ofDay}`)).getRowsJson();
    return `${routes} routes were flown in the day before ${end}; the worst delay was ${worst} minutes, from ${origin} to ${destination}`;
  } finally {
    db.closeSync();
  }
}

/** DuckDB writes 64-bit numbers as strings and timestamps with an offset. */
function asPrinted(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (/^-?\d+$/.test(value)) return Number(value);
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(value) ? `${value.slice(0, 19).replace(" ", "T")}Z` : value;
}

function run(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", "src/cli/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (stderr += String(chunk)));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}
