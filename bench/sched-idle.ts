import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { withBareProcesses } from "./harness/bare-node.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { manyDags } from "./harness/many-dags.ts";
import { descendants, memoryOf } from "./harness/process-table.ts";
import { rounded } from "./harness/statistics.ts";
import { type Form, isBuilt, upInProcess } from "./harness/up-process.ts";

const mb = 1e6;
const tasks = '  const one = task("one", () => null);\n  const two = task("two", () => null, { after: [one] });\n  task("three", () => null, { after: [two] });';

export const schedIdle: Benchmark = {
  name: "sched.idle",
  what: "memory of the control plane's process with 1,000 scheduled DAGs of which none is due, and its share of a core (cpuPercent); the log service and the warm worker beside it (besideMB)",
  reach: "<= 200 MB, <= 1 % of a core",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const count = small ? 10 : 1_000;
    const form: Form = !small && isBuilt() ? "built" : "source";
    if (!small && form === "source") say("there is no build: `npm run build` first to measure what users run");
    const project = manyDags({ count, options: (n) => `{ schedule: "${n % 60} 3 1 1 *", catchup: "none" }`, tasks });
    try {
      const up = await upInProcess(project.folder, join(folder, "data"), form, false);
      try {
        await wait(small ? 0 : 15_000);
        const cpuPercent = await shareOfCore(up.pid, small ? 100 : 30_000);
        const own = memoryOf(up.pid);
        const beside = descendants(up.pid).map(({ pid }) => memoryOf(pid).residentBytes / mb);
        const bare = await withBareProcesses(1, ([pid]) => memoryOf(pid).residentBytes);
        say(`${form}: ${rounded(own.residentBytes / mb)} MB, ${rounded((own.proportionalBytes ?? own.residentBytes) / mb)} MB with shared pages divided, ${rounded(cpuPercent)} % of a core; beside it ${beside.map(rounded).join(", ")} MB`);
        return {
          ...{ value: own.residentBytes / mb, unit: "MB", baseline: "an empty Node process", baselineValue: bare / mb, spread: 0, hash: `${count} DAGs` },
          extra: { sharedPagesDividedMB: rounded((own.proportionalBytes ?? own.residentBytes) / mb), cpuPercent: rounded(cpuPercent), besideMB: rounded(beside.reduce((all, each) => all + each, 0)), form },
        };
      } finally {
        await up.close();
      }
    } finally {
      project.remove();
    }
  },
};

/** Percent of one core that a process has used over a while. */
async function shareOfCore(pid: number, forMs: number): Promise<number> {
  const used = (): number => descendants(process.pid).find((each) => each.pid === pid)?.cpuSeconds ?? 0;
  const before = used();
  const startMs = performance.now();
  await wait(forMs);
  return ((used() - before) / (performance.now() - startMs)) * 100_000;
}
