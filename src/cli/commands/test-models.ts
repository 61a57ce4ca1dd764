import type { ModelTestResult } from "../../server/model-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { paintState } from "../output/paint-state.ts";
import { plainText } from "../output/plain-text.ts";
import { rowsText } from "../output/rows-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

interface TestOptions {
  exclude?: string[];
  unit?: boolean;
  checks?: boolean;
}

/** The exit code says whether everything passed; a check that only warns does not count. */
export function testModels(context: CliContext, [select]: [string[]], { exclude, unit, checks }: TestOptions): Promise<ExitCode> {
  return withClient(context, "stored", async ({ client }) => {
    const kinds: ("check" | "unit")[] = unit === checks ? ["check", "unit"] : unit ? ["unit"] : ["check"];
    const results = await client.testModels({ ...(select.length > 0 && { select }), ...(exclude && { exclude }), kinds });
    if (context.options.json) await printJson(context, { results });
    else if (results.length === 0) context.note("There is nothing to test: give models `checks` or `unitTests`.");
    else await context.print(resultsText(results, context));
    return results.some(({ state }) => state === "failed" || state === "error") ? exitCodes.failed : exitCodes.ok;
  });
}

function resultsText(results: readonly ModelTestResult[], context: CliContext): string {
  const columns = [{ title: "model" }, { title: "test" }, { title: "kind" }, { title: "state", paint: paintState }, { title: "rows", align: "right" as const }, { title: "" }];
  const rows = results.map((result) => [result.model, result.name, result.kind, result.state, result.failures > 0 ? String(result.failures) : "", result.error?.what ?? ""]);
  const samples = results.filter(({ sample }) => sample.length > 0).map((result) => sampleText(result, context));
  return [tableText(columns, rows, context), ...samples].join("\n");
}

function sampleText({ model, name, sample, failures }: ModelTestResult, context: CliContext): string {
  const more = failures > sample.length ? `${sample.length} of ${failures} rows` : `${failures} row${failures === 1 ? "" : "s"}`;
  return `${plainText(model)}, ${plainText(name)}: ${more}\n${rowsText(sample, context)}`;
}
