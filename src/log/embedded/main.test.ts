import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signGrant } from "./access.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { socketPort } from "./port.ts";
import { socketPath } from "./socket-path.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const secret = "a secret of the test";
const token = (grant: object = {}): string => signGrant({ name: "test", reads: [], writes: [], admin: true, ...grant }, secret);

let scratch: string;
let children: ChildProcess[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "mr-main-"));
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(scratch, { recursive: true });
});

interface Started {
  child: ChildProcess;
  /** The first line that it printed. */
  said: { ready: boolean; socket?: string; error?: { code: string; what: string } };
  left: Promise<number | null>;
}

async function start(settings: object | string, by: "stdin" | "environment" = "stdin", stdio: StdioOptions = ["pipe", "pipe", "ignore"]): Promise<Started> {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  const child = spawn(process.execPath, [main], { stdio, env: { ...process.env, MILLRACE_LOG: by === "environment" ? text : undefined } });
  children.push(child);
  const left = new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (by === "stdin") child.stdin?.write(`${text}\n`);
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", resolve));
  return { child, said: JSON.parse(line) as Started["said"], left };
}

const settings = () => ({ folder: join(scratch, "log"), secret });

test("it serves, and ends on SIGTERM with exit code 0 and all that it acknowledged on disk", async () => {
  const first = await start(settings());
  expect(first.said).toEqual({ ready: true, socket: join(scratch, "log", "log.sock") });
  const log = new EmbeddedLog(await socketPort({ path: first.said.socket as string, token: token() }));
  await log.ensureTopic({ name: "t", partitions: 3 });
  first.child.kill("SIGTERM");
  expect(await first.left).toBe(0);
  const second = await start(settings(), "environment");
  // The same client goes on: it has waited.
  expect((await log.topic("t")).partitions).toBe(3);
  // Ctrl-C at a terminal reaches it too, and is not for it: stages still commit what they have.
  second.child.kill("SIGINT");
  await log.ensureTopic({ name: "u", partitions: 1 });
  await log.close();
  second.child.kill("SIGTERM");
  expect(await second.left).toBe(0);
});

test("it ends with its parent: when standard input closes, and when the IPC channel does", async () => {
  const byStdin = await start(settings());
  byStdin.child.stdin?.end();
  expect(await byStdin.left).toBe(0);
  const piped = await start(settings(), "environment");
  piped.child.stdin?.end();
  expect(await piped.left).toBe(0);
  const byChannel = await start(settings(), "environment", ["ignore", "pipe", "ignore", "ipc"]);
  byChannel.child.disconnect();
  expect(await byChannel.left).toBe(0);
});

test("of two on one folder the second leaves with exit code 1, naming the first", async () => {
  const first = await start(settings());
  const second = await start(settings());
  expect(second.said).toMatchObject({ ready: false, error: { code: "MR-LOG-001" } });
  expect(second.said.error?.what).toContain(String(first.child.pid));
  expect(await second.left).toBe(1);
  const log = new EmbeddedLog(await socketPort({ path: first.said.socket as string, token: token() }));
  expect(await log.topics()).toEqual([]);
  await log.close();
});

test("a successor waits for one that is on its way out, or has been killed", async () => {
  const first = await start(settings());
  const second = start(settings());
  setTimeout(() => first.child.kill("SIGKILL"), 300);
  expect((await second).said).toMatchObject({ ready: true });
});

test("settings that are none are refused with a code, without repeating them", async () => {
  for (const text of ["", "{}", "nonsense with a secret", "null", '{"folder":1,"secret":"s"}']) {
    const { said, left } = await start(text);
    expect(said).toMatchObject({ ready: false, error: { code: "MR-LOG-011" } });
    expect(JSON.stringify(said)).not.toContain("nonsense");
    expect(await left).toBe(1);
  }
});

test("a data folder with a long path has its socket elsewhere, in a folder of its owner alone", async () => {
  const folder = join(scratch, "a-rather-long-name-of-a-folder".repeat(4), "log");
  mkdirSync(folder, { recursive: true });
  const { said } = await start({ folder, secret });
  expect(said.socket).toBe(socketPath(folder));
  expect(Buffer.byteLength(said.socket as string)).toBeLessThan(104);
  const short = dirname(said.socket as string);
  expect(statSync(short).mode & 0o777).toBe(0o700);
  expect(statSync(said.socket as string).mode & 0o777).toBe(0o600);
  chmodSync(short, 0o777);
  socketPath(folder);
  expect(statSync(short).mode & 0o777).toBe(0o700);
  const log = new EmbeddedLog(await socketPort({ path: said.socket as string, token: token() }));
  expect(await log.topics()).toEqual([]);
  await log.close();
  rmSync(short, { recursive: true });
});

test("who has no token, a wrong one, or too narrow a one, gets nothing; the service stands", async () => {
  const { said } = await start(settings());
  const path = said.socket as string;
  const admin = new EmbeddedLog(await socketPort({ path, token: token() }));
  await admin.ensureTopic({ name: "in", partitions: 1 });
  await admin.ensureTopic({ name: "out", partitions: 1 });
  for (const wrong of ["", "x", "x.y", signGrant({ name: "a", reads: ["*"], writes: ["*"], admin: true }, "another secret")]) await expect(socketPort({ path, token: wrong })).rejects.toMatchObject({ code: "MR-LOG-008" });
  const stage = new EmbeddedLog(await socketPort({ path, token: token({ name: "stage", reads: ["in"], writes: ["out"], admin: false }) }));
  const mark = { lane: "l", watermark: 1, status: "active" } as const;
  const refused = [
    stage.ensureTopic({ name: "t", partitions: 1 }),
    stage.deleteTopic("in"),
    stage.append({ producer: "p", outputs: [{ topic: "in", partition: 0, mark }] }),
    stage.fetch({ partitions: [{ topic: "out", partition: 0, offset: 0 }], bytesMax: 1, waitMs: 0 }),
    stage.offsetForTime("out", 0, 0),
    stage.positions("other"),
    stage.groups(),
    stage.seek("stage", []),
    stage.join({ group: "other", member: "m", topics: ["in"], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: () => undefined }),
    stage.join({ group: "stage", member: "m", topics: ["out"], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: () => undefined }),
  ];
  for (const { status, reason } of (await Promise.allSettled(refused)) as PromiseRejectedResult[]) expect({ status, code: reason.code }).toEqual({ status: "rejected", code: "MR-LOG-008" });
  expect((await stage.topics()).map(({ name }) => name)).toEqual(["in"]);
  expect((await stage.topic("out")).partitions).toBe(1);
  await stage.append({ producer: "p", outputs: [{ topic: "out", partition: 0, mark }] });
  await stage.close();
  await admin.close();
});

test("bytes that are no message end their connection and nothing else", async () => {
  const { said, child } = await start(settings());
  const path = said.socket as string;
  const message = (json: string): Buffer => {
    const bytes = Buffer.alloc(8 + json.length);
    bytes.writeUInt32LE(4 + json.length, 0);
    bytes.writeUInt32LE(json.length, 4);
    bytes.write(json, 8);
    return bytes;
  };
  const hello = message(JSON.stringify({ id: 1, method: "hello", request: { token: token() } }));
  const junk = [Buffer.from([255, 255, 255, 255]), Buffer.from([0, 0, 0, 0]), Buffer.from([4, 0, 0, 0, 9, 9, 9, 9]), message("{"), message("null"), message("[]"), message('{"id":1,"method":"fetch","request":{}}'), message('{"id":"x","method":"hello","request":null}'), Buffer.concat([hello, message("null")])];
  for (const bytes of junk) {
    await new Promise<void>((resolve) => {
      const socket = createConnection(path, () => socket.write(bytes));
      socket.on("error", () => undefined).on("close", () => resolve()).resume();
    });
  }
  const log = new EmbeddedLog(await socketPort({ path, token: token() }));
  await log.ensureTopic({ name: "t", partitions: 1 });
  const port = await socketPort({ path, token: token() });
  const odd: [string, unknown][] = [["fetch", {}], ["fetch", { partitions: [null] }], ["nothing", {}], ["toString", {}], ["append", { by: "p", seq: -1, outputs: [] }], ["append", { by: "p", seq: 1, outputs: [{ topic: "t", partition: 0, records: 1, bytes: -8 }] }], ["append", { by: "p", seq: 1, outputs: [{ topic: "t", partition: 0, records: 1e9, bytes: 0 }] }], ["append", { by: "p", seq: 1, outputs: [{ topic: "t", partition: 0, records: 1, bytes: 1e9 }] }]];
  for (const [method, request] of odd) await expect((port as { call(method: string, request: unknown): Promise<unknown> }).call(method, request), method).rejects.toMatchObject({ code: "MR-LOG-011" });
  expect((await log.topic("t")).partitionInfo[0].end).toBe(0);
  expect(child.exitCode).toBeNull();
  await port.close();
  await log.close();
});

test("a member outlives the service: after a kill it has its tasks still, and goes on where it was", async () => {
  const first = await start(settings());
  const log = new EmbeddedLog(await socketPort({ path: first.said.socket as string, token: token() }));
  await log.ensureTopic({ name: "t", partitions: 2 });
  const news: string[] = [];
  let ready = (): void => undefined;
  const assigned = new Promise<void>((resolve) => (ready = resolve));
  const member = await log.join({ group: "g", member: "m", topics: ["t"], onAssigned: (tasks) => (news.push(`assigned ${tasks.map(({ task }) => task)}`), ready()), onRevoked: async () => void news.push("revoked"), onLost: () => void news.push("lost") });
  await assigned;
  const commit = (offset: number) => member.commit({ tasks: [0, 1], positions: [{ topic: "t", partition: 0, offset }], outputs: [] });
  await commit(1);
  first.child.kill("SIGKILL");
  const underWay = [commit(2), commit(3)];
  await start(settings());
  await Promise.all([...underWay, commit(4)]);
  expect(await log.positions("g")).toMatchObject([{ offset: 4 }]);
  expect(news).toEqual(["assigned 0,1"]);
  await log.close();
});

test("calls fail with a code when the service stays away", async () => {
  const { said, child, left } = await start(settings());
  const log = new EmbeddedLog(await socketPort({ path: said.socket as string, token: token(), patienceMs: 200 }));
  let lost = (_error: Error): void => undefined;
  const losing = new Promise<Error>((resolve) => (lost = resolve));
  await log.join({ group: "g", member: "m", topics: [], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: (error) => lost(error) });
  child.kill("SIGKILL");
  await left;
  await expect(log.topics()).rejects.toMatchObject({ code: "MR-LOG-009", retryable: true });
  expect(await losing).toMatchObject({ code: "MR-LOG-009" });
  await expect(socketPort({ path: said.socket as string, token: token(), patienceMs: 50 })).rejects.toMatchObject({ code: "MR-LOG-009" });
  expect(existsSync(said.socket as string)).toBe(true);
});
