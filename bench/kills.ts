import { join } from "node:path";
import type { TableStatus } from "../src/server/control-plane.ts";
import { differencesFromDuckdb, streamed } from "../test/support/flights-in-duckdb.ts";
import { type Kill, type KilledRunOptions, killedRun } from "../test/support/killed-run.ts";
import type { MillraceProcess } from "../test/support/millrace-process.ts";
import { bareStartSeconds } from "./harness/bare-node.ts";
import { projectFolder } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const example = join(import.meta.dirname, "..", "examples", "flights");

export const kills: Benchmark = {
  name: "kills",
  what: "the flights with kill -9 at random instants, of stages, of the log service, of everything: until the victim is back; no flight lost, none twice",
  reach: "stage back < 2 s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const data = join(folder, "data");
    const onKill = ({ whom, backAfterMs }: Kill): void => say(`${whom}: ${backAfterMs === undefined ? "had ended" : `back after ${(backAfterMs / 1000).toFixed(2)} s`}`);
    const { killed, tables } = await killAndStop({ project: small ? example : projectFolder("flights-paced"), data, kills: small ? 5 : 100, onKill });
    const differences = Object.values(await differencesFromDuckdb(data, streamed));
    if (differences.some(({ missing, extra }) => missing + extra > 0)) throw new Error(`the tables differ from DuckDB's: ${JSON.stringify(differences)}`);
    const times = (of: (whom: string) => boolean): number[] => killed.flatMap(({ whom, backAfterMs }) => (backAfterMs !== undefined && of(whom) ? [backAfterMs / 1000] : []));
    const stages = times((whom) => whom !== "log" && whom !== "everything");
    const worst = (whom: string): number => rounded(Math.max(...times((other) => other === whom)));
    return {
      value: Math.max(...stages),
      unit: "s",
      baseline: "start of an empty Node process",
      baselineValue: await bareStartSeconds(),
      spread: spread(stages),
      hash: tables.map(({ name, rows }) => `${name} ${rows}`).join(", "),
      extra: { kills: killed.length, stageMedian: rounded(median(stages)), logWorst: worst("log"), everythingWorst: worst("everything") },
    };
  },
};

async function killAndStop(options: Omit<KilledRunOptions, "onStart" | "dags">): Promise<{ killed: Kill[]; tables: TableStatus[] }> {
  const started: MillraceProcess[] = [];
  try {
    const { millrace, killed } = await killedRun({ ...options, dags: false, onStart: (each) => void started.push(each) });
    return { killed, tables: (await millrace.status()).tables };
  } finally {
    // Those before the last have been killed.
    await started.at(-1)?.stop();
  }
}
