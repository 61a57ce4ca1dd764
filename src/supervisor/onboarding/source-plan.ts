import type { CrawledTable } from "../../catalog/external-table.ts";
import type { CrawlReport, TableReport } from "../../catalog/crawl/crawl-report.ts";
import { asMillraceError } from "../../errors.ts";
import { evolution } from "../../lake/evolve-fields.ts";
import { type SchemaField, typeText } from "../../lake/iceberg-type.ts";
import { resultFields } from "../../lake/result-schema.ts";
import type { CrawlerDecl } from "../../model/crawler.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { SourceDecl } from "../../model/onboarding/source-decl.ts";
import type { SourcePlan, SourceTablePlan } from "../../server/source-folder-plan.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { describeRows } from "./read-batch.ts";
import { type SourceParts, type SourceTable, sourceTables } from "./source-tables.ts";
import { toLoad } from "./table-to-load.ts";

export interface SourcePlanParts extends SourceParts {
  runner: Pick<SqlRunner, "run">;
  /** Crawls without making anything visible. */
  look(crawler: string, decl: CrawlerDecl): Promise<{ report: CrawlReport; tables: CrawledTable[] }>;
}

const unreadableShown = 20;

/** What each source folder of a project would do if it ran now. Files are looked into; nothing is made, changed or loaded. */
export async function sourcePlans(parts: SourcePlanParts, { dags }: Pick<Manifest, "dags">): Promise<SourcePlan[]> {
  const plans: SourcePlan[] = [];
  for (const { name, tasks } of Object.values(dags)) {
    const crawl = tasks.find(({ kind }) => kind === "crawl")?.settings as unknown as CrawlerDecl | undefined;
    const source = tasks.find(({ kind }) => kind === "load")?.settings as unknown as SourceDecl | undefined;
    if (crawl && source) plans.push(await sourcePlan(parts, name, crawl, source));
  }
  return plans;
}

async function sourcePlan(parts: SourcePlanParts, name: string, crawl: CrawlerDecl, source: SourceDecl): Promise<SourcePlan> {
  const none = { name, at: source.at, tables: [], unreadable: { files: 0, first: [] } };
  try {
    const { report, tables } = await parts.look(name, crawl);
    const reports = new Map(report.tables.map((table) => [table.name, table]));
    const found: SourceTablePlan[] = [];
    for (const table of tables) found.push(await tablePlan(parts, source, table, tables, reports.get(table.name) as TableReport));
    return { ...none, tables: found, unreadable: { files: report.files.unreadable, first: report.unreadable.slice(0, unreadableShown) }, error: null };
  } catch (error) {
    return { ...none, error: asMillraceError(error, `source folder "${name}"`).toJSON() };
  }
}

async function tablePlan(parts: SourcePlanParts, source: SourceDecl, raw: CrawledTable, all: readonly CrawledTable[], report: TableReport): Promise<SourceTablePlan> {
  const { action, changes, format, partitionColumns, files, bytes } = report;
  const facts = { raw: raw.name, into: `${source.processed}.${raw.name.slice(raw.name.indexOf(".") + 1)}`, action, changes, format, partitionColumns, files, bytes };
  try {
    const [table] = (await sourceTables(parts, source, all)).filter((each) => each.raw === raw);
    const { table: _table, into: _into, ...load } = toLoad(table);
    return { ...facts, columns: await columnsOf(parts, table), load, error: null };
  } catch (error) {
    return { ...facts, columns: [], load: { newFiles: 0, changedFiles: 0, goneFiles: 0, bytes: 0 }, error: asMillraceError(error, raw.name).toJSON() };
  }
}

/** As they will be: those that are there first. */
async function columnsOf({ lake, runner }: SourcePlanParts, table: SourceTable): Promise<SourceTablePlan["columns"]> {
  const gives = resultFields(table.into, await describeRows(runner, table));
  const have = (await lake.tables()).includes(table.into) ? (await (await lake.table(table.into)).schema()).fields : undefined;
  if (have === undefined) return gives.map((field) => ({ ...shown(field), change: "new" }));
  const { changes, recast } = evolution(have, gives);
  const given = new Map(gives.map((field) => [field.name.toLowerCase(), field]));
  const isTop = (name: string) => changes.some((change) => "path" in change && change.path[0] === name) || changes.some((change) => change.op === "add" && change.parent?.[0] === name);
  const kept = have.map((field): SourceTablePlan["columns"][number] => {
    const change = recast.some((each) => each.have === field) ? "recast" : isTop(field.name) ? "widened" : null;
    return { ...shown(change === null ? field : { ...field, type: (given.get(field.name.toLowerCase()) as SchemaField).type }), change };
  });
  const added = changes.flatMap((change) => (change.op === "add" && change.parent === undefined ? [{ name: change.name, type: typeText(change.type), change: "added" as const }] : []));
  return [...kept, ...added];
}

const shown = ({ name, type }: SchemaField): { name: string; type: string } => ({ name, type: typeText(type) });
