import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Millrace } from "../src/supervisor/up.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { built, models, sources, sourceSql, withReads, writeDbtProject, writeMillraceProject } from "./harness/models-project.ts";
import { seconds } from "./harness/seconds.ts";
import { median, rounded, spread } from "./harness/statistics.ts";
import { waitUntil } from "./harness/wait-until.ts";

const exec = promisify(execFile);
const repository = fileURLToPath(new URL("../", import.meta.url));
const rowsPerDay = 100_000;

const dayAt = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10);
const intervalOf = (n: number) => ({ start: `${dayAt(n)}T00:00:00Z`, end: `${dayAt(n + 1)}T00:00:00Z` });

/** One day more, upon days that are there: on a Millrace that is up, by a command that brings one up, and by dbt. */
export const modelsIncremental: Benchmark = {
  name: "models.incremental",
  what: `${models.length} models, ${built.length} of them built: one day of ${rowsPerDay.toLocaleString("en")} rows upon ten, asked of a Millrace that is up; coldS: by \`millrace run\`, which brings one up`,
  reach: "<= 0.2 x the time of `dbt run` with dbt-duckdb, which MILLRACE_DBT names",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const [history, runs, rows] = small ? [1, 1, 500] : [10, 5, rowsPerDay];
    const project = new TwoProjects(folder, rows / sources.length);
    const dbt = process.env.MILLRACE_DBT;
    for (let n = 0; n < history; n++) await project.addDay(n);
    const [warm, cold, theirs]: number[][] = [[], [], []];
    let next = history;
    const millrace = await project.up();
    try {
      for (let n = 0; n < history; n++) await runDay(millrace, n);
      say(`${history} days are there`);
      for (const last = next + runs; next < last; next++) {
        await project.addDay(next);
        warm.push(await runDay(millrace, next));
        say(`day ${next + 1}: ${rounded(warm.at(-1) as number)} s`);
      }
    } finally {
      await millrace.close();
    }
    for (const last = next + runs; next < last; next++) {
      await project.addDay(next);
      cold.push(await seconds(() => project.runCold(next)));
      say(`day ${next + 1}: ${rounded(cold.at(-1) as number)} s, with bringing up`);
    }
    // The engine alone stands in where there is no dbt: nothing is planned, looked at or kept for others.
    const other = dbt === undefined ? (n: number) => project.runBare(n) : (n: number) => project.runDbt(dbt, n);
    for (let n = 0; n < next; n++) {
      const took = await seconds(() => other(n));
      if (n >= history) theirs.push(took);
      if (n >= history) say(`day ${n + 1}: ${rounded(took)} s, by ${dbt === undefined ? "DuckDB alone" : "dbt"}`);
    }
    const hash = await project.compared();
    return {
      ...{ value: median(warm), unit: "s", baseline: dbt === undefined ? "the same statements in DuckDB, one after the other" : "dbt run, with dbt-duckdb", baselineValue: median(theirs) },
      ...{ spread: spread(warm), hash, extra: { coldS: rounded(median(cold)), coldRatio: rounded(median(cold) / median(theirs)) } },
    };
  },
};

/** Builds all models of a day. @returns seconds until their versions are there */
async function runDay({ control }: Millrace, n: number): Promise<number> {
  return seconds(async () => {
    const { id } = await control.dags.triggerDag("models", { interval: intervalOf(n) });
    const run = await waitUntil(`run ${id} to end`, async () => {
      const detail = await control.dags.run(id);
      return detail.endedAt === null ? undefined : detail;
    }, 25);
    if (run.state !== "success") throw new Error(`the run ended as ${run.state}: ${JSON.stringify(run.tasks.find(({ error }) => error)?.error)}`);
  });
}

/** The project in both forms, over the same files. */
class TwoProjects {
  readonly #raw: string;
  readonly #ours: string;
  readonly #theirs: string;
  readonly #database: string;
  readonly #rows: number;

  constructor(folder: string, rows: number) {
    [this.#raw, this.#ours, this.#theirs, this.#database] = ["raw", "ours", "theirs", "theirs.duckdb"].map((name) => join(folder, name));
    this.#rows = rows;
    for (const source of sources) mkdirSync(join(this.#raw, source), { recursive: true });
    writeMillraceProject(this.#ours, repository, this.#raw);
    writeDbtProject(this.#theirs, this.#database, this.#raw);
  }

  async addDay(n: number): Promise<void> {
    await inEngine(":memory:", async (connection) => {
      for (const [i, source] of sources.entries()) await connection.run(`copy (${sourceSql(i, dayAt(n), this.#rows)}) to '${join(this.#raw, source, `${dayAt(n)}.parquet`)}' (format parquet)`);
    });
  }

  up(): Promise<Millrace> {
    return upProject(this.#ours, join(this.#ours, ".millrace"), { stages: false, dags: "asked" });
  }

  async runCold(n: number): Promise<void> {
    const { start, end } = intervalOf(n);
    const main = join(repository, "src", "cli", "main.ts");
    await exec(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", main, "run", "main.*", "--interval-start", start, "--interval-end", end, "--project", this.#ours]);
  }

  async runDbt(dbt: string, n: number): Promise<void> {
    const env = { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false", DO_NOT_TRACK: "1" };
    await exec(dbt, ["run", "--quiet", "--project-dir", this.#theirs, "--profiles-dir", this.#theirs, "--vars", JSON.stringify(intervalOf(n))], { env });
  }

  /** The statements of the dbt project, filled in and run one after the other. */
  async runBare(n: number): Promise<void> {
    const { start, end } = intervalOf(n);
    await inEngine(this.#database, async (connection) => {
      for (const { name, kind, sql } of models) {
        const reads = { source: (source: string) => `read_parquet('${this.#raw}/${source}/*.parquet')`, model: (read: string) => read, ofDay: (read: string) => `(select * from ${read} where happened >= timestamptz '${start}' and happened < timestamptz '${end}')` };
        const select = `select ${kind === "day" ? `timestamptz '${start}' as day, ` : ""}* from (${withReads(sql, reads)})`;
        if (kind === "view" || kind === "table") await connection.run(`create or replace ${kind} ${name} as ${select}`);
        else {
          const key = kind === "day" ? "day" : "key";
          await connection.run(`create table if not exists ${name} as ${select} limit 0; create or replace temp table fresh as ${select}; delete from ${name} where ${key} in (select ${key} from fresh); insert into ${name} select * from fresh`);
        }
      }
    });
  }

  /** All models hold the same rows in both. @throws where one does not */
  async compared(): Promise<string> {
    const rowsSql = (name: string, columns: string[]): string => `select '${name}', count(*), cast(bit_xor(hash(concat_ws('|', ${columns.map((column) => `cast("${column}" as varchar)`).join(", ")}))) as varchar) from main.${name}`;
    const whole = await inEngine(this.#database, async (connection) => {
      const columns = await (await connection.run("select table_name, list(column_name order by column_name) from information_schema.columns group by all")).getRowsJson();
      return built.map(({ name }) => rowsSql(name, columns.find(([table]) => table === name)?.[1] as string[])).join(" union all ");
    });
    const sorted = (rows: unknown[][]): string[] => rows.map((row) => row.join(" ")).sort();
    const theirs = await inEngine(this.#database, async (connection) => sorted(await (await connection.run(whole)).getRowsJson()));
    const millrace = await this.up();
    try {
      const ours = sorted((await millrace.control.sql({ sql: whole, limit: 1_000, timeoutMs: 60_000 }, new AbortController().signal)).rows);
      const odd = ours.findIndex((row, i) => row !== theirs[i]);
      if (odd >= 0) throw new Error(`ours: ${ours[odd]}; theirs: ${theirs[odd]}`);
      return `${ours.length} tables the same`;
    } finally {
      await millrace.close();
    }
  }
}

async function inEngine<T>(path: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(path, { threads: "2" });
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
