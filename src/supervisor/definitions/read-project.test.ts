import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { readConfiguredProject, readProject } from "./read-project.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A project folder in which `import "millrace"` means this checkout, as after an installation. */
function project(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "millrace-read-")));
  folders.push(folder);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/millrace"));
  symlinkSync(join(root, "node_modules/zod"), join(folder, "node_modules/zod"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const good = `import { topic, stage } from "millrace";
import { z } from "zod";
export const orders = topic("orders", { schema: z.object({ id: z.string() }), key: "id" });
export const copies = topic("copies", { schema: z.object({ id: z.string() }) });
export const copy = stage("copy", { from: orders, to: copies, run: (order, emit) => emit(order) });
`;

test("a project without configuration is named for its folder and read by the default globs", async () => {
  const folder = project({ "pipeline.ts": good, "pipelines/deep/more.ts": 'import { topic } from "millrace";\nexport const t = topic("more", { schema: { type: "object", properties: { a: { type: "string" } } } });\n' });
  const { manifest, config } = await readProject(folder);
  expect(manifest.problems).toEqual([]);
  expect(Object.keys(manifest.topics)).toEqual(["copies", "copy.dlq", "copy.redrive", "more", "orders"]);
  expect(manifest.stages.copy).toMatchObject({ kind: "record", from: ["orders"], to: { out: "copies" }, module: "pipeline.ts", export: "copy", dlq: "copy.dlq" });
  expect(manifest.topics.orders.declaredAt).toBe("pipeline.ts:3:23, export orders");
  expect(config.dataDir).toBe(join(folder, ".millrace"));
  expect(folder).toContain(manifest.project);
});

test("what lies in the data folder is no source, wherever that is", async () => {
  const folder = project({ "pipeline.ts": good });
  const { manifest } = await readProject(folder);
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "metadata.json"), "{}");
  expect((await readProject(folder, { dataFolder: join(folder, "data") })).manifest.release).toBe(manifest.release);
  expect((await readProject(folder)).manifest.release).not.toBe(manifest.release);
});

test("the configuration names files, the data folder and the summary", async () => {
  const folder = project({
    "millrace.config.ts": 'import { defineProject, kafkaLog } from "millrace";\nexport default defineProject({ name: "shop", profile: { log: kafkaLog({ brokers: ["kafka-1:9092"] }) }, pipelines: ["src/*.ts"], dataDir: "data", http: { port: 8123, tls: { cert: "cert.pem", key: "/etc/key.pem" } }, workers: { stages: ["score"], pools: ["gpu"] }, history: { keep: "4w" }, releases: "manual", summary: [{ name: "n", title: "N", sql: "select 1" }] });\n',
    "src/shop.ts": good,
    "pipeline.ts": "throw new Error('not asked for')",
  });
  const { manifest, config } = await readProject(folder);
  expect(manifest.problems).toEqual([]);
  expect(manifest.project).toBe("shop");
  expect(config).toEqual({ name: "shop", pipelines: ["src/*.ts"], dataDir: join(folder, "data"), http: { host: "127.0.0.1", port: 8123, tls: { cert: join(folder, "cert.pem"), key: "/etc/key.pem" } }, workers: { stages: ["score"], pools: ["gpu"], brokers: false }, history: { keepMs: 28 * 86_400_000, keepRuns: 100, keepVersions: 100 }, releases: "manual", quality: { everyMs: 5_000, keep: 100, watchMs: 60_000, alerts: [] }, summary: [{ name: "n", title: "N", sql: "select 1" }], profile: { log: { kind: "kafka", brokers: ["kafka-1:9092"], prefix: "", replication: 1 } } });
});

test.each<[string, string, { code?: string; where: string; what: string; mend: string }]>([
  ["a TypeScript syntax error", 'const a = 1;\nconst b: string = = 3;\n', { where: "bad.pipeline.ts:2:19", what: "Expression expected", mend: "syntax" }],
  ["an enum", "enum A { x }\n", { where: "bad.pipeline.ts:1:1", what: "enum", mend: "erased" }],
  ["a throw", 'const a = 1;\n\nthrow new Error("no luck");\n', { where: "bad.pipeline.ts:3:7", what: "no luck", mend: "throws" }],
  ["a throw of no Error", 'throw "text";\n', { where: "bad.pipeline.ts", what: '"text"', mend: "throws" }],
  ["a missing package", 'import "zod";\nimport { a } from "no-such-package";\n', { where: "bad.pipeline.ts:2:19", what: "no-such-package", mend: "npm install no-such-package" }],
  ["a missing file", 'import { a } from "./no-such-file.ts";\n', { where: "bad.pipeline.ts:1:19", what: "no-such-file.ts", mend: "path" }],
  ["a missing export", 'import { nothing } from "millrace";\n', { where: "bad.pipeline.ts:1:10", what: "nothing", mend: "export" }],
  ["an end of the process", "const a = 1;\nprocess.exit(0);\n", { where: "bad.pipeline.ts:2:9", what: "process.exit(0)", mend: "throw" }],
  ["a kill", "process.kill(process.pid, 'SIGKILL');\nawait new Promise(() => setInterval(() => {}, 1000));\n", { where: "bad.pipeline.ts", what: "SIGKILL", mend: "outside of functions" }],
  ["a wait for nothing", "await new Promise(() => {});\n", { where: "bad.pipeline.ts", what: "never comes", mend: "await" }],
  ["a wrong declaration", 'import { topic } from "millrace";\n\nexport const t = topic("bad name", { schema: {} as never });\n', { code: "MR-MODEL-001", where: "bad.pipeline.ts:3:18", what: "bad name", mend: "letters" }],
])("%s is told with its place and the mend, and the other files go on", async (_, text, expected) => {
  const folder = project({ "bad.pipeline.ts": text, "pipeline.ts": good });
  const { manifest } = await readProject(folder);
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
  expect(manifest.problems).toHaveLength(1);
  const [problem] = manifest.problems;
  expect(problem).toMatchObject({ code: expected.code ?? "MR-MODEL-006", file: "bad.pipeline.ts" });
  expect(problem.where).toContain(expected.where);
  expect(problem.what).toContain(expected.what);
  expect(problem.mend).toContain(expected.mend);
});

test("an error that comes later is told of the file that it comes from, and the file under way gets another try", async () => {
  const folder = project({
    "a.pipeline.ts": 'import { setTimeout } from "node:timers";\nsetTimeout(() => {\n  throw new Error("too late");\n}, 1);\n',
    "b.pipeline.ts": `await new Promise((resolve) => setTimeout(resolve, 300));\n${good}`,
  });
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toMatchObject([{ file: "a.pipeline.ts", where: "a.pipeline.ts:3:9" }]);
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
});

test("a file that never returns is given up", async () => {
  const folder = project({ "bad.pipeline.ts": "while (true) {}\n", "pipeline.ts": good });
  const { manifest } = await readProject(folder, { fileMs: 1_500 });
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
  expect(manifest.problems).toMatchObject([{ code: "MR-MODEL-007", file: "bad.pipeline.ts", where: "bad.pipeline.ts" }]);
});

test("a syntax error in an imported plain JavaScript file has its place", async () => {
  const folder = project({ "bad.pipeline.mjs": "const a = 1;\nlet b = = 3;\n", "pipeline.ts": good });
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toMatchObject([{ code: "MR-MODEL-006", where: "bad.pipeline.mjs:2:9" }]);
});

test("what a file prints, and what it leaves running, disturbs nothing", async () => {
  const folder = project({ "pipeline.ts": `console.log('{"type":"begin"}'); console.error("x"); setInterval(() => {}, 1000);\n${good}` });
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toEqual([]);
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
});

test("the caller's environment does not reach the user's code", async () => {
  process.env.MILLRACE_TEST_SECRET = "s3cret";
  try {
    const folder = project({ "pipeline.ts": `if (process.env.MILLRACE_TEST_SECRET) throw new Error("leaked");\n${good}` });
    expect((await readProject(folder)).manifest.problems).toEqual([]);
  } finally {
    delete process.env.MILLRACE_TEST_SECRET;
  }
});

test("a stage that nobody exports is told, one that another file exports is not", async () => {
  const folder = project({
    "a.pipeline.ts": 'import { orders } from "./b.pipeline.ts";\nimport { sink } from "millrace";\nsink("lost", { from: orders, write: async () => {} });\nexport const kept = sink("kept", { from: orders, write: async () => {} });\n',
    "b.pipeline.ts": good,
  });
  const { manifest } = await readProject(folder);
  expect(Object.keys(manifest.stages)).toEqual(["copy", "kept"]);
  expect(manifest.problems).toMatchObject([{ code: "MR-MODEL-001", where: "a.pipeline.ts:3:1" }]);
  expect(manifest.problems[0].what).toContain('stage "lost"');
});

test("a declaration that files share stays one, even when the reading process starts anew between them", async () => {
  const folder = project({ "a.pipeline.ts": 'export { copy as again } from "./c.pipeline.ts";\n', "b.pipeline.ts": "process.exit(3);\n", "c.pipeline.ts": good });
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toMatchObject([{ file: "b.pipeline.ts" }]);
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
});

test("a broken configuration is a problem, and the defaults hold; who works on the data is refused, and no folder is made", async () => {
  const folder = project({ "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ nam: "x" } as object);\n', "pipeline.ts": good });
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toMatchObject([{ code: "MR-MODEL-001", file: "millrace.config.ts", mend: 'write "name"' }]);
  expect(Object.keys(manifest.stages)).toEqual(["copy"]);
  const caches: string[] = [];
  const compileCache = ({ dataDir }: { dataDir: string }): undefined => void caches.push(dataDir);
  await expect(readConfiguredProject(folder, { compileCache })).rejects.toMatchObject({ code: "MR-MODEL-001", parts: { mend: 'write "name"' } });
  expect(caches).toEqual([]);
  const unreadable = project({ "millrace.config.ts": 'throw new Error("no such secret");\n', "pipeline.ts": good });
  await expect(readConfiguredProject(unreadable)).rejects.toThrow("no such secret");
});

test("versions of the catalog's entries may be kept for ever", async () => {
  const { config } = await readProject(project({ "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ history: { keepVersions: "forever" } });\n', "pipeline.ts": good }));
  expect(config.history).toEqual({ keepMs: 90 * 86_400_000, keepRuns: 100 });
});

test("a history that cannot be kept so is a problem that names the option", async () => {
  const wrong = ['{ keep: "soon" }', "{ keep: 90 }", "{ keepRuns: 0 }", "{ keepVersions: 1.5 }", "{ runs: 5 }", "7"];
  const problems = await Promise.all(wrong.map(async (history) => (await readProject(project({ "millrace.config.ts": `import { defineProject } from "millrace";\nexport default defineProject({ history: ${history} } as object);\n`, "pipeline.ts": good }))).manifest.problems.map(({ code, where }) => `${code} ${where}`)));
  expect(problems.flat()).toEqual(["MR-MODEL-005 millrace.config.ts, history.keep", "MR-MODEL-001 millrace.config.ts", "MR-MODEL-001 millrace.config.ts, history.keepRuns", "MR-MODEL-001 millrace.config.ts, history.keepVersions", "MR-MODEL-001 millrace.config.ts", "MR-MODEL-001 millrace.config.ts"]);
});

test("DAGs come from code and from YAML; what is wrong with one leaves the rest", async () => {
  const folder = project({
    "pipeline.ts": 'import { dag } from "millrace";\n\nexport const fine = dag("fine", { schedule: "@daily" }, ({ task }) => {\n  task("one", () => 1);\n});\nexport const bad = dag("bad", {}, ({ task }) => {\n  task("one", () => 1, { retries: -1 });\n});\n',
    "nightly.dag.yaml": "tasks:\n  a: { shell: echo }\n",
    "pipelines/broken.dag.yml": "tasks: [",
  });
  const { manifest } = await readProject(folder);
  expect(manifest.dags).toMatchObject({ fine: { module: "pipeline.ts", export: "fine", tasks: [{ name: "one", declaredAt: "pipeline.ts:4:3" }] }, nightly: { declaredAt: "nightly.dag.yaml:1:1" } });
  expect(manifest.problems).toMatchObject([
    { code: "MR-MODEL-001", file: "pipeline.ts", where: 'task "one" of DAG "bad", pipeline.ts:7:3' },
    { code: "MR-MODEL-013", file: "pipelines/broken.dag.yml" },
  ]);
  writeFileSync(join(folder, "nightly.dag.yaml"), "tasks:\n  a: { shell: echo }\n# changed\n");
  expect((await readProject(folder)).manifest.release).not.toBe(manifest.release);
});

test("a folder without a project is told as such", async () => {
  await expect(readProject(project({}))).rejects.toMatchObject({ code: "MR-MODEL-008" });
  await expect(readProject("/no/such/folder")).rejects.toMatchObject({ code: "MR-MODEL-008" });
});

test("the release follows the sources, not where they lie", async () => {
  const [one, two, other] = await Promise.all([good, good, `${good}// changed\n`].map(async (text) => (await readProject(project({ "pipeline.ts": text, "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "same" });\n' }))).manifest.release));
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(two).toBe(one);
  expect(other).not.toBe(one);
});
