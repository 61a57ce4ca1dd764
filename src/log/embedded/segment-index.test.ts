import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import type { Output } from "../driver.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { LogCore } from "./log-core.ts";
import type { LogIndex } from "./log-index.ts";
import { directPort } from "./port.ts";
import { LogService } from "./service.ts";

const grant = { name: "test", reads: [], writes: [], admin: true };

function output(topic: string, partition: number, n: number, watermark?: number): Output {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }], where: "test" });
  builder.append({ n }, n);
  return { topic, partition, batch: builder.finish(), mark: watermark === undefined ? undefined : { lane: `s/${partition}`, watermark, status: n % 2 === 0 ? "active" : "idle" } };
}

const everything = ({ topics, groups, writers, weights, newestAppend }: LogIndex): unknown => structuredClone({ topics, groups, writers, weights, newestAppend });

test("a log opened by its segments' indexes knows what one opened by its frames does, and what it knew when it was closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mr-log-"));
  const service = new LogService({ folder, segmentBytes: 4_096 });
  const log = new EmbeddedLog(directPort(service, grant));
  try {
    for (const name of ["in", "out", "gone"]) await log.ensureTopic({ name, partitions: 2 });
    let assigned = 0;
    const member = await log.join({ group: "g", member: "m", topics: ["in"], onAssigned: (tasks) => void (assigned += tasks.length), onRevoked: async () => undefined, onLost: () => undefined });
    await expect.poll(() => assigned).toBe(2);
    for (let n = 0; n < 60; n++) {
      await log.append({ producer: "p", outputs: [output("in", n % 2, n), output("gone", 0, n)] });
      await member.commit({
        tasks: [n % 2],
        positions: [{ topic: "in", partition: n % 2, offset: Math.floor(n / 2) + 1, metadata: { n } }],
        outputs: [output("out", n % 2, n, n < 10 ? Number.NEGATIVE_INFINITY : n), { topic: "out", partition: 0, mark: { lane: "s/9", watermark: n, status: "end" } }],
        state: [{ task: n % 2, kind: n % 10 < 2 ? "snapshot" : "delta", bytes: new Uint8Array(n + 1) }],
      });
      if (n === 30) await service.core.trim([["in", 0, 9]]);
      if (n === 40) await log.deleteTopic("gone").then(() => log.ensureTopic({ name: "gone", partitions: 1 }));
    }
    const before = everything(service.core.index);
    await log.close();
    await service.close();
    const indexes = readdirSync(folder).filter((name) => name.endsWith(".idx"));
    expect(indexes.length).toBeGreaterThan(5);
    const byIndex = new LogCore({ folder, segmentBytes: 4_096 });
    expect(everything(byIndex.index)).toEqual(before);
    await byIndex.close();
    for (const name of indexes) rmSync(join(folder, name));
    const byFrames = new LogCore({ folder, segmentBytes: 4_096 });
    expect(everything(byFrames.index)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith(".idx"))).toEqual(indexes);
    await byFrames.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
