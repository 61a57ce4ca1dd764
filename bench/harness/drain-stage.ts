import { join } from "node:path";
import type { Millrace } from "../../src/supervisor/up.ts";
import { upProject } from "./bench-project.ts";
import { cpuSecondsBelow } from "./process-table.ts";
import { fillWithOrders, hashTopics, topicEnd } from "./topic-records.ts";
import { waitUntil } from "./wait-until.ts";

export interface DrainWork {
  /** Folder of the project under `projects/`; its stage reads the topic `orders`. */
  project: string;
  stage: string;
  outputs: string[];
  records: number;
  /** Share of the records that is read before the measuring begins, when the code is compiled; 0: the process's start counts too. */
  warmShare: number;
}

export interface Drained {
  /** Records read each second of processor time that the stage's process and the log service used together. */
  perCore: number;
  /** Records read each second of the clock. */
  perSecond: number;
  inputHash: string;
  outputHash: string;
}

const input = "orders";

/**
 * Lets a stage, as a process, work off a topic that was filled before it started; everything it writes is on disk. The
 * processor time is that of the log service and the stage; this process, which only looks on, does not count.
 */
export async function drainStage(work: DrainWork, folder: string): Promise<Drained> {
  const millrace = await upProject(work.project, join(folder, "data"));
  try {
    const { control } = millrace;
    await control.pause(work.stage, "filled first");
    const inputHash = await fillWithOrders(control.log, input, work.records);
    const rates = await measure(millrace, work);
    return { ...rates, inputHash, outputHash: await hashTopics(control.log, work.outputs) };
  } finally {
    await millrace.close();
  }
}

async function measure({ control }: Millrace, { stage, warmShare }: DrainWork): Promise<{ perCore: number; perSecond: number }> {
  const end = await topicEnd(control.log, input);
  const sample = async (): Promise<Sample> => {
    const positions = await control.log.positions(stage);
    return { offset: positions.find(({ topic }) => topic === input)?.offset ?? 0, cpuSeconds: cpuSecondsBelow(process.pid), atMs: performance.now() };
  };
  const reach = (offset: number) => waitUntil(`stage "${stage}" to reach ${offset} of ${end}`, async () => {
    const now = await sample();
    return now.offset >= offset ? now : undefined;
  });
  const cold = await sample();
  await control.resume(stage);
  const from = warmShare > 0 ? await reach(Math.floor(end * warmShare)) : cold;
  const to = await reach(end);
  const records = to.offset - from.offset;
  return { perCore: records / (to.cpuSeconds - from.cpuSeconds), perSecond: records / ((to.atMs - from.atMs) / 1000) };
}

interface Sample {
  offset: number;
  cpuSeconds: number;
  atMs: number;
}
