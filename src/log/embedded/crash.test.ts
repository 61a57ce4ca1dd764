import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import { keyAt, rowReader } from "../../batch/rows.ts";
import type { LogDriver, Member, Output } from "../driver.ts";
import { signGrant } from "./access.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { directPort, socketPort } from "./port.ts";
import { LogService } from "./service.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const secret = "a secret of the test";
const grant = { name: "test", reads: [], writes: [], admin: true };

/** Starts the service as a process; resolves when it serves. */
function startService(folder: string, socket: string, cleanEveryMs: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin?.write(`${JSON.stringify({ folder, secret, socket, segmentBytes: 48 * 1024, cleanEveryMs })}\n`);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) => ((JSON.parse(line) as { ready: boolean }).ready ? resolve(child) : reject(new Error(line))));
    child.once("exit", (code) => reject(new Error(`the service left with ${code}`)));
  });
}

function output(topic: string, partition: number, n: number, records: number, key?: string): Output {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }, { name: "text", type: "string", nullable: false }], where: "test" });
  for (let i = 0; i < records; i++) builder.append({ n, text: `${n} ${"x".repeat(n % 200)}` }, n, { key: key ?? null });
  return { topic, partition, batch: builder.finish() };
}

async function numbers(log: LogDriver, topic: string, partition: number, offset = 0): Promise<number[]> {
  const all: number[] = [];
  for (;;) {
    const { entries } = await log.fetch({ partitions: [{ topic, partition, offset }], bytesMax: 4_000_000, waitMs: 0 });
    if (entries.length === 0) return all;
    for (const { batch } of entries) if (batch) for (let i = 0; i < batch.count; i++) all.push(rowReader(batch)(i).n as number);
    offset = entries[entries.length - 1].next;
  }
}

const producers = 4;
/** Epochs of each writer, also where a slow machine gives it little time between two kills. */
const atLeast = 25;

/** Appends numbered epochs one behind the other, each over two topics, and notes what was acknowledged. */
async function produce(log: LogDriver, partition: number, stop: AbortSignal): Promise<number> {
  for (let n = 0; ; n++) {
    if (stop.aborted && n > atLeast) return n;
    const records = 1 + (n % 5);
    await log.append({ producer: `p${partition}`, outputs: [output("a", partition, n, records), output("b", partition, n, records), output("latest", 0, n, 1, `key ${partition} ${n % 7}`)] });
  }
}

/** Commits numbered epochs as a group's member, keeping three under way, with a running sum as state. */
async function work(log: LogDriver, stop: AbortSignal): Promise<number> {
  let member: Member | undefined;
  const assigned = new Promise<void>((resolve) => {
    void log.join({ group: "g", member: "m", topics: [], onAssigned: () => resolve(), onRevoked: async () => undefined, onLost: () => undefined }).then((joined) => (member = joined));
  });
  await assigned;
  const underWay: Promise<unknown>[] = [];
  for (let n = 0; ; n++) {
    if (stop.aborted && n > atLeast) return Promise.all(underWay).then(() => n);
    const state = { task: 0, kind: n % 10 === 0 ? ("snapshot" as const) : ("delta" as const), bytes: Buffer.from(String(n)) };
    underWay.push((member as Member).commit({ tasks: [0], positions: [{ topic: "source", partition: 0, offset: n + 1 }], outputs: [output("c", 0, n, 2)], state: [state] }));
    if (underWay.length >= 3) await underWay.shift();
  }
}

const kills = 24;

test(`the service is killed ${kills} times under load, while it cleans: everything acknowledged is there, once, whole, in order`, async () => {
  const scratch = mkdtempSync(join(tmpdir(), "mr-crash-"));
  const folder = join(scratch, "log");
  const socket = join(scratch, "s");
  let service = await startService(folder, socket, 15);
  const log = new EmbeddedLog(await socketPort({ path: socket, token: signGrant(grant, secret) }));
  for (const name of ["a", "b"]) await log.ensureTopic({ name, partitions: producers });
  await log.ensureTopic({ name: "latest", partitions: 1, compact: true });
  await log.ensureTopic({ name: "c", partitions: 1, retentionMs: 86_400_000 });
  const stop = new AbortController();
  const producing = Array.from({ length: producers }, (_, p) => produce(log, p, stop.signal));
  const working = work(log, stop.signal);
  for (let kill = 0; kill < kills; kill++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    service.removeAllListeners("exit");
    const gone = new Promise((resolve) => service.once("exit", resolve));
    service.kill("SIGKILL");
    await gone;
    service = await startService(folder, socket, 15);
  }
  stop.abort();
  const acknowledged = await Promise.all(producing);
  const committed = await working;
  for (let p = 0; p < producers; p++) {
    const expected = Array.from({ length: acknowledged[p] }, (_, n) => new Array<number>(1 + (n % 5)).fill(n)).flat();
    expect(await numbers(log, "a", p)).toEqual(expected);
    expect(await numbers(log, "b", p)).toEqual(expected);
  }
  expect(await numbers(log, "c", 0)).toEqual(Array.from({ length: committed }, (_, n) => [n, n]).flat());
  expect(await log.positions("g")).toEqual([{ topic: "source", partition: 0, offset: committed }]);
  const latest = await newestByKey(log);
  for (let p = 0; p < producers; p++) for (let n = Math.max(0, acknowledged[p] - 7); n < acknowledged[p]; n++) expect(latest.get(`key ${p} ${n % 7}`)).toBe(n);
  await log.close();

  // SIGTERM ends it cleanly, and the same holds in another process.
  service.removeAllListeners("exit");
  const left = new Promise((resolve) => service.once("exit", resolve));
  service.kill("SIGTERM");
  expect(await left).toBe(0);
  const here = new LogService({ folder });
  const direct = new EmbeddedLog(directPort(here, grant));
  expect((await direct.topics()).map(({ name }) => name)).toEqual(["a", "b", "c", "latest"]);
  expect(await stateSum(direct)).toEqual(Array.from({ length: ((committed - 1) % 10) + 1 }, (_, i) => String(committed - 1 - ((committed - 1) % 10) + i)));
  // The cleaner was at work all along, or the test has proved less than it says.
  expect(readdirSync(folder).filter((name) => /\.\d+\.seg$/.test(name)).length).toBeGreaterThan(0);
  await direct.close();
  await here.close();
  rmSync(scratch, { recursive: true });
});

async function newestByKey(log: LogDriver): Promise<Map<string | null, number>> {
  const newest = new Map<string | null, number>();
  let offset = 0;
  for (;;) {
    const { entries } = await log.fetch({ partitions: [{ topic: "latest", partition: 0, offset }], bytesMax: 4_000_000, waitMs: 0 });
    if (entries.length === 0) return newest;
    for (const { batch } of entries) if (batch) for (let i = 0; i < batch.count; i++) newest.set(keyAt(batch, i), rowReader(batch)(i).n as number);
    offset = entries[entries.length - 1].next;
  }
}

async function stateSum(log: LogDriver): Promise<string[]> {
  const state: string[] = [];
  const member = await log.join({ group: "g", member: "m2", topics: [], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: () => undefined });
  for await (const { bytes } of member.restore(0)) state.push(Buffer.from(bytes).toString());
  return state;
}
