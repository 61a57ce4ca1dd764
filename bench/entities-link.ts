import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { icebergTypeOf } from "../src/lake/duckdb-type.ts";
import { sqlText } from "../src/lake/duckdb.ts";
import { sql } from "../src/model/sql-tag.ts";
import type { QueryRequest, TableSource } from "../src/sql/query-request.ts";
import { type Datasets, resolveDatasets } from "../src/sql/resolve-datasets.ts";
import { resultFileName } from "../src/sql/result-file.ts";
import { SqlRunner } from "../src/sql/sql-runner.ts";
import { dedupe } from "../src/wrangle/entities/linking.ts";
import { people, peopleColumns } from "../src/wrangle/entities/people-for-tests.ts";
import { reshapingCall } from "../src/model/nested.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const runs = 3;
const rowsFull = 100_000;
const chancePairs = 1_000_000;
/** Addresses of mail hardly ever are of two people, and about half of the doubles have the same. */
const prior = { certain: ["email"], recall: 0.5 };

/** Names, a date, a city, an address of mail: what registers of people have. Rules that Splink can be given word for word. */
const peopleRules = {
  key: "id",
  block: [["surname", "given"], "born", "email", [{ first: 4, of: "surname" }, { first: 3, of: "city" }, { year: "born" }]],
  compare: [
    { column: "given", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
    { column: "surname", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
    { column: "born", levels: ["exact", { days: 1 }, { days: 365 }] },
    { column: "city", levels: ["exact", { damerau: 1 }] },
    { column: "email", levels: ["exact", { damerau: 2 }, { jaroWinkler: 0.88 }] },
  ],
} as const;

interface Splink {
  seconds: Record<"train" | "score" | "cluster" | "all", number>;
  true: number;
  quality: { threshold: number; pairs: number; right: number }[];
}

const threshold = 0.5;

export const entitiesLink: Benchmark = {
  name: "entities.link",
  what: "rows of people with typing errors: a model trained, pairs scored and written, clusters made, by statements through the gate",
  reach: "<= 1.5 x the time of Splink with DuckDB on 100,000 rows, at equal F1",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const data = join(folder, "people.parquet");
    const count = small ? 2_000 : rowsFull;
    await writePeople(count, folder, data);
    const ours: Linked[] = [];
    const theirs: Splink[] = [];
    for (let run = 1; run <= (small ? 1 : runs); run++) {
      const both = [async () => void ours.push(await linkPeople(data, join(folder, `run-${run}`))), async () => void theirs.push(linkWithSplink(data))];
      for (const one of run % 2 === 0 ? both : both.reverse()) await one();
      say(`run ${run}: ${rounded(ours.at(-1)?.seconds.all as number)} s (training ${rounded(ours.at(-1)?.seconds.train as number)} s); Splink ${rounded(theirs.at(-1)?.seconds.all as number)} s (training ${rounded(theirs.at(-1)?.seconds.train as number)} s)`);
    }
    const [seconds, baselines] = [ours.map((each) => each.seconds.all), theirs.map((each) => each.seconds.all)];
    const [{ pairs, right, clusters }] = ours;
    const splink = theirs[0].quality.find((each) => each.threshold === threshold) as Splink["quality"][0];
    return {
      ...{ value: median(seconds), unit: "s", baseline: "Splink with DuckDB, two threads", baselineValue: median(baselines), spread: spread(seconds) },
      hash: `${count} rows`,
      extra: { f1: rounded(f1(pairs, right, theirs[0].true)), splinkF1: rounded(f1(splink.pairs, splink.right, theirs[0].true)), pairs, clusters, trainSeconds: rounded(median(ours.map((each) => each.seconds.train))), splinkTrainSeconds: rounded(median(theirs.map((each) => each.seconds.train))) },
    };
  },
};

/** The harmonic mean of precision and recall. */
const f1 = (pairs: number, right: number, all: number): number => (2 * right) / (pairs + all);

async function writePeople(count: number, folder: string, path: string): Promise<void> {
  const json = join(folder, "people.json");
  await writeFile(json, people(count).map((row) => JSON.stringify(row)).join("\n"));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const typed = Object.entries(peopleColumns).map(([name, type]) => `${name}: '${type}'`);
  await connection.run(`copy (from read_json(${sqlText(json)}, columns = {${typed.join(", ")}})) to ${sqlText(path)} (format parquet)`);
  connection.closeSync();
  instance.closeSync();
}

interface Linked {
  seconds: { train: number; all: number };
  pairs: number;
  right: number;
  clusters: number;
}

/** As a project does it: training by its statements, then a table of pairs, then one of clusters. */
async function linkPeople(data: string, folder: string): Promise<Linked> {
  const columns = Object.entries(peopleColumns).map(([name, type]) => ({ name, type: icebergTypeOf(type) }));
  const tables: Record<string, TableSource> = { "crm.people": { kind: "table", columns, files: [{ path: data }] } };
  const datasets: Datasets = { tables: async () => Object.keys(tables), topics: async () => [], openTable: async (name) => tables[name], openTopic: () => Promise.reject(new Error("there are no topics")) };
  const runner = new SqlRunner({ statementsPerProcess: 100 });
  const request = (statement: { text: string }): QueryRequest => ({ sql: statement.text, resolve: (references) => resolveDatasets(references, datasets), limits: { rowsMax: 1_000_000, timeoutMs: 600_000 } });
  const run = async (statement: { text: string }): Promise<Record<string, unknown>[]> => {
    const { rows, columns: named } = await runner.run(request(statement));
    return rows.map((row) => Object.fromEntries(row.map((value, i) => [named[i].name, value])));
  };
  try {
    const startMs = performance.now();
    const found = dedupe(sql`select * exclude (entity) from crm.people`, peopleRules);
    const { model } = await found.train(run, { chancePairs, prior });
    const trainedMs = performance.now();
    const kept = await runner.store(request(sql`select * from ${found.pairs(model, { probability: threshold })}`), folder);
    tables["crm.pairs"] = { kind: "table", columns: kept.columns.map(({ name, type }) => ({ name, type: icebergTypeOf(type) })), files: [{ path: join(folder, resultFileName) }] };
    const [{ clusters }] = await run(sql`select count(distinct cluster)::int as clusters from ${reshapingCall("entity_clusters", sql`select * from crm.pairs`, [["id"]], { probability: 0.95 })}`);
    const endMs = performance.now();
    const [{ pairs, right }] = await run(sql`select count(*)::int as pairs, count_if(l.entity = r.entity)::int as right from crm.pairs join crm.people as l on l.id = id_l join crm.people as r on r.id = id_r`);
    return { seconds: { train: (trainedMs - startMs) / 1_000, all: (endMs - startMs) / 1_000 }, pairs: Number(pairs), right: Number(right), clusters: Number(clusters) };
  } finally {
    await runner.close();
  }
}

/** MILLRACE_SPLINK_PYTHON names a Python that has Splink. */
function linkWithSplink(data: string): Splink {
  const script = fileURLToPath(new URL("harness/link-with-splink.py", import.meta.url));
  const asked = { data, threads: 2, ...prior, chancePairs, rules: peopleRules };
  const said = execFileSync(process.env.MILLRACE_SPLINK_PYTHON ?? "python3", [script], { encoding: "utf8", input: JSON.stringify(asked), stdio: ["pipe", "pipe", "ignore"] });
  return JSON.parse(said.trim().split("\n").at(-1) as string) as Splink;
}
