import type { Manifest } from "../../model/manifest.ts";
import { columnsToLookAt, suggestSteps } from "../../wrangle/suggest/suggest-steps.ts";
import { type DatasetExport, printSteps } from "../../wrangle/suggest/print-steps.ts";
import { sqlName } from "../../lake/duckdb.ts";
import type { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { findProject } from "../find-project.ts";
import { withClient } from "../with-client.ts";

/** Different texts of a column that are looked at, the most frequent ones. */
const valuesMax = 1_000;

export async function suggestWrangling(context: CliContext, [dataset]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const profile = await client.profile({ dataset });
    const values = await Promise.all(columnsToLookAt(profile).map(async (column): Promise<[string, string[]]> => [column, await frequentTexts(client, dataset, column)]));
    const suggested = suggestSteps(profile, Object.fromEntries(values));
    if (context.options.json) return printJson(context, suggested);
    await context.print(printSteps(profile, suggested, await exportOf(context, dataset)));
  });
}

async function frequentTexts(client: Client, dataset: string, column: string): Promise<string[]> {
  const [from, name] = [dataset.split(".").map(sqlName).join("."), sqlName(column)];
  const { rows } = await client.sql({ sql: `select ${name} from ${from} where ${name} is not null group by 1 order by count(*) desc, 1 limit ${valuesMax}`, limit: valuesMax });
  return rows.map(([text]) => String(text));
}

/** Where the project declares it, if it does. */
async function exportOf(context: CliContext, dataset: string): Promise<DatasetExport | undefined> {
  const { readProject } = await import("../../supervisor/definitions/read-project.ts");
  const { manifest } = await readProject(findProject(process.cwd(), context.options.project));
  const [, place, name] = /^(.+), export (.+)$/.exec(declaredAt(manifest, dataset) ?? "") ?? [];
  return name === undefined || name === "default" ? undefined : { file: `./${place.replace(/(:\d+)+$/, "")}`, name };
}

const declaredAt = ({ tables, topics, external }: Manifest, dataset: string): string | undefined => (tables[dataset] ?? external?.[dataset] ?? topics[dataset])?.declaredAt;
