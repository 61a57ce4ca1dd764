import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import config from "../examples/flights/millrace.config.ts";
import { expectedFlights } from "./support/flights-in-duckdb.ts";

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

test("every figure of the summary is what plain DuckDB gives", { timeout: 240_000 }, async () => {
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
