import type { Detection, FoundOutlier } from "../../quality/detect/detect.ts";
import type { DetectOptions } from "../../quality/detect/methods.ts";
import { type CliContext, printJson } from "../context.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface Options {
  method: string;
  columns?: string[];
  by?: string[];
  label?: string[];
  order?: string;
  set?: string[];
  at?: string;
}

/** Of one detection, in the terminal. */
const shownMax = 20;

export async function detect(context: CliContext, [dataset]: [string], { method, set = [], at, ...rest }: Options): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const detected = await client.detect({ dataset, method, options: optionsOf(set), ...(at !== undefined && { version: at }), ...rest });
    if (context.options.json) return printJson(context, detected);
    const { rows, outliers, detections, notJudged } = detected;
    const lines = [`${context.style.bold(plainText(dataset))}  ${countText(rows)} rows, ${countText(outliers)} outlier${outliers === 1 ? "" : "s"} by ${method}`];
    for (const detection of detections.filter((each) => each.outliers > 0)) lines.push("", headOf(detection), foundText(detection, context).trimEnd());
    if (notJudged.length > 0) lines.push("", ...notJudged.slice(0, shownMax).map(({ group, column, why }) => `not judged: ${placeOf(group, column)} (${plainText(why.what)})`));
    if (notJudged.length > shownMax) lines.push(`and ${notJudged.length - shownMax} more`);
    await context.print(`${lines.join("\n")}\n`);
  });
}

function optionsOf(set: readonly string[]): DetectOptions {
  return Object.fromEntries(
    set.map((each) => {
      const at = each.indexOf("=");
      if (at < 1) throw usageError(`--set ${each} is no option and value`, "millrace detect", "write --set threshold=4");
      const value = each.slice(at + 1);
      return [each.slice(0, at), value !== "" && Number.isFinite(Number(value)) ? Number(value) : value];
    }),
  );
}

function placeOf(group: Record<string, string | null>, column: string | undefined): string {
  const groups = Object.entries(group).map(([name, value]) => `${name} ${value ?? "null"}`);
  return plainText([...(column === undefined ? [] : [column]), ...groups].join(", ")) || "all rows";
}

function headOf({ group, column, outliers, judged, threshold, exact, by }: Detection): string {
  const figures = Object.entries(by).filter(([, value]) => typeof value === "number" || typeof value === "string").map(([name, value]) => `${name} ${typeof value === "number" ? Number(value.toPrecision(6)) : value}`);
  return plainText(`${placeOf(group, column)}: ${outliers} of ${judged} beyond ${Number(Number(threshold).toPrecision(6))}${exact ? "" : ", approximate"}${figures.length === 0 ? "" : ` (${figures.join(", ")})`}`);
}

function foundText({ found }: Detection, context: CliContext): string {
  const shown = found.slice(0, shownMax);
  const [labels, values, figures] = [(each: FoundOutlier) => each.label, (each: FoundOutlier) => each.values, (each: FoundOutlier) => each.judgedBy].map((part) => Object.keys(part(shown[0])));
  const titles = ["row", ...labels, ...values, "score", ...figures];
  const text = (value: unknown): string => (value === null || value === undefined ? "" : typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value));
  const rows = shown.map((each) => [String(each.row + 1), ...labels.map((name) => text(each.label[name])), ...values.map((name) => text(each.values[name])), text(each.score), ...figures.map((name) => text(each.judgedBy[name]))]);
  const more = found.length > shownMax ? `and more: --json has ${found.length}\n` : "";
  return tableText(titles.map((title) => ({ title })), rows, context) + more;
}
