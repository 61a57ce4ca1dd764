import { asMillraceError, MillraceError } from "../../errors.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { isOutOfMemory } from "../../sql/engine-error.ts";
import type { QueryResult, QueryValue } from "../../sql/query-request.ts";
import { type CheckResult, isTolerated, resultOf, unknownResult } from "./check-result.ts";
import type { CodeCheck, RunCode } from "./code-checks.ts";
import type { CheckedDataset } from "./checked-dataset.ts";
import { type CheckStatement, compileChecks, type CompiledCheck, type CompileOptions, type Proof, proofsOf, statementOf, statementsOf } from "./compile-checks.ts";
import { failingRowsSql } from "./failing-rows.ts";
import type { Measured } from "./measure.ts";

/** Runs one statement; everything of it, in a process of its own. */
export type RunStatement = (sql: string, rowsMax: number) => Promise<Pick<QueryResult, "columns" | "rows">>;

export interface RunChecksOptions extends CompileOptions {
  /** Rows to show of each check that fails. Default 10. */
  sampleMax?: number;
  /** Runs functions of the project over rows. Absent: checks that are functions are skipped. */
  runCode?: RunCode;
}

/** Checks of which failing rows are fetched: a dataset that breaks hundreds is looked at by other means. */
const sampledMax = 20;
/** What a statement itself may be at fault for; anything else would be so for every other as well. */
const statementFaults: readonly string[] = ["MR-SQL-001", "MR-SQL-002", "MR-SQL-003", "MR-SQL-005", "MR-WRANGLE-001", "MR-WRANGLE-003"];
/** It ran out of time or memory; of time, in halves it would take as long again. */
const exhausted = "MR-SQL-004";

/** Judges one version of a dataset: a statement for each tier that is needed, and the failing rows only of what failed. */
export async function runChecks(checks: readonly CheckDecl[], dataset: CheckedDataset, run: RunStatement, options: RunChecksOptions = {}): Promise<CheckResult[]> {
  const compiled = compileChecks(checks, dataset, options);
  const found = new Map<CompiledCheck, Measured | MillraceError>();
  const proofs = proofsOf(compiled);
  const ask = async (tier: 1 | 2, some: readonly CompiledCheck[]): Promise<void> => {
    for (const statement of statementsOf(some, dataset)) if (statement.tier === tier) await answer(statement, dataset, run, found);
  };
  await ask(1, [...compiled, ...proofs]);
  for (const proof of proofs) settle(proof, found.get(proof), found);
  await ask(2, compiled.filter((each) => !found.has(each)));
  const samples = await askCode(compiled, dataset, found, options);
  const results = compiled.map((each) => ({ ...judged(each, found.get(each)), sample: samples.get(each) ?? [] }));
  await addSamples(compiled, results, dataset, run, options.sampleMax ?? 10);
  return results;
}

/** @returns rows that break checks, which the functions have kept */
async function askCode(compiled: readonly CompiledCheck[], dataset: CheckedDataset, found: Map<CompiledCheck, Measured | MillraceError>, { runCode, sampleMax = 10 }: RunChecksOptions): Promise<Map<CompiledCheck, CheckResult["sample"]>> {
  const samples = new Map<CompiledCheck, CheckResult["sample"]>();
  const coded = compiled.filter(({ measure }) => measure?.tier === "code");
  if (runCode === undefined || coded.length === 0) return samples;
  const verdicts = await runCode(coded.map(({ check }) => check as CodeCheck), dataset, sampleMax);
  for (const each of coded) {
    const verdict = verdicts.get(each.check.name);
    if (verdict instanceof MillraceError) found.set(each, verdict);
    else if (verdict !== undefined) {
      found.set(each, verdict.measured);
      samples.set(each, verdict.sample);
    }
  }
  return samples;
}

/** A proof that could not be found out, or breaks too little, says nothing: the check itself is asked then. */
function settle({ check, proves }: Proof, broken: Measured | MillraceError | undefined, found: Map<CompiledCheck, Measured | MillraceError>): void {
  if (broken === undefined || broken instanceof MillraceError || isTolerated(check, broken.failures ?? 0, broken.rows)) return;
  found.set(proves, broken);
}

/** A statement that fails is asked in halves, until it is known whose fault it is. */
async function answer({ tier, sql, answers }: CheckStatement, dataset: CheckedDataset, run: RunStatement, found: Map<CompiledCheck, Measured | MillraceError>): Promise<void> {
  try {
    const { rows } = await run(sql, 1);
    for (const { compiled, places } of answers) found.set(compiled, measured(compiled, places.map((place) => rows[0][place])));
  } catch (error) {
    if (!(error instanceof MillraceError) || !(error.code === exhausted || (statementFaults.includes(error.code) && !error.parts.retryable))) throw error;
    const members = answers.map(({ compiled }) => compiled);
    if (members.length === 1 || (error.code === exhausted && !isOutOfMemory(error))) {
      for (const member of members) found.set(member, error);
      return;
    }
    const middle = Math.ceil(members.length / 2);
    for (const half of [members.slice(0, middle), members.slice(middle)]) await answer(statementOf(half, tier, dataset), dataset, run, found);
  }
}

function measured({ measure }: CompiledCheck, values: QueryValue[]): Measured {
  if (measure === undefined || measure.tier === 0 || measure.tier === "code") throw new Error("a check that is known was asked for");
  return measure.read(values);
}

function judged({ check, measure, fault }: CompiledCheck, found: Measured | MillraceError | undefined): CheckResult {
  if (fault) return unknownResult(check, "error", fault.toJSON());
  if (measure === undefined || (measure.tier === "code" && found === undefined)) return unknownResult(check, "skipped", null);
  if (measure.tier === 0) return resultOf(check, 0, measure.measured);
  if (found instanceof MillraceError) return unknownResult(check, "error", found.toJSON());
  return resultOf(check, measure.tier, found as Measured);
}

async function addSamples(compiled: readonly CompiledCheck[], results: CheckResult[], dataset: CheckedDataset, run: RunStatement, sampleMax: number): Promise<void> {
  if (sampleMax === 0) return;
  const broken = results.flatMap((result, i) => (result.failures !== null && result.failures > 0 ? [i] : []));
  for (const i of broken.slice(0, sampledMax)) {
    const sql = failingRowsSql(compiled[i].check, dataset, sampleMax);
    if (sql === undefined) continue;
    try {
      const { columns, rows } = await run(sql, sampleMax);
      results[i].sample = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
    } catch (error) {
      // The verdict stands without them: rows may be too large to be shown.
      const { code } = asMillraceError(error, `check "${compiled[i].check.name}"`);
      if (!code.startsWith("MR-SQL")) throw error;
    }
  }
}
