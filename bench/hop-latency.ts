import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LogDriver } from "../src/log/driver.ts";
import type { Millrace } from "../src/supervisor/up.ts";
import { upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { machineMs } from "./harness/clock.ts";
import { ContentHash } from "./harness/content-hash.ts";
import { fsyncSeconds } from "./harness/fsync-time.ts";
import type { PostLoad } from "./harness/post-load.ts";
import { quantile, rounded, spread } from "./harness/statistics.ts";
import { waitUntil } from "./harness/wait-until.ts";

const perSecond = 1_000;
/** What the first stage writes, and what the second does. */
const branched = "pings.checked";
const last = "pings.done";

export const hopLatency: Benchmark = {
  name: "hop.latency",
  what: "POST, two stages, and out of the third topic, at 1,000 records a second in an open loop; every hop on disk",
  reach: "p50 < 5 ms, p99 < 20 ms",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const seconds = small ? 1 : 20;
    const warmSeconds = small ? 0 : 5;
    const millrace = await upProject("latency", join(folder, "data"));
    try {
      await waitUntil("the stages to run", async () => ((await millrace.control.status()).stages.every(({ state }) => state === "running") ? true : undefined));
      if (warmSeconds > 0) await measure(millrace, last, warmSeconds * perSecond);
      const { latencies, hash } = await measure(millrace, last, seconds * perSecond);
      // After the whole way, never before: what has passed the first stage would still be on its way when the next is counted.
      const first = await measure(millrace, branched, (seconds / 2) * perSecond);
      const of = (q: number, some = latencies): number => quantile(some, q) / 1000;
      const parts = Array.from({ length: 5 }, (_, i) => of(0.99, latencies.slice((i * latencies.length) / 5, ((i + 1) * latencies.length) / 5)));
      const fsync = fsyncSeconds(folder);
      say(`p50 ${rounded(of(0.5) * 1000)} ms, p99 ${rounded(of(0.99) * 1000)} ms, highest ${rounded(of(1) * 1000)} ms; a bare fdatasync ${rounded(fsync * 1000)} ms`);
      return { value: of(0.99), unit: "s", baseline: "one small write + fdatasync, median", baselineValue: fsync, spread: spread(parts), hash, extra: { p50: rounded(of(0.5)), max: rounded(of(1)), firstStageP50: rounded(of(0.5, first.latencies)), firstStageP99: rounded(of(0.99, first.latencies)) } };
    } finally {
      await millrace.close();
    }
  },
};

/** Latencies in milliseconds, in the order of arrival. */
async function measure({ url, token, control }: Millrace, topic: string, posts: number): Promise<{ latencies: number[]; hash: string }> {
  const from = (await control.log.topic(topic)).partitionInfo[0].end;
  const watching = watch(control.log, topic, from, posts);
  const load: PostLoad = { url: `${url}/ingest/pings-intake`, token, perSecond, posts };
  const poster = fork(join(import.meta.dirname, "harness", "post-load.ts"), [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  poster.send(load);
  const [code] = (await once(poster, "exit")) as [number];
  if (code !== 0) throw new Error("not every post was taken");
  return watching;
}

async function watch(log: LogDriver, topic: string, from: number, posts: number): Promise<{ latencies: number[]; hash: string }> {
  const latencies: number[] = [];
  const hash = new ContentHash();
  for (let offset = from; latencies.length < posts; ) {
    const { entries } = await log.fetch({ partitions: [{ topic, partition: 0, offset }], bytesMax: 1024 * 1024, waitMs: 10_000 });
    const nowMs = machineMs();
    for (const { batch, next } of entries) {
      offset = next;
      const sent = batch?.columns.find(({ name }) => name === "sent")?.vector;
      if (!batch || sent?.kind !== "f64") continue;
      for (let i = 0; i < batch.count; i++) latencies.push(nowMs - sent.values[i]);
      hash.add({ ...batch, columns: batch.columns.filter(({ name }) => name !== "sent") });
    }
  }
  return { latencies, hash: hash.text };
}
