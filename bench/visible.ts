import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { MillraceProcess } from "../test/support/millrace-process.ts";
import { bareStartSeconds } from "./harness/bare-node.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { spread } from "./harness/statistics.ts";
import { waitUntil } from "./harness/wait-until.ts";

const root = join(import.meta.dirname, "..");
const example = join(root, "examples", "flights");
/** Behind the last flight of the data, so that these are found among three million. */
const day = "2001-08-01";

export const visible: Benchmark = {
  name: "visible",
  what: "one flight by POST until `millrace sql` finds it in the table flights.clean, the start of the command in it; the slowest",
  reach: "< 3 s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const data = join(folder, "data");
    const millrace = await MillraceProcess.start(example, data, { dags: false });
    try {
      if (!small) await waitUntil("all flights to be in the tables", async () => ((await millrace.status()).idle ? true : undefined));
      const seconds: number[] = [];
      for (let n = 1; n <= (small ? 1 : 20); n++) {
        const startMs = performance.now();
        const answer = await millrace.post("/ingest/flights-intake", { date: `${day}T10:00:00Z`, delay: n, distance: 500, origin: "ORD", destination: "DFW" });
        if (!answer.ok) throw new Error(await answer.text());
        await waitUntil(`flight ${n} to be found`, () => (flightsOfDay(data) === n ? true : undefined));
        seconds.push((performance.now() - startMs) / 1000);
      }
      say(`seconds: ${seconds.map((each) => each.toFixed(2)).join(", ")}`);
      return { value: Math.max(...seconds), unit: "s", baseline: "start of an empty Node process", baselineValue: await bareStartSeconds(), spread: spread(seconds), hash: `${seconds.length} flights` };
    } finally {
      await millrace.stop();
    }
  },
};

function flightsOfDay(data: string): number {
  const command = [join(root, "src", "cli", "main.ts"), "sql", "--project", example, "--data", data, "--json", `select count(*)::int as n from flights.clean where date >= '${day}'`];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", ...command], { encoding: "utf8", timeout: 120_000 });
  if (status !== 0) throw new Error(`millrace sql ended with ${status}: ${stderr}`, { cause: error });
  return (JSON.parse(stdout) as { rows: { n: number }[] }).rows[0].n;
}
