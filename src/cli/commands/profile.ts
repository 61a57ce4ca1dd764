import type { ProfileComparison } from "../../quality/profile/compare-profiles.ts";
import type { TableProfile } from "../../quality/profile/profile.ts";
import { suggestChecks } from "../../quality/profile/suggest-checks.ts";
import { type CliContext, printJson } from "../context.ts";
import { columnText } from "../output/column-profile-text.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { profileText } from "../output/profile-text.ts";
import { tableText } from "../output/table-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface ProfileOptions {
  at?: string;
  against?: string;
  partition?: string[];
  column?: string;
  exact?: boolean;
  relations?: boolean;
  suggest?: boolean;
}

export async function profile(context: CliContext, [dataset]: [string], { at, against, partition, column, exact, relations, suggest }: ProfileOptions): Promise<void> {
  if (against !== undefined && (partition ?? column ?? exact ?? relations ?? suggest) !== undefined) throw usageError("--against compares two versions, and takes no other option than --at", "millrace profile", "leave the others out");
  await withClient(context, "stored", async ({ client }) => {
    if (against !== undefined) {
      const comparison = await client.compareProfiles({ dataset, against, ...(at !== undefined && { version: at }) });
      return context.options.json ? printJson(context, comparison) : context.print(comparisonText(comparison, context));
    }
    const found = await client.profile({ dataset, ...(at !== undefined && { version: at }), ...(partition && { partitions: partition }), ...(exact && { exact }), ...((relations || suggest) && { relations: true }) });
    if (suggest) return context.options.json ? printJson(context, { suggestions: suggestChecks(found).suggestions }) : context.print(suggestChecks(found).code);
    const shown = column === undefined ? found : { ...found, columns: [columnNamed(found, column)], findings: found.findings.filter((finding) => finding.column === column) };
    if (context.options.json) return printJson(context, shown);
    await context.print(column === undefined ? profileText(shown, context) : columnText(shown.columns[0], shown.findings, context));
  });
}

function columnNamed({ columns, dataset }: TableProfile, name: string): TableProfile["columns"][number] {
  const column = columns.find((each) => each.name === name);
  if (column) return column;
  throw usageError(`${dataset} has no column "${name}"`, "millrace profile --column", `name one of ${columns.slice(0, 8).map((each) => each.name).join(", ")}`);
}

function comparisonText({ dataset, before, after, added, removed, columns }: ProfileComparison, context: CliContext): string {
  const lines = [`${context.style.bold(plainText(dataset))}  ${before.snapshot ?? before.at}: ${countText(before.rows)} rows, ${after.snapshot ?? after.at}: ${countText(after.rows)} rows`];
  if (added.length > 0) lines.push(`new columns: ${plainText(added.join(", "))}`);
  if (removed.length > 0) lines.push(`columns that are gone: ${plainText(removed.join(", "))}`);
  if (columns.length === 0) lines.push("No column differs.");
  const rows = columns.flatMap(({ name, changes, newValues, goneValues, drift }) => [
    ...changes.map(({ figure, before, after }) => [name, figure, before, after]),
    ...(drift ? [[name, `drift (${drift.measure})`, "", `${drift.value.toFixed(3)}: ${drift.says}`]] : []),
    ...(newValues.length > 0 ? [[name, "new values", "", newValues.join(", ")]] : []),
    ...(goneValues.length > 0 ? [[name, "values that are gone", goneValues.join(", "), ""]] : []),
  ]);
  return `${lines.join("\n")}\n${rows.length === 0 ? "" : tableText([{ title: "column" }, { title: "what" }, { title: "before" }, { title: "after" }], rows, context)}`;
}
