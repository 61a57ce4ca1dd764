import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { explainChecks } from "../../quality/checks/explain-checks.ts";
import { runChecks } from "../../quality/checks/run-checks.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { codeRunner } from "./row-judge.ts";
import { statementRunner } from "./run-statement.ts";

const dataset = { name: "numbers", columns: [{ name: "n", type: "BIGINT" }] };
let folder: string;
let runner: SqlRunner;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-judge-"));
  runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 10 });
  const holds = {
    even: "(row) => row.n % 2 === 0 || `${row.n} is odd`",
    changes: "(row) => { const was = row.n; row.n = 0; return was < 1e9; }",
    throws: "(row) => { if (row.n === 3) throw new Error('three'); return true; }",
  };
  const checks = (of: Record<string, string>) => `[${Object.entries(of).map(([name, code]) => `{ decl: { name: "${name}", kind: "record" }, reads: [], holds: ${code} }`).join(", ")}]`;
  writeFileSync(join(folder, "tables.ts"), `export const numbers = { checks: ${checks(holds)} };\nexport const model = { model: { checks: ${checks({ dies: "() => process.exit(0)" })} } };\n`);
  writeFileSync(join(folder, "broken.ts"), "throw new Error('no such database');");
});

afterAll(async () => {
  await runner.close();
  rmSync(folder, { recursive: true, force: true });
});

const check = (name: string, code = { module: "tables.ts", export: "numbers" }, severity: CheckDecl["severity"] = "error"): CheckDecl => ({ kind: "record", name, columns: [], severity, code });

async function judged(...checks: CheckDecl[]) {
  const request = { resolve: async (references: unknown[]) => ({ sources: references.map(() => ({ kind: "view" as const, sql: "select i as n from range(5000) as r(i)" })), known: [] }), signal: new AbortController().signal, limits: { timeoutMs: 60_000 } };
  return runChecks(checks, dataset, statementRunner(runner, request), { runCode: codeRunner(runner, request, folder), sampleMax: 2 });
}

test("functions judge all rows of a table in a process of their own; what they throw or change is the row's alone", async () => {
  const [even, changes, throws] = await judged(check("even"), check("changes"), check("throws", undefined, "warn"));
  expect(even).toMatchObject({ state: "failed", tier: "code", failures: 2_500, rows: 5_000, sample: [{ n: 1, _why: "1 is odd" }, { n: 3, _why: "3 is odd" }] });
  expect(changes).toMatchObject({ state: "passed", failures: 0 });
  expect(throws).toMatchObject({ state: "warned", failures: 1, sample: [{ n: 3, _why: "its function threw: three" }] });
});

test("code that cannot be run is an error of its checks, and of no others", async () => {
  const found = await judged(check("even"), check("dies", { module: "tables.ts", export: "model" }), check("gone", { module: "tables.ts", export: "numbers2" }), check("x", { module: "broken.ts", export: "t" }));
  expect(found.map(({ state, error }) => [state, error?.code, error?.what])).toEqual([
    ["failed", undefined, undefined],
    ["error", "MR-QUALITY-007", expect.stringContaining("its process ended (exit code 0)")],
    ["error", "MR-QUALITY-007", expect.stringContaining('has no check "gone"')],
    ["error", "MR-QUALITY-007", expect.stringContaining("no such database")],
  ]);
});

test("where no code runs they are skipped, and an explanation says their tier", async () => {
  const [skipped] = await runChecks([check("even")], dataset, async () => ({ columns: [], rows: [] }));
  expect(skipped).toMatchObject({ state: "skipped", tier: null });
  expect(explainChecks([check("even")], dataset).checks).toMatchObject([{ tier: "code", how: "its function over all rows, in a process of the project's code", sql: [] }]);
});
