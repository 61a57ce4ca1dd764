import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import { childExecArgv } from "../../model/child-process.ts";
import type { StoredResult } from "../../state/run-store.ts";
import { commandInputsFolder, compileCacheFolder, resultsFolder } from "../data-folder.ts";
import { readAttemptLog } from "./attempt-log.ts";
import type { AttemptPlace } from "./attempt-place.ts";
import { CommandTasks } from "./command-task.ts";
import { LocalExecutor, type LocalExecutorOptions } from "./local-executor.ts";
import { ResultStore } from "./result-store.ts";
import { project, RecordingPort, until } from "./tasks-for-tests.ts";

function executor(tasks: Record<string, string> = {}, options: Partial<LocalExecutorOptions> = {}) {
  const { codeFolder, dataFolder } = project(tasks);
  const port = new RecordingPort();
  const local = new LocalExecutor({ port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), processes: 1, onLine: () => undefined, ...options });
  onTestFinished(() => local.close(0));
  const shell = (command: unknown, more: object = {}) => port.run(local, { task: { name: "sh", kind: "shell", code: false, settings: { command, ...more } as never } });
  const logOf = async (task: string): Promise<{ level: number; msg: string }[]> => (await readAttemptLog(dataFolder, place(task))).lines.map((line) => JSON.parse(line));
  return { local, port, shell, logOf, codeFolder, dataFolder };
}

const place = (task: string): AttemptPlace => ({ dag: "daily", run: "run-1", made: 0, task, index: -1, number: 1 });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

/** Once the system has cleared its processes away, too. */
const groupExists = (group: number): boolean => {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
};

const pidIn = (path: string): Promise<number> => until(() => existsSync(path) && Number(readFileSync(path, "utf8")), path);

test("a command's last line is its result, its exit code its outcome, and its output its log", async () => {
  const { shell, port, local, logOf } = executor({ words: "({ interval }) => ['echo', interval.start]", stop: "() => { throw new Error('no command today'); }" });
  expect(await shell("echo one; echo two >&2; printf '{\"n\": 1}'")).toEqual({ kind: "success", result: { json: JSON.stringify('{"n": 1}') } });
  expect((await logOf("sh")).map(({ level, msg }) => [level, msg])).toEqual(expect.arrayContaining([[30, "one"], [40, "two"], [30, '{"n": 1}']]));
  expect(await shell("true")).toEqual({ kind: "success" });
  expect(await shell(["echo", "a  b"])).toEqual({ kind: "success", result: { json: '"a  b"' } });
  expect(await shell("echo nothing to do; exit 99")).toEqual({ kind: "skipped", note: "nothing to do" });
  expect(await shell("echo about to; exit 3")).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006", what: "the command ended with exit code 3; its last lines: about to" } });
  expect(await shell("kill -TERM $$")).toMatchObject({ kind: "failed", error: { what: "the command was ended by SIGTERM" } });
  expect(await shell(["/no/such/program"])).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006", what: expect.stringContaining("exit code 127") } });
  expect(await shell("true", { cwd: "no-such-folder" })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006", what: expect.stringContaining("could not be started") } });
  expect(await shell("head -c 100000 /dev/zero | tr '\\0' x")).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-003" } });
  expect(await port.run(local, { task: { name: "words", kind: "shell" } })).toMatchObject({ result: { json: '"2026-01-01T00:00:00Z"' } });
  expect(await port.run(local, { task: { name: "stop", kind: "shell" } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-001", what: "Error: no command today" } });
  for (const command of [undefined, 3, [], ["a", 1]]) expect(await shell(command)).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-010" } });
});

test("a command sees the facts of its run and its inputs, and nothing of ours", async () => {
  process.env.MILLRACE_TEST_SECRET = "s3cret";
  onTestFinished(() => void delete process.env.MILLRACE_TEST_SECRET);
  const { port, local, dataFolder } = executor();
  const long = (await new ResultStore(folderFiles(resultsFolder(dataFolder))).store("x".repeat(100_000), "long.json", "")) as StoredResult;
  const ask = async (command: string, inputs = {}) => JSON.parse(((await port.run(local, { task: { name: "env", kind: "shell", code: false, settings: { command, env: { MINE: "1" } } }, number: 2, list: { json: '["a","b"]' }, index: 1, inputs })) as { result: { json: string } }).result.json);
  const seen = (await ask("env -0 | tr '\\n\\0' ' \\n' | sort | tr '\\n' '\\t'")).split("\t").map((line: string) => line.split("=")[0]);
  expect(seen).not.toContain("MILLRACE_TEST_SECRET");
  expect(seen).toEqual(expect.arrayContaining(["PATH", "HOME", "LANG", "TZ", "MINE", "MILLRACE_FENCE", "MILLRACE_INTERVAL_END"]));
  expect(await ask("echo $MILLRACE_RUN_ID $MILLRACE_ATTEMPT $MILLRACE_INDEX $MILLRACE_ITEM $MILLRACE_INTERVAL_START $MILLRACE_LOGICAL_DATE $MILLRACE_IDEMPOTENCY_KEY $MILLRACE_INPUTS", { n: { json: "1" }, many: [{ json: "1" }, { json: "2" }], none: null })).toBe('run-1 2 1 "b" 2026-01-01T00:00:00Z 2026-01-01T00:00:00Z run-1/env/1 {"n":1,"many":[1,2],"none":null}');
  expect(Number(await ask('test -z "$MILLRACE_INPUTS" && wc -c < "$MILLRACE_INPUTS_FILE"', { long }))).toBe('{"long":""}'.length + 100_000);
});

test("what is long comes to a command in files: parameters, an item of its map; a short item of a long list does not", async () => {
  const { port, local, dataFolder } = executor();
  const items = ["a", "x".repeat(70_000), "c"];
  const list = (await new ResultStore(folderFiles(resultsFolder(dataFolder))).store(items, "list.json", "")) as StoredResult;
  const run = { id: "run-1", dag: "daily", kind: "manual" as const, release: "r1", logicalDate: null, interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" }, params: { big: "p".repeat(200_000) } };
  const ask = (command: string, index: number) => port.run(local, { task: { name: "env", kind: "shell", code: false, settings: { command } }, list, index, run });
  expect(await ask('echo "$MILLRACE_ITEM$MILLRACE_ITEM_FILE"', 2)).toEqual({ kind: "success", result: { json: JSON.stringify('"c"') } });
  expect(await ask('echo "$MILLRACE_ITEM" $(wc -c < "$MILLRACE_ITEM_FILE") "$MILLRACE_PARAMS" $(wc -c < "$MILLRACE_PARAMS_FILE")', 1)).toEqual({ kind: "success", result: { json: JSON.stringify(" 70002  200010") } });
  expect(readdirSync(commandInputsFolder(dataFolder))).toEqual([]);
});

test("a command with more words than the system takes says so", async () => {
  const { port, local } = executor();
  const outcome = await port.run(local, { task: { name: "long", kind: "shell", code: false, settings: { command: ["echo", "x".repeat(3_000_000)] } } });
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006", what: "the command could not be started: spawn E2BIG", mend: expect.stringContaining("MILLRACE_INPUTS_FILE") } });
});

test("a stopped command is asked first, then killed with all that it has started, wherever that hides", async () => {
  const { port, local, shell, codeFolder } = executor();
  const polite = shell("trap 'echo bye > bye; exit 0' TERM; echo $$ > polite; while :; do sleep 0.05; done");
  await pidIn(join(codeFolder, "polite"));
  local.stop(polite.attempt, "timed out", 10_000);
  await until(() => port.goneWorkers.length === 1);
  expect(readFileSync(join(codeFolder, "bye"), "utf8")).toBe("bye\n");

  const deaf = shell("trap '' TERM; (trap '' TERM; setsid sh -c 'echo $$ > hidden; exec sleep 300' & sh -c 'echo $$ > child; exec sleep 300' & wait) & echo $$ > leader; while :; do sleep 0.05; done");
  const pids = await Promise.all(["leader", "child", "hidden"].map((name) => pidIn(join(codeFolder, name))));
  expect(pids.every(isAlive)).toBe(true);
  local.stop(deaf.attempt, "timed out", 50);
  await until(() => port.goneWorkers.length === 2);
  expect(pids.some(isAlive)).toBe(false);
  expect(port.ended).toEqual([]);
});

test("what a command leaves running when it ends is ended too", async () => {
  const { shell, codeFolder, logOf } = executor();
  expect(await shell("sh -c 'echo $$ > left; exec sleep 300' & setsid sh -c 'echo $$ > daemon; exec sleep 300' & while ! [ -s left ] || ! [ -s daemon ]; do sleep 0.02; done; echo done")).toEqual({ kind: "success", result: { json: '"done"' } });
  for (const name of ["left", "daemon"]) expect(isAlive(await pidIn(join(codeFolder, name)))).toBe(false);
  expect((await logOf("sh")).some(({ msg }) => msg.includes("left processes behind"))).toBe(true);
});

/** Doubles every 0.2 s, so that it harms nobody even where it is not contained. */
const bomb = "bomb() { sleep 0.2; bomb & bomb & wait; }; bomb";

test("a command that forks without end is contained", async () => {
  const { shell } = executor();
  expect(await shell(bomb, { processes: 40 })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006", what: expect.stringContaining("more than 40 processes") } });
  expect(await shell("echo after")).toMatchObject({ kind: "success" });
});

test("a command that forks without end is contained where there are no control groups", async () => {
  const { codeFolder, dataFolder } = project({});
  const port = new RecordingPort();
  const commands = new CommandTasks({ dataFolder, results: folderFiles(resultsFolder(dataFolder)), controlGroups: false });
  const local = new LocalExecutor({ port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), onLine: () => undefined, runners: { shell: commands.shell } });
  onTestFinished(() => local.close(0));
  const settings = { command: `echo $$ > leader; ${bomb}`, processes: 20 };
  expect(await port.run(local, { task: { name: "sh", kind: "shell", code: false, settings } })).toMatchObject({ kind: "failed", error: { what: expect.stringContaining("more than 20 processes") } });
  const leader = Number(readFileSync(join(codeFolder, "leader"), "utf8"));
  await until(() => !groupExists(leader));
});

test("a command that talks without end is cut short, and memory is bounded where asked", async () => {
  const { shell, logOf, port, local } = executor();
  await port.run(local, { task: { name: "yes", kind: "shell", code: false, settings: "yes | head -n 200000" } });
  const log = await logOf("yes");
  expect(log.length).toBeLessThan(20_000);
  expect(log.some(({ msg }) => msg.includes("more is said than is kept"))).toBe(true);
  expect(await shell([process.execPath, "-e", "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"], { memory: "300MiB" })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-006" } });
});

test("commands end with a control plane that dies without a word, and what escapes is ended by the next", async () => {
  const { codeFolder, dataFolder } = project({});
  const script = join(codeFolder, "control.ts");
  const command = "sh -c 'echo $$ > child; exec sleep 300' & setsid sh -c 'echo $$ > escaped; exec sleep 300' & echo $$ > leader; wait";
  const local = new URL("./local-executor.ts", import.meta.url).href;
  writeFileSync(
    script,
    `import { LocalExecutor } from ${JSON.stringify(local)};
    const work = (hint) => ({ attempt: hint.attempt, fence: 1, number: 1, task: hint.task, index: -1, run: { id: "r", dag: "d", kind: "manual", release: "x", logicalDate: null, interval: { start: "", end: "" }, params: {} }, inputs: {}, looks: 0 });
    const port = { start: async (hint) => work(hint), end: async () => true, alive() {}, gone: async () => {} };
    const executor = new LocalExecutor({ port, codeFolder: () => ${JSON.stringify(codeFolder)}, dataFolder: ${JSON.stringify(dataFolder)}, compileCache: ${JSON.stringify(compileCacheFolder(dataFolder))}, onLine: () => {} });
    executor.keepWarm(["x"]);
    executor.offer({ attempt: ${JSON.stringify(randomUUID())}, token: "", dag: "d", task: { name: "sh", kind: "shell", code: false, settings: ${JSON.stringify(command)}, graceMs: 1000, inputs: {} }, release: "x", lost: 0 });
    setInterval(() => { const [worker] = executor.processes; if (worker?.pid) console.log(worker.pid); }, 20);`,
  );
  const control = spawn(process.execPath, [...childExecArgv(), script], { stdio: ["ignore", "pipe", "inherit"] });
  const worker = await new Promise<number>((resolve) => control.stdout.setEncoding("utf8").on("data", (text: string) => resolve(Number.parseInt(text, 10))));
  const [leader, child, escaped] = await Promise.all(["leader", "child", "escaped"].map((name) => pidIn(join(codeFolder, name))));
  control.kill("SIGKILL");
  await until(() => !isAlive(leader) && !isAlive(child) && !isAlive(worker), "their end");
  expect(isAlive(escaped)).toBe(true);
  const lines: string[] = [];
  const next = new LocalExecutor({ port: new RecordingPort(), codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), onLine: (line) => lines.push(line) });
  await until(() => !isAlive(escaped), "its end");
  expect(lines.join()).toContain("left from before");
  await next.close(0);
});

test("a container is run, named and removed through the client on the path; without one the mend says so", async () => {
  const { codeFolder, dataFolder } = project({});
  const bin = join(codeFolder, "bin");
  mkdirSync(bin);
  // It stands for the client alone: what it is told is what matters here.
  writeFileSync(join(bin, "docker"), `#!/bin/sh\necho "$1" "$MILLRACE_TASK" >> ${codeFolder}/calls\nif [ "$1" = rm ]; then exit 0; fi\nprintf '%s ' "$@" > ${codeFolder}/arguments\n[ -e ${codeFolder}/hang ] && exec sleep 300\necho inside\n`);
  chmodSync(join(bin, "docker"), 0o755);
  const { PATH } = process.env;
  onTestFinished(() => void (process.env.PATH = PATH));
  process.env.PATH = `${bin}:${PATH}`;
  const port = new RecordingPort();
  const local = new LocalExecutor({ port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), onLine: () => undefined });
  onTestFinished(() => local.close(0));
  const ask = () => port.run(local, { task: { name: "box", kind: "container", code: false, settings: { image: "alpine:3", command: ["echo", "hi"], env: { A: "1" }, memory: "64MiB", options: ["--network", "none"] } } });
  const first = ask();
  expect(await first).toEqual({ kind: "success", result: { json: '"inside"' } });
  const told = readFileSync(join(codeFolder, "arguments"), "utf8");
  expect(told).toMatch(new RegExp(`^run --rm --init --name millrace-${first.attempt} --label millrace.owner=\\w+ --pids-limit 1024 --memory 67108864 --env A .*--env MILLRACE_TASK .*--network none alpine:3 echo hi $`));
  expect(told).not.toContain("A=1");
  writeFileSync(join(codeFolder, "hang"), "");
  const hanging = ask();
  await until(() => readFileSync(join(codeFolder, "calls"), "utf8").split("run box").length === 3);
  local.stop(hanging.attempt, "timed out", 20);
  await until(() => port.goneWorkers.length === 1);
  await until(() => readFileSync(join(codeFolder, "calls"), "utf8").includes("rm box"));
  process.env.PATH = "/nowhere";
  expect(await ask()).toMatchObject({ kind: "failed", error: { code: "MR-TASK-008", mend: expect.stringContaining("shell task") } });
});

test("a request's answer is its result; refusals say whether and when to try again", async () => {
  const asked: { method?: string; key?: string | string[]; body: string }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    asked.push({ method: request.method, key: request.headers["idempotency-key"], body });
    const path = request.url as string;
    if (path === "/json") response.setHeader("content-type", "application/json").end('{"n":1}');
    else if (path === "/text") response.end("plain");
    else if (path === "/slow") return;
    else if (path === "/huge") {
      const chunk = Buffer.alloc(1024 * 1024, "x");
      const gone = once(response, "close");
      while (!response.destroyed) if (!response.write(chunk)) await Promise.race([once(response, "drain"), gone]);
    } else response.writeHead(Number(path.slice(1)), path === "/503" ? { "retry-after": "7" } : path === "/429" ? { "retry-after": new Date(Date.now() + 60_000).toUTCString() } : {}).end("because");
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  await until(() => server.listening);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { port, local } = executor({ render: `({ interval }) => ({ url: "${base}/json", body: { from: interval.start } })` });
  const ask = (settings: object) => port.run(local, { task: { name: "http", kind: "http", code: false, settings: settings as never } });
  expect(await ask({ url: `${base}/json` })).toEqual({ kind: "success", result: { json: '{"n":1}' } });
  expect(await ask({ url: `${base}/text`, method: "put", body: "x", headers: { "Idempotency-Key": "mine" } })).toEqual({ kind: "success", result: { json: '"plain"' } });
  expect(await port.run(local, { task: { name: "render", kind: "http" } })).toMatchObject({ kind: "success" });
  expect(asked).toEqual([
    { method: "GET", key: "run-1/http", body: "" },
    { method: "PUT", key: "mine", body: "x" },
    { method: "POST", key: "run-1/render", body: '{"from":"2026-01-01T00:00:00Z"}' },
  ]);
  expect(await ask({ url: `${base}/503` })).toMatchObject({ kind: "failed", retryAfterMs: 7_000, error: { code: "MR-TASK-007", retryable: true, what: "the answer was 503 Service Unavailable: because" } });
  expect((await ask({ url: `${base}/429` })) as { retryAfterMs: number }).toMatchObject({ retryAfterMs: expect.closeTo(59_000, -4) });
  expect(await ask({ url: `${base}/404` })).toMatchObject({ kind: "failed", final: true, error: { retryable: false } });
  expect(await ask({ url: `${base}/500` })).not.toHaveProperty("final");
  expect(await ask({ url: `${base}/slow`, timeoutMs: 50 })).toMatchObject({ kind: "failed", error: { what: "there was no answer within 0.05 s" } });
  expect(await ask({ url: `${base}/huge` })).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-003" } });
  expect(await ask({ url: "http://127.0.0.1:1/" })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-007", what: expect.stringContaining("the request failed") } });
  for (const settings of [{}, { url: "file:///etc/passwd" }, { url: base, headers: { "a b": "c" } }, { url: base, method: "GET", body: "x" }]) expect(await ask(settings)).toMatchObject({ final: true, error: { code: "MR-TASK-010" } });
});

test("a wait until a time that code works out gives its place back until then", async () => {
  const { port, local } = executor({ past: "() => ({ until: '2026-01-01T00:00:00Z' })", later: "() => ({ until: new Date(Date.now() + 3_600_000).toISOString() })", odd: "() => ({ until: 'soon' })" });
  const ask = (name: string) => port.run(local, { task: { name, kind: "wait" } });
  expect(await ask("past")).toEqual({ kind: "success" });
  expect(await ask("later")).toEqual({ kind: "deferred", ms: expect.closeTo(3_600_000, -4) });
  expect(await ask("odd")).toMatchObject({ kind: "failed", final: true, error: { code: "MR-TASK-010" } });
});

test("a kind that nobody runs says so; one with a runner of its own is run by it", async () => {
  const { port, local } = executor({}, { runners: { sql: { run: async () => ({ kind: "success", result: { json: "1" } }) } } });
  expect(await port.run(local, { task: { name: "stage", kind: "stage", code: false } })).toMatchObject({ kind: "failed", error: { code: "MR-TASK-004" } });
  expect(await port.run(local, { task: { name: "sql", kind: "sql", code: false } })).toEqual({ kind: "success", result: { json: "1" } });
});

test("what a runner publishes is prepared anew for as long as others are first", async () => {
  let prepared = 0;
  const swap = () => ({ collection: "tables", key: "t", expected: ++prepared, value: null });
  const publish = async (end: (swaps: ReturnType<typeof swap>[]) => Promise<boolean | "stale">): Promise<void> => {
    while ((await end([swap()])) === "stale");
  };
  const { port, local } = executor({}, { runners: { sql: { run: async () => ({ kind: "publication", result: { json: "2" }, publish }) } } });
  const end = port.end.bind(port);
  port.end = async (...args): Promise<any> => (prepared < 3 ? "stale" : end(...args));
  expect(await port.run(local, { task: { name: "sql", kind: "sql", code: false } })).toEqual({ kind: "success", result: { json: "2" }, swaps: [{ collection: "tables", key: "t", expected: 3, value: null }] });
});
