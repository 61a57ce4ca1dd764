import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { symlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CliRun, runCliProcess } from "../src/cli/testing.ts";
import { stallMs } from "./support/stall.ts";

/* The command line against a Millrace that runs: what its users type, and what they see. */

const repository = fileURLToPath(new URL("..", import.meta.url));

const pipeline = `
import { files, http, reject, stage, table, topic } from "millrace";
import { z } from "zod";

const Order = z.object({ id: z.string(), amount: z.number(), at: z.iso.datetime() });
export const orders = topic("orders", { schema: Order, key: "id", eventTime: "at", partitions: 2 });
export const large = topic("orders.large", { schema: Order, key: "id", eventTime: "at", partitions: 2 });
export const history = files("orders-history", { to: orders, path: new URL("./orders.ndjson", import.meta.url), orderBy: "at" });
export const intake = http("orders-intake", { to: orders });
export const pick = stage("pick-large", {
  from: orders,
  to: large,
  run: (order, emit) => {
    if (order.amount < 0) reject("a negative amount");
    if (order.amount > 100) emit(order);
  },
});
export const all = table("shop.orders", { from: orders });
`;

const config = `
import { defineProject } from "millrace";
export default defineProject({ name: "shop", summary: [{ name: "totals", title: "Totals", sql: "select count(*) as orders, sum(amount) as amount from shop.orders" }] });
`;

async function makeProject(extra: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
  await mkdir(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "millrace"));
  symlinkSync(join(repository, "node_modules", "zod"), join(folder, "node_modules", "zod"));
  const lines = Array.from({ length: 100 }, (_, i) => JSON.stringify({ id: `o-${i}`, amount: i * 2, at: new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString() }));
  const all = { "pipeline.ts": pipeline, "millrace.config.ts": config, "package.json": '{ "type": "module" }', "orders.ndjson": `${lines.join("\n")}\n`, ...extra };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  return folder;
}

const made: string[] = [];
let shop: string;
let up: CliRun;

const at = async (...args: string[]) => runCliProcess([...args, "--project", shop]);
const json = async (...args: string[]) => {
  const { stdout, stderr, code } = await at(...args, "--json");
  expect(stderr, args.join(" ")).toBe("");
  return { code, value: JSON.parse(stdout) };
};

/** Asks again until the answer holds: what was posted takes a moment to its table. */
async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 30_000 + stallMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer) || performance.now() > deadline) return answer;
  }
}

beforeAll(async () => {
  shop = await makeProject();
  made.push(shop);
  up = new CliRun(["up", "--project", shop]);
  await up.until(({ stdout }) => stdout.includes("Look around"), 55_000);
});

afterAll(async () => {
  if (up?.child.exitCode === null) {
    up.child.kill("SIGINT");
    await up.result();
  }
  for (const folder of made) await rm(folder, { recursive: true, force: true });
});

test("up prints the summary of what was drained, and how to go on", () => {
  expect(up.stdout).toMatch(/^shop: caught up after /);
  expect(up.stdout).toMatch(/^Totals\norders +amount\n +100 +9900/m);
  expect(up.stdout).toMatch(/curl -H "Authorization: Bearer \$\(cat .*token\)"/);
  expect(up.stdout).not.toContain("\u001b");
  expect(up.stderr).toMatch(/shop is up at http:\/\/127\.0\.0\.1:\d+; data in /);
});

test("status", async () => {
  const { value } = await json("status");
  expect(value).toMatchObject({ running: true, project: "shop", idle: true, url: expect.stringContaining("127.0.0.1") });
  const people = await at("status");
  expect(people.stdout).toMatch(/^pick-large +record +running +1 +100 /m);
  expect(people.stdout).toMatch(/^orders-history +ended, 100 of 100$/m);
});

test("sql in all forms", async () => {
  const query = "select id, amount from shop.orders order by amount limit 2";
  expect((await json("sql", query)).value).toMatchObject({ rows: [{ id: "o-0", amount: 0 }, { id: "o-1", amount: 2 }], rowCount: 2, truncated: false });
  expect((await at("sql", query, "--format", "csv")).stdout).toBe("id,amount\r\no-0,0\r\no-1,2\r\n");
  expect((await at("sql", query)).stdout).toBe("id   amount\no-0       0\no-1       2\n");
  const short = await at("sql", "select * from shop.orders", "--limit", "3");
  expect(short.stdout.trim().split("\n")).toHaveLength(4);
  expect(short.stderr).toContain("There are more rows");
  const piped = await runCliProcess(["sql", "--project", shop], { input: "select 41 + 1 as answer" });
  expect(piped.stdout).toMatch(/^answer\n +42\n$/);
  expect((await runCliProcess(["sql", "-f", "-", "--project", shop], { input: "select 1 as one" })).stdout).toContain("one");
});

test("sql that cannot be: exit codes tell a fault from a missing table", async () => {
  expect(await json("sql", "selec 1")).toMatchObject({ code: 1, value: { error: { code: "MR-SQL-001" } } });
  expect(await json("sql", "select * from shop.orderz")).toMatchObject({ code: 3, value: { error: { code: "MR-SQL-003" } } });
  expect(await json("sql", "drop table shop.orders")).toMatchObject({ code: 1, value: { error: { code: "MR-SQL-002" } } });
});

test("wrangle suggest looks at the values that are there", async () => {
  const { stdout, code } = await at("wrangle", "suggest", "shop.orders");
  expect([code, stdout]).toEqual([0, "// shop.orders, 100 rows: proposed from its profile, to be looked at before it is kept.\n// Nothing else was found that a step would mend.\n"]);
});

test("produce, tail and describe", async () => {
  const hostile = { id: "h-1\u001b[2J", amount: 500, at: "2026-02-01T00:00:00.000Z" };
  const bad = await at("topics", "produce", "orders", JSON.stringify(hostile), '{"id":"h-2"}', "nope");
  expect(bad.code).toBe(1);
  expect(bad.stdout).toBe("1 record is on disk in orders.\n");
  expect(bad.stderr).toMatch(/refused argument 2: field "amount"/);
  expect(bad.stderr).toMatch(/refused argument 3: is not JSON/);

  const lines = Array.from({ length: 2_500 }, (_, i) => JSON.stringify({ id: `p-${i}`, amount: 1, at: "2026-02-01T00:00:01.000Z" })).join("\n");
  const piped = await runCliProcess(["topics", "produce", "orders", "--project", shop, "--json"], { input: `${lines}\n\n` });
  expect(JSON.parse(piped.stdout)).toMatchObject({ topic: "orders", accepted: 2_500, rejected: [] });

  const tail = await at("topics", "tail", "orders.large", "--from", "2026-01-31T00:00:00Z", "--limit", "1");
  expect(tail.stdout).toContain("h-1\\x1b[2J");
  expect(tail.stdout).not.toContain("\u001b");
  const [record] = (await at("topics", "tail", "orders.large", "--from", "2026-01-31", "--limit", "1", "--json")).stdout.trim().split("\n");
  expect(JSON.parse(record)).toMatchObject({ eventTime: "2026-02-01T00:00:00.000Z", value: hostile });

  const stored = await at("topics", "tail", "orders", "--from", "start", "--no-follow", "--json");
  expect(stored.stdout.trim().split("\n")).toHaveLength(2_601);

  expect((await json("topics", "describe", "orders")).value).toMatchObject({ name: "orders", partitions: 2, key: "id" });
  const { value } = await json("topics", "list");
  expect(value.topics.map(({ name }: { name: string }) => name)).toEqual(["orders", "orders.large"]);
  expect(await at("topics", "tail", "orderz")).toMatchObject({ code: 3, stdout: "" });
});

test("a tail follows, and ends with the reader", async () => {
  const tail = new CliRun(["topics", "tail", "orders.large", "--from", "end", "--json", "--project", shop]);
  // What is produced before the tail is open is not its business: so produce until it has seen one.
  await eventually(
    async () => at("topics", "produce", "orders", '{"id":"t-1","amount":999,"at":"2026-02-02T00:00:00Z"}'),
    () => tail.stdout.includes('"t-1"'),
  );
  expect(JSON.parse(tail.stdout.split("\n")[0])).toMatchObject({ value: { id: "t-1" } });
  tail.child.kill("SIGINT");
  expect(await tail.result()).toMatchObject({ code: 130, stderr: "" });
});

test("dead letters are listed, shown, sent again and discarded", async () => {
  await at("topics", "produce", "orders", '{"id":"\\u009bd-1","amount":-1,"at":"2026-02-03T00:00:00Z"}');
  const { value } = await eventually(() => json("dlq", "list"), (answer) => answer.value.stages[0].records > 0);
  expect(value.stages).toEqual([{ stage: "pick-large", topic: "pick-large.dlq", records: 1 }, { stage: "table:shop.orders", topic: "table:shop.orders.dlq", records: 0 }]);
  const shown = await at("dlq", "show", "pick-large");
  expect(shown.stdout).toMatch(/a negative amount/);
  expect(shown.stdout).toMatch(/record: orders \d:\d+, attempt 1/);
  expect(shown.stdout).not.toMatch(/[\u001b\u009b]/);
  expect((await json("dlq", "redrive", "pick-large", "--dry-run")).value).toEqual({ stage: "pick-large", matched: 1, redriven: 0, dryRun: true });
  const place = /letter: (\d+:\d+)/.exec(shown.stdout)?.[1] as string;
  expect((await json("dlq", "redrive", "pick-large", "--record", "3:99999", place, "--dry-run")).value).toMatchObject({ matched: 1, redriven: 0 });
  expect(await at("dlq", "redrive", "pick-large", "--record", "17")).toMatchObject({ code: 2, stderr: expect.stringContaining("as 0:17") });
  expect((await json("dlq", "redrive", "pick-large", "--record", place)).value).toMatchObject({ matched: 1, redriven: 1 });
  // With the same code it comes back, at another place.
  await eventually(() => json("dlq", "show", "pick-large"), (answer) => answer.value.records.length === 1 && `${answer.value.records[0].partition}:${answer.value.records[0].offset}` !== place);
  expect(await at("dlq", "show", "orders-history")).toMatchObject({ code: 3 });
  expect(await at("dlq", "redrive", "table:shop.orders")).toMatchObject({ code: 3, stderr: expect.stringContaining("would come back") });
  expect((await json("dlq", "discard", "table:shop.orders", "--yes")).value).toEqual({ stage: "table:shop.orders", matched: 0, discarded: 0, dryRun: false });
  expect(await at("dlq", "discard", "pick-large", "--dry-run")).toMatchObject({ code: 0, stdout: "1 dead letter of pick-large would be discarded.\n" });
  expect(await at("dlq", "discard", "pick-large", "--error-code", "MR-NONE-000", "--yes")).toMatchObject({ code: 0, stdout: "0 dead letters of pick-large wait no longer.\n" });
  expect(await at("dlq", "discard", "pick-large")).toMatchObject({ code: 2, stdout: "1 dead letter of pick-large would be discarded.\n", stderr: expect.stringContaining("--yes") });
  expect(await at("dlq", "discard", "pick-large", "--yes")).toMatchObject({ code: 0, stdout: "1 dead letter of pick-large waits no longer.\n" });
  await eventually(() => json("dlq", "list"), (answer) => answer.value.stages[0].records === 0);
  expect((await json("dlq", "show", "pick-large")).value).toMatchObject({ records: [] });
});

test("stages are paused, resumed and scaled", async () => {
  expect((await json("stages", "pause", "pick-large", "--reason", "lunch")).value).toMatchObject({ state: "paused", reason: "lunch" });
  expect((await at("status")).stdout).toContain("stage pick-large paused: lunch");
  expect((await json("stages", "resume", "pick-large")).value.state).not.toBe("paused");
  expect((await json("stages", "scale", "pick-large", "--max", "2")).value.scale).toEqual({ min: 1, max: 2 });
  expect(await json("stages", "pause", "pick-larg")).toMatchObject({ code: 3, value: { error: { code: "MR-ENGINE-005" } } });
});

test("doctor sees the one that runs; run and a second up leave it alone", async () => {
  const { value, code } = await json("doctor");
  expect(value.checks.find(({ name }: { name: string }) => name === "running")).toMatchObject({ state: "ok", what: expect.stringContaining("at http://127.0.0.1") });
  expect(code).toBe(0);
  expect(await json("run", "pick-large")).toMatchObject({ code: 1, value: { error: { code: "MR-LOG-001" } } });
  expect(await at("up", "--until-idle")).toMatchObject({ code: 1, stderr: expect.stringContaining("MR-LOG-001") });
});

test("after Ctrl-C what is stored can still be read, and a bounded run goes on from there", async () => {
  up.child.kill("SIGINT");
  expect(await up.result()).toMatchObject({ code: 130, stderr: expect.stringContaining("Draining") });
  expect((await json("status")).value).toMatchObject({ running: false, tables: [{ name: "shop.orders" }] });
  const { value } = await json("sql", "select count(*) as n from shop.orders");
  expect(value.rows[0].n).toBeGreaterThanOrEqual(2_601);
  expect(await json("stages", "pause", "pick-large")).toMatchObject({ code: 3, value: { error: { code: "MR-CLI-002" } } });
  const still = await at("topics", "tail", "orders.large", "--from", "start");
  expect(still).toMatchObject({ code: 0, stderr: expect.stringContaining("not running") });
});

test("run brings one stage or table up to its input, and no other", async () => {
  const folder = await makeProject();
  made.push(folder);
  const run = async (name: string) => JSON.parse((await runCliProcess(["run", name, "--project", folder, "--json"])).stdout);
  expect(await run("orders-history")).toMatchObject({ stages: { "orders-history": { state: "drained", recordsIn: 100 } }, tables: { "shop.orders": 0 } });
  const written = await run("shop.orders");
  expect(written).toMatchObject({ tables: { "shop.orders": 100 }, problems: [] });
  expect(Object.keys(written.stages)).toEqual(["table:shop.orders"]);
});

test("up --until-idle --json ends with one document", async () => {
  const folder = await makeProject();
  made.push(folder);
  const { code, stdout } = await runCliProcess(["up", "--until-idle", "--json", "--project", folder]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    project: "shop",
    release: expect.any(String),
    durationSeconds: expect.any(Number),
    stages: { "orders-history": { state: "drained" }, "pick-large": { recordsIn: 100, deadLetters: 0 } },
    tables: { "shop.orders": 100 },
    summary: { totals: [{ orders: 100, amount: 9_900 }] },
    problems: [],
  });
});

test("up --until-idle says which part is broken, and fails", async () => {
  const folder = await makeProject({ "bad.pipeline.ts": "export const = 1;\n", "pipeline.ts": pipeline.replace("if (order.amount < 0)", "throw new Error('broken on purpose');\n    if (order.amount < 0)") });
  made.push(folder);
  // A stage pauses itself when more than a fifth of the last thousand records failed.
  const lines = Array.from({ length: 500 }, (_, i) => JSON.stringify({ id: `o-${i}`, amount: i, at: "2026-01-01T00:00:00.000Z" }));
  await writeFile(join(folder, "orders.ndjson"), `${lines.join("\n")}\n`);
  const { code, stdout, stderr } = await runCliProcess(["up", "--until-idle", "--project", folder]);
  expect(code).toBe(1);
  expect(stderr.indexOf("bad.pipeline.ts:1")).toBeGreaterThanOrEqual(0);
  expect(stderr.indexOf("bad.pipeline.ts:1")).toBeLessThan(stderr.indexOf("is up at"));
  expect(stdout).toMatch(/^shop: came to a stand after /);
  expect(stdout).toMatch(/stage pick-large paused: .*broken on purpose/);
  expect(stdout).toContain("millrace stages resume pick-large");
  expect(await readFile(join(folder, ".millrace", "token"), "utf8")).not.toBe("");
});
