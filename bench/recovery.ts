import { join } from "node:path";
import type { LogDriver } from "../src/log/driver.ts";
import type { Millrace } from "../src/supervisor/up.ts";
import { bareStartSeconds } from "./harness/bare-node.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { ContentHash } from "./harness/content-hash.ts";
import { orderBatch } from "./harness/order-batches.ts";
import { descendants } from "./harness/process-table.ts";
import { median, rounded, spread } from "./harness/statistics.ts";
import { hashTopics, topicEnd } from "./harness/topic-records.ts";
import { waitUntil } from "./harness/wait-until.ts";

const group = "branch";
const input = "orders";
const outputs = ["orders.large", "orders.small"];

export const recovery: Benchmark = {
  name: "recovery",
  what: "kill -9 of a stage, and of the log service, under load, until the stage's next epoch is on disk; nothing lost, nothing doubled",
  reach: "< 2 s",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const kills = small ? 1 : 10;
    const millrace = await upProject("passthrough", join(folder, "data"));
    try {
      const load = startLoad(millrace.control.log);
      await nextEpoch(millrace.control.log);
      const ofStage = await killTimes(kills, () => killStage(millrace), say, "the stage");
      const ofLog = await killTimes(small ? 1 : 5, () => killLog(millrace), say, "the log service");
      const sent = await load.stop();
      const hash = await everythingOut(millrace.control.log, sent);
      const bare = median(await Promise.all([await bareStartSeconds(), await bareStartSeconds(), await bareStartSeconds()]));
      const all = [...ofStage, ...ofLog];
      return { value: Math.max(...all), unit: "s", baseline: "start of an empty Node process", baselineValue: bare, spread: spread(all), hash, extra: { stageMedian: rounded(median(ofStage)), logMedian: rounded(median(ofLog)) } };
    } finally {
      await millrace.close();
    }
  },
};

async function killTimes(kills: number, kill: () => Promise<number>, say: (line: string) => void, whom: string): Promise<number[]> {
  const seconds: number[] = [];
  for (let n = 0; n < kills; n++) seconds.push(await kill());
  say(`kill -9 of ${whom}: ${seconds.map((each) => rounded(each)).join(", ")} s`);
  return seconds;
}

async function killStage({ control }: Millrace): Promise<number> {
  const pid = await waitUntil("the stage's process", async () => (await control.status()).stages.find(({ name }) => name === group)?.instances[0]?.pid);
  return timeKill(control.log, pid);
}

async function killLog({ control }: Millrace): Promise<number> {
  const service = descendants(process.pid).find(({ command }) => /log[/\\]embedded[/\\]main\.[jt]s/.test(command));
  if (!service) throw new Error("the log service's process was not found");
  return timeKill(control.log, service.pid);
}

/**
 * Seconds from the kill to the first epoch that cannot have been on its way before it: one that has read a record which
 * was written after the kill.
 */
async function timeKill(log: LogDriver, pid: number): Promise<number> {
  const startMs = performance.now();
  process.kill(pid, "SIGKILL");
  await waitUntil(`process ${pid} to be gone`, () => (isAlive(pid) ? undefined : true), 1);
  await nextEpoch(log);
  return (performance.now() - startMs) / 1000;
}

function isAlive(pid: number): boolean {
  return descendants(process.pid).some((each) => each.pid === pid);
}

async function nextEpoch(log: LogDriver): Promise<void> {
  const end = await topicEnd(log, input);
  await waitUntil("the next epoch", async () => ((await positionOf(log)) > end ? true : undefined), 5);
}

async function positionOf(log: LogDriver): Promise<number> {
  return (await log.positions(group)).find(({ topic }) => topic === input)?.offset ?? 0;
}

/** Some 20,000 records a second, until it is stopped; a log that is away only makes it wait. */
function startLoad(log: LogDriver): { stop: () => Promise<ContentHash> } {
  const sent = new ContentHash();
  let stopping = false;
  const run = async (): Promise<void> => {
    while (!stopping) {
      const batch = orderBatch(sent.count, 200);
      await log.append({ producer: "bench", outputs: [{ topic: input, partition: 0, batch }] });
      sent.add(batch);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = run();
  running.catch(() => undefined); // Seen by whoever stops it.
  return {
    stop: async () => {
      stopping = true;
      await running;
      return sent;
    },
  };
}

/** @throws when what came out is not what was sent */
async function everythingOut(log: LogDriver, sent: ContentHash): Promise<string> {
  const end = await topicEnd(log, input);
  await waitUntil("the stage to read everything", async () => ((await positionOf(log)) >= end ? true : undefined));
  const out = await hashTopics(log, outputs);
  if (out !== sent.text) throw new Error(`sent ${sent.text}, came out ${out}`);
  return "sent = came out";
}
