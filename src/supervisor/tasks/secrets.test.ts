import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { dag } from "../../model/dags/dag.ts";
import type { DagTools } from "../../model/dags/tools.ts";
import { connection, secret } from "../../model/secret.ts";
import type { TaskDecl } from "../../model/dag-manifest.ts";
import { compileCacheFolder } from "../data-folder.ts";
import { Mask } from "../secrets/mask.ts";
import { SecretVault } from "../secrets/secret-vault.ts";
import { readAttemptLog } from "./attempt-log.ts";
import { LocalExecutor } from "./local-executor.ts";
import { project, RecordingPort } from "./tasks-for-tests.ts";

const token = 'a "quoted" tok/en';
const env = { MILLRACE_SECRET_API_TOKEN: token, MILLRACE_SECRET_DB_PASSWORD: "hunter-two", MILLRACE_SECRETS_FOLDER: "/nowhere" };

function bed(tasks: Record<string, string> = {}) {
  const { codeFolder, dataFolder } = project(tasks);
  const port = new RecordingPort();
  const local = new LocalExecutor({ port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), processes: 1, secrets: new SecretVault(env), onLine: () => undefined });
  onTestFinished(() => local.close(0));
  const logOf = async (task: string): Promise<string> => (await readAttemptLog(dataFolder, { dag: "daily", run: "run-1", made: 0, task, index: -1, number: 1 })).lines.join("\n");
  return { run: (task: Partial<TaskDecl> & { name: string }) => port.run(local, { task }), logOf };
}

/** The task as a DAG declares it. */
function declared(build: (tools: DagTools<never>) => unknown): TaskDecl {
  const { parts, faults } = dag("d", {}, (tools) => void build(tools as never));
  expect(faults).toEqual([]);
  return parts!.tasks[0];
}

test("code gets the secrets and connections that its task names, and no others; its log and errors do not show them", async () => {
  const { run, logOf } = bed({
    use: `({ secret, connection, log }) => {
      const { host, password } = connection({ settings: { host: "db.example.com", password: "{{ secrets.db-password }}" } });
      log.info("the token is " + secret("api-token"));
      console.log("and the password", password);
      return [host, password.length];
    }`,
    other: `({ secret }) => secret("db-password")`,
    fail: `({ secret }) => { throw new Error("refused: " + secret("api-token")); }`,
  });
  const warehouse = connection("warehouse", { host: "db.example.com", password: secret("db-password") });
  const { secrets } = declared(({ task }) => task("use", () => 1, { uses: [secret("api-token"), warehouse] }));
  expect(secrets).toEqual(["api-token", "db-password"]);
  expect(await run({ name: "use", secrets })).toEqual({ kind: "success", result: { json: '["db.example.com",10]', items: 2 } });
  const log = await logOf("use");
  expect(log).toContain("the token is ***");
  expect(log).toContain("and the password ***");
  expect(await run({ name: "other", secrets: ["api-token"] })).toMatchObject({ kind: "failed", error: { code: "MR-SECRET-002", what: 'the task does not name secret "db-password"', where: expect.stringMatching(/^task "other" of DAG "daily", run "run-1", attempt \d+$/) } });
  expect(await run({ name: "fail", secrets })).toMatchObject({ kind: "failed", error: { what: expect.stringMatching(/refused: \*\*\*$/) } });
  expect(await logOf("fail")).not.toContain("quoted");
});

test("the worker's environment holds no secrets, those of the alerts neither", async () => {
  vi.stubEnv("MILLRACE_SECRET_API_TOKEN", token);
  vi.stubEnv("MILLRACE_SMTP_URL", "smtp://ada:hunter-two@localhost");
  vi.stubEnv("TEST_PLAIN_SETTING", "yes");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { run } = bed({ look: `() => Object.keys(process.env).filter((name) => /^MILLRACE_(SECRET_|SMTP)|^TEST_PLAIN/.test(name))` });
  expect(await run({ name: "look" })).toEqual({ kind: "success", result: { json: '["TEST_PLAIN_SETTING"]', items: 1 } });
});

test("the last line of a command, which is its result, shows no secret either", async () => {
  const { run } = bed();
  const shell = declared(({ shell }) => shell("sh", { command: 'echo "it is $PASSWORD"', env: { PASSWORD: secret("db-password") } }));
  expect(await run(shell)).toEqual({ kind: "success", result: { json: '"it is ***"' } });
});

test("settings have places for secrets: the environment of a command, a request's header", async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const { run, logOf } = bed();
  const shell = declared(({ shell }) => shell("sh", { command: 'echo "it is $PASSWORD"; exit 4', env: { PASSWORD: secret("db-password") } }));
  expect(shell).toMatchObject({ template: true, secrets: ["db-password"], settings: { env: { PASSWORD: "{{ secrets.db-password }}" } } });
  expect(await run(shell)).toMatchObject({ kind: "failed", error: { what: "the command ended with exit code 4; its last lines: it is ***" } });
  expect(await logOf("sh")).toContain("it is ***");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await run(declared(({ http }) => http("ask", { url, headers: { authorization: `Bearer ${secret("db-password")}` } })))).toMatchObject({ kind: "success" });
  expect(seen).toEqual(["Bearer hunter-two"]);
});

test("a secret that is not there fails the attempt with the way to give it, whatever kind the task is", async () => {
  const { run } = bed({ use: "() => 1", words: "() => ['true']" });
  for (const task of [{ name: "use" }, { name: "sh", kind: "shell" as const, code: false, settings: { command: "true" } }, { name: "words", kind: "shell" as const, code: true }]) {
    expect(await run({ ...task, secrets: ["no-such-one"] })).toMatchObject({ kind: "failed", error: { code: "MR-SECRET-001", retryable: true, mend: expect.stringContaining("MILLRACE_SECRET_NO_SUCH_ONE") } });
  }
});

test("a secret may lie in a file, as containers have it, and is read anew each time", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const vault = new SecretVault({ MILLRACE_SECRETS_FOLDER: folder, MILLRACE_SECRET_BOTH: "of the environment" });
  for (const [name, value] of [["pg", "one\n"], ["both", "of the file"]]) writeFileSync(join(folder, name), value);
  expect(vault.read(["pg", "both"], "here")).toEqual({ pg: "one", both: "of the environment" });
  writeFileSync(join(folder, "pg"), "two");
  expect(vault.read(["pg"], "here")).toEqual({ pg: "two" });
  expect(vault.read(undefined, "here")).toEqual({});
});

test.each([
  ["a name that is none", () => secret("a.b"), /MR-MODEL-001.*no name of a secret/],
  ["a plain text in uses", () => dag("d", {}, ({ task }) => void task("a", () => 1, { uses: ["api-token"] })).faults[0], /neither a secret nor a connection/],
  ["a secret in a command's text", () => dag("d", {}, ({ shell }) => void shell("a", { command: `curl -H ${secret("api")}` })).faults[0], /places that the shell would read/],
  ["a secret among a command's arguments", () => dag("d", {}, ({ shell }) => void shell("a", { command: ["curl", secret("api")] })).faults[0], /which everybody on the machine can read/],
])("%s is refused where it is declared", (_, make, expected) => {
  let found: unknown;
  try {
    found = make();
  } catch (error) {
    found = error;
  }
  expect(String(found)).toMatch(expected);
});

test("masks take secrets out in every form in which they are written, and leave short words alone", () => {
  const mask = new Mask({ token, short: "abc", lines: "first line\nsecond line" });
  const hidden = [token, JSON.stringify({ token }), `https://x/?t=${encodeURIComponent(token)}`, Buffer.from(token).toString("base64"), "the second line of it"].map((text) => mask.text(text));
  expect(hidden).toEqual(["***", '{"token":"***"}', "https://x/?t=***", "***", "the *** of it"]);
  expect(mask.text("abc stays")).toBe("abc stays");
  expect(mask.outcome({ kind: "success", result: { json: JSON.stringify(token) } })).toEqual({ kind: "success", result: { json: JSON.stringify(token) } });
});
