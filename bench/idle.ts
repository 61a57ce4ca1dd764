import { join } from "node:path";
import { withBareProcesses } from "./harness/bare-node.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { descendants, memoryOf } from "./harness/process-table.ts";
import { rounded } from "./harness/statistics.ts";
import { type Form, isBuilt, upInProcess } from "./harness/up-process.ts";

const stages = 10;
const mb = 1e6;

export const idle: Benchmark = {
  name: "idle",
  what: `memory of ${stages} idle stages, each a process, with the pages that they share counted in each (once: sharedPagesOnceMB); and in one process together with everything else (inProcessMB)`,
  reach: "< 600 MB as processes, < 120 MB in-process",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    // Small runs stand in the ordinary tests, which need no build.
    const forms: Form[] = small ? ["source"] : isBuilt() ? ["source", "built"] : ["source"];
    if (!small && !isBuilt()) say("there is no build: `npm run build` first to measure what users run");
    let measured = { processes: 0, shared: 0, services: 0, inProcess: 0 };
    for (const form of forms) {
      measured = { ...(await asProcesses(folder, form, small, say)), inProcess: await inOneProcess(folder, form, small, say) };
    }
    const bare = await withBareProcesses(stages, sumOf);
    const { processes, shared, services, inProcess } = measured;
    return {
      value: processes / mb,
      unit: "MB",
      baseline: `${stages} empty Node processes`,
      baselineValue: bare.residentBytes / mb,
      spread: 0,
      hash: `${stages} stages`,
      extra: { inProcessMB: rounded(inProcess / mb), sharedPagesOnceMB: rounded(shared / mb), servicesMB: rounded(services / mb), form: forms.at(-1) as string },
    };
  },
};

async function asProcesses(folder: string, form: Form, small: boolean, say: (line: string) => void): Promise<{ processes: number; shared: number; services: number }> {
  const up = await upInProcess("idle", join(folder, `processes-${form}`), form, false);
  try {
    await settle(small);
    const ofStages = sumOf(up.stages);
    const ofServices = sumOf([up.pid, ...descendants(up.pid).map(({ pid }) => pid).filter((pid) => !up.stages.includes(pid))]);
    if (up.stages.length !== stages) throw new Error(`${up.stages.length} stages came up`);
    say(`${form}, as processes: ${shown(ofStages)}; log service and control plane beside them: ${shown(ofServices)}`);
    return { processes: ofStages.residentBytes, shared: ofStages.proportionalBytes ?? ofStages.residentBytes, services: ofServices.residentBytes };
  } finally {
    await up.close();
  }
}

async function inOneProcess(folder: string, form: Form, small: boolean, say: (line: string) => void): Promise<number> {
  const up = await upInProcess("idle", join(folder, `together-${form}`), form, true);
  try {
    await settle(small);
    const together = sumOf([up.pid]);
    say(`${form}, in-process: ${shown(together)}`);
    return together.residentBytes;
  } finally {
    await up.close();
  }
}

/** What was needed to start is given back by and by. */
const settle = (small: boolean): Promise<void> => new Promise((resolve) => setTimeout(resolve, small ? 0 : 10_000));

interface Sum {
  residentBytes: number;
  proportionalBytes: number | undefined;
}

function sumOf(pids: number[]): Sum {
  return pids.map(memoryOf).reduce<Sum>(
    (sum, { residentBytes, proportionalBytes }) => ({
      residentBytes: sum.residentBytes + residentBytes,
      proportionalBytes: sum.proportionalBytes === undefined || proportionalBytes === undefined ? undefined : sum.proportionalBytes + proportionalBytes,
    }),
    { residentBytes: 0, proportionalBytes: 0 },
  );
}

function shown({ residentBytes, proportionalBytes }: Sum): string {
  return `${Math.round(residentBytes / mb)} MB${proportionalBytes === undefined ? "" : ` (${Math.round(proportionalBytes / mb)} MB with shared pages divided)`}`;
}
