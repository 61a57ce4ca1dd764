import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startKafka } from "../scripts/engines/kafka.ts";
import { temporaryProject } from "../test/support/temporary-project.ts";
import { projectFolder } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { cpuSecondsOf } from "./harness/process-table.ts";
import { rounded } from "./harness/statistics.ts";
import { type Form, isBuilt, upInProcess } from "./harness/up-process.ts";

const stages = 10;
const settleMs = 15_000;
const watchedMs = 60_000;

export const kafkaIdle: Benchmark = {
  name: "kafka.idle",
  what: `percent of a core that each of ${stages} stages with nothing to do takes, each a process, with the log on Kafka; and the control plane beside them (planePercent)`,
  reach: "<= 1 % of a core",
  needs: "MILLRACE_KAFKA",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const form: Form = !small && isBuilt() ? "built" : "source";
    const kafka = await startKafka();
    try {
      const embedded = await watched({ form, small, data: join(folder, "embedded"), profile: "{}" });
      const onKafka = await watched({ form, small, data: join(folder, "kafka"), profile: `{ log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)} }) }` });
      say(`${form}: a stage on Kafka ${rounded(onKafka.stage)} % of a core, the control plane ${rounded(onKafka.plane)} %; on the embedded log ${rounded(embedded.stage)} and ${rounded(embedded.plane)} %`);
      return {
        ...{ value: onKafka.stage, unit: "% of a core", baseline: "a stage on the embedded log", baselineValue: embedded.stage, spread: 0, hash: `${stages} stages` },
        extra: { planePercent: rounded(onKafka.plane), planePercentEmbedded: rounded(embedded.plane), form },
      };
    } finally {
      await kafka.stop();
    }
  },
};

/** Brings the ten stages up and looks at them while nothing happens. A small run counts what their start took too, as little else is there. */
async function watched({ form, small, data, profile }: { form: Form; small: boolean; data: string; profile: string }): Promise<{ stage: number; plane: number }> {
  const project = temporaryProject({
    "pipeline.ts": `export * from ${JSON.stringify(join(projectFolder("idle"), "pipeline.ts"))};\n`,
    "millrace.config.ts": `import { defineProject, kafkaLog } from "millrace";\nvoid kafkaLog;\nexport default defineProject({ name: "bench-idle", profile: ${profile} });\n`,
  });
  try {
    const up = await upInProcess(project.folder, data, form, false);
    try {
      const spent = (): number => up.stages.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
      await wait(small ? 0 : settleMs);
      const before = small ? { stages: 0, plane: 0 } : { stages: spent(), plane: cpuSecondsOf(up.pid) };
      const beganMs = performance.now();
      await wait(small ? 100 : watchedMs);
      const percent = (seconds: number): number => (seconds / (performance.now() - beganMs)) * 100_000;
      return { stage: percent(spent() - before.stages) / stages, plane: percent(cpuSecondsOf(up.pid) - before.plane) };
    } finally {
      await up.close();
    }
  } finally {
    project.remove();
  }
}
