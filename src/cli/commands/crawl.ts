import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CrawlReport, TableReport } from "../../catalog/crawl/crawl-report.ts";
import { type CliContext, printJson } from "../context.ts";
import { labelledText } from "../output/labelled-text.ts";
import { momentText } from "../output/moment-text.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

const right = (title: string) => ({ title, align: "right" as const });

export async function crawl(context: CliContext, [target]: [string], { into, dryRun }: { into?: string; dryRun?: boolean }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const isCrawler = (await client.crawlers()).some(({ name }) => name === target);
    // A folder is meant as the shell means it.
    const folder = resolve(target);
    const report = await client.crawl({ target: !isCrawler && existsSync(folder) ? folder : target, ...(into !== undefined && { into }), ...(dryRun && { dryRun }) });
    await printReport(report, context);
  });
}

export async function showCrawl(context: CliContext, [crawl]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => printReport(await client.crawlReport(crawl), context));
}

export async function listCrawls(context: CliContext, _args: [], { crawler }: { crawler?: string }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const crawls = await client.crawls(crawler);
    if (context.options.json) return printJson(context, { crawls });
    const columns = [{ title: "crawl", whole: true as const }, { title: "crawler" }, { title: "at (UTC)" }, right("files"), right("read"), right("unreadable"), { title: "tables" }];
    await context.print(tableText(columns, crawls.map(({ crawl, crawler, startedAt, files, tables, dryRun }) => [crawl, crawler, momentText(startedAt, "UTC"), countText(files.seen), countText(files.read), countText(files.unreadable), `${actionsText(tables)}${dryRun ? " (dry run)" : ""}`]), context));
  });
}

export async function listCrawlers(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const crawlers = await client.crawlers();
    if (context.options.json) return printJson(context, { crawlers });
    const columns = [{ title: "crawler" }, { title: "at" }, { title: "into" }, right("tables"), { title: "last crawl (UTC)" }];
    await context.print(tableText(columns, crawlers.map(({ name, at, into, tables, last }) => [name, at, into, countText(tables), momentText(last?.startedAt ?? null, "UTC")]), context));
  });
}

const actionsText = (tables: object): string => Object.entries(tables).map(([action, count]) => `${count} ${action}`).join(", ") || "none";

async function printReport(report: CrawlReport, context: CliContext): Promise<void> {
  if (context.options.json) return printJson(context, report);
  const { files, tables, unreadable, leftOut } = report;
  const values: [string, string | undefined][] = [
    ["crawl", report.dryRun ? `${report.crawl} (dry run: nothing was changed)` : report.crawl],
    ["files", `${countText(files.seen)}, ${bytesText(files.bytes)}; ${countText(files.read)} looked into, ${countText(files.unreadable)} unreadable, ${countText(files.leftOut)} left out`],
  ];
  await context.print(`${labelledText(context.style.bold(plainText(report.location)), values, context.style)}\n`);
  const columns = [{ title: "table" }, { title: "" }, { title: "format" }, right("files"), right("rows"), right("columns"), { title: "partitions" }, { title: "why" }];
  await context.print(tableText(columns, tables.map(tableRow), context));
  for (const { name, changes, conflicts } of tables) {
    for (const change of changes) context.note(`${plainText(name)}: ${plainText(change)}`);
    for (const { column, taken, found } of conflicts) context.note(`${plainText(name)}: column ${plainText(column)} is ${plainText(found.map(({ type, example }) => `${type} in ${example}`).join(", "))}; taken as ${plainText(taken)}`);
  }
  for (const { path, error } of unreadable) context.note(`${error.code} ${plainText(path)}: ${plainText(error.what)}`);
  for (const { path, why } of leftOut) context.note(context.errorStyle.dim(`${plainText(path)}: left out, ${plainText(why)}`));
}

function tableRow({ name, action, format, files, rows, columns, partitionColumns, why }: TableReport): string[] {
  return [name, action, format, countText(files), rows === null ? "" : countText(rows), countText(columns), partitionColumns.join(", "), why.join("; ")];
}
