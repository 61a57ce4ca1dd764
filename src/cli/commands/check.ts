import type { CheckResult } from "../../quality/checks/check-result.ts";
import type { Explanation } from "../../quality/checks/explain-checks.ts";
import type { JudgementDetail, QualityView } from "../../server/quality-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { momentText } from "../output/moment-text.ts";
import { paintState } from "../output/paint-state.ts";
import { plainLines, plainText } from "../output/plain-text.ts";
import { rowsText } from "../output/rows-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

interface CheckOptions {
  explain?: boolean;
  exact?: boolean;
  at?: string;
}

/** The exit code says whether everything holds; a check that only warns does not count. */
export function check(context: CliContext, [dataset]: [string | undefined], { explain, exact, at }: CheckOptions): Promise<ExitCode> {
  return withClient(context, "stored", async ({ client }) => {
    if (dataset === undefined) {
      const datasets = await client.quality();
      if (context.options.json) await printJson(context, { datasets });
      else if (datasets.length === 0) context.note("Nothing has checks: give a table or a topic `checks`.");
      else await context.print(listText(datasets, context));
      return exitCodes.ok;
    }
    const request = { ...(at !== undefined && { version: at }), ...(exact && { exact }) };
    if (explain) {
      const explanation = await client.explainChecks(dataset, request);
      if (context.options.json) await printJson(context, explanation);
      else await context.print(explanationText(explanation, context));
      return exitCodes.ok;
    }
    const judgement = await client.checkDataset(dataset, request);
    if (context.options.json) await printJson(context, judgement);
    else await context.print(judgementText(judgement, context));
    return judgement.results.some(({ severity, state }) => severity === "error" && (state === "failed" || state === "error")) ? exitCodes.failed : exitCodes.ok;
  });
}

function listText(datasets: readonly QualityView[], context: CliContext): string {
  const columns = [{ title: "dataset" }, { title: "checks", align: "right" as const }, { title: "score", align: "right" as const }, { title: "judged (UTC)" }, { title: "does not hold" }];
  const rows = datasets.map(({ dataset, checks, last }) => {
    const broken = last?.results.filter(({ state }) => state !== "passed" && state !== "skipped").map(({ name }) => name) ?? [];
    return [dataset, String(checks.length), last?.score == null ? "" : String(last.score), last ? momentText(last.at, "UTC") : "", broken.join(", ")];
  });
  return tableText(columns, rows, context);
}

function judgementText({ version, score, results }: JudgementDetail, context: CliContext): string {
  const columns = [{ title: "check" }, { title: "state", paint: paintState }, { title: "tier", align: "right" as const }, { title: "found", align: "right" as const }, { title: "of rows", align: "right" as const }, { title: "expected" }];
  const rows = results.map((result) => [result.name, result.state, result.tier === null ? "" : String(result.tier), foundText(result), result.rows === null ? "" : String(result.rows), firstLine(result.error?.what) ?? result.expected]);
  const samples = results.filter(({ sample }) => sample.length > 0).map(({ name, failures, sample }) => `${plainText(name)}, ${failures} found; rows to look at:\n${rowsText(sample, context)}`);
  const head = `${version === null ? "" : `version ${version}, `}score ${score ?? "unknown"}`;
  return [head, tableText(columns, rows, context), ...samples].join("\n");
}

/** Engines go on with where they have looked. */
const firstLine = (text: string | undefined): string | undefined => text?.split("\n", 1)[0];

function foundText({ failures, atLeast, value }: CheckResult): string {
  if (failures !== null) return `${atLeast ? ">= " : ""}${failures}`;
  return value === null ? "" : String(value);
}

function explanationText({ checks, statements }: Explanation, context: CliContext): string {
  const columns = [{ title: "check" }, { title: "tier", align: "right" as const }, { title: "how" }, { title: "expected" }];
  const rows = checks.map(({ name, tier, how, expected, error }) => [name, tier === null ? "" : String(tier), firstLine(error?.what) ?? how, expected]);
  return [tableText(columns, rows, context), ...statements.map(({ tier, sql }) => `tier ${tier}:\n${plainLines(sql)}\n`)].join("\n");
}
