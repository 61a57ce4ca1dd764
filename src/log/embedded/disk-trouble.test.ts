import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import { rowReader } from "../../batch/rows.ts";
import type { Epoch, LogDriver, Member, Output } from "../driver.ts";
import { Cleaner } from "./cleaner.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { directPort } from "./port.ts";
import { smallDisks } from "../../../test/support/small-disks.ts";
import { LogService } from "./service.ts";

const scratch = mkdtempSync(join(tmpdir(), "mr-disk-"));
const smallDisk = smallDisks();
afterAll(() => rmSync(scratch, { recursive: true }));

function output(n: number, bytes = 2_000): Output {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }, { name: "text", type: "string", nullable: false }], where: "test" });
  builder.append({ n, text: "x".repeat(bytes) }, n);
  return { topic: "t", partition: 0, batch: builder.finish() };
}

async function numbers(log: LogDriver): Promise<number[]> {
  const { start } = (await log.topic("t")).partitionInfo[0];
  const { entries } = await log.fetch({ partitions: [{ topic: "t", partition: 0, offset: start }], bytesMax: 1e9, waitMs: 0 });
  return entries.flatMap(({ batch }) => (batch ? Array.from({ length: batch.count }, (_, i) => rowReader(batch)(i).n as number) : []));
}

function open(folder: string, options: Partial<ConstructorParameters<typeof LogService>[0]> = {}): { service: LogService; log: EmbeddedLog } {
  const service = new LogService({ folder, returnMs: 5, ...options });
  return { service, log: new EmbeddedLog(directPort(service, { name: "test", reads: [], writes: [], admin: true })) };
}

async function memberOf(log: LogDriver): Promise<Member> {
  let member: Member | undefined;
  await new Promise<void>((resolve) => {
    void log.join({ group: "g", member: "m", topics: ["t"], onAssigned: () => resolve(), onRevoked: async () => undefined, onLost: () => undefined }).then((joined) => (member = joined));
  });
  return member as Member;
}

const free = (folder: string): number => statfsSync(folder).bavail * statfsSync(folder).bsize;

test("a full disk: a clear error, reading goes on, nothing is lost, and writing goes on when there is space", async (context) => {
  const disk = smallDisk();
  if (!disk) return context.skip("no file system of a size of our own");
  const folder = join(disk, "log");
  const { service, log } = open(folder, { segmentBytes: 200_000 });
  await log.ensureTopic({ name: "t", partitions: 1 });
  const member = await memberOf(log);
  const acknowledged: number[] = [];
  const append = (n: number): Promise<unknown> => log.append({ producer: "p", outputs: [output(n)] }).then(() => acknowledged.push(n));
  const epoch = (n: number): Epoch => ({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: n }], outputs: [output(n)] });
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 20; n++) await append(round * 1_000 + n);
    writeFileSync(join(disk, "ballast"), Buffer.alloc(free(disk) - 20_000 - round * 1_111));
    let refused: unknown;
    for (let n = 20; refused === undefined && n < 200; n++) await append(round * 1_000 + n).catch((error: unknown) => (refused = error));
    expect(refused).toMatchObject({ code: "MR-LOG-007", retryable: true });
    expect(String(refused)).toMatch(/full/);
    expect(await numbers(log)).toEqual(acknowledged);
    const late = epoch(round * 1_000 + 900);
    const behind = epoch(round * 1_000 + 901);
    const outcomes = await Promise.allSettled([member.commit(late), member.commit(behind)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    rmSync(join(disk, "ballast"));
    // The member goes on with what was refused, in its order, and behind that with new things.
    await member.commit(late);
    await member.commit(behind);
    acknowledged.push(round * 1_000 + 900, round * 1_000 + 901);
    expect(await numbers(log)).toEqual(acknowledged);
  }
  await log.close();
  await service.close();
  const again = open(folder);
  expect(await numbers(again.log)).toEqual(acknowledged);
  await again.log.close();
  await again.service.close();
});

test("cleaning on a full disk fails without harm, and a log that was full can be cleaned", async (context) => {
  const disk = smallDisk();
  if (!disk) return context.skip("no file system of a size of our own");
  const { service, log } = open(join(disk, "log"), { segmentBytes: 100_000 });
  await log.ensureTopic({ name: "t", partitions: 1, retentionBytes: 300_000 });
  const cleaner = new Cleaner(service.core);
  let refused: unknown;
  for (let n = 0; refused === undefined; n++) await log.append({ producer: "p", outputs: [output(n, 20_000)] }).catch((error: unknown) => (refused = error));
  expect(refused).toMatchObject({ code: "MR-LOG-007", retryable: true });
  // To the last byte: not even the word that makes room would find any.
  writeFileSync(join(disk, "ballast"), Buffer.alloc(free(disk)));
  const { removed } = await cleaner.run();
  expect(removed.length).toBeGreaterThan(5);
  await log.append({ producer: "p", outputs: [output(9_999, 20_000)] });
  expect((await numbers(log)).at(-1)).toBe(9_999);
  await log.close();
  await service.close();
});

test("a file that may not grow refuses the write as a full disk does", async (context) => {
  if (spawnSync("prlimit", ["--version"]).status !== 0) return context.skip("no prlimit");
  const folder = join(scratch, "limited");
  const { service, log } = open(folder);
  await log.ensureTopic({ name: "t", partitions: 1 });
  const limit = (bytes: string): unknown => execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
  const acknowledged: number[] = [];
  limit("100000");
  try {
    for (let n = 0; n < 100; n++) {
      const outcome = await log.append({ producer: "p", outputs: [output(n)] }).then(() => acknowledged.push(n), (error: unknown) => error);
      if (typeof outcome !== "number") expect(outcome).toMatchObject({ code: "MR-LOG-007", retryable: true });
    }
  } finally {
    limit("unlimited");
  }
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.length).toBeLessThan(60);
  await log.append({ producer: "p", outputs: [output(100)] });
  expect(await numbers(log)).toEqual([...acknowledged, 100]);
  await log.close();
  await service.close();
});

test("after a sync that failed nothing is acknowledged, until the log is opened anew", async () => {
  const folder = join(scratch, "sync");
  let fails = false;
  const failures: string[] = [];
  const sync = async (): Promise<void> => {
    if (!fails) return;
    fails = false; // The system says it once, and then that all is well.
    throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  };
  const { service, log } = open(folder, { sync, onFailure: ({ code }) => failures.push(code) });
  await log.ensureTopic({ name: "t", partitions: 1 });
  await log.append({ producer: "p", outputs: [output(0)] });
  fails = true;
  await expect(log.append({ producer: "p", outputs: [output(1)] })).rejects.toMatchObject({ code: "MR-LOG-007", retryable: false });
  for (let n = 2; n < 5; n++) await expect(log.append({ producer: "p", outputs: [output(n)] })).rejects.toMatchObject({ code: "MR-LOG-007" });
  expect(failures).toEqual(["MR-LOG-007"]);
  expect(await numbers(log)).toEqual([0]);
  await log.close();
  await service.close();
  const again = open(folder);
  await again.log.append({ producer: "p", outputs: [output(5)] });
  // The epoch whose sync failed was never answered for: it may be there or not, but not in part.
  expect([[0, 5], [0, 1, 5]]).toContainEqual(await numbers(again.log));
  await again.log.close();
  await again.service.close();
});
