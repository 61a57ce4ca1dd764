import type { QueryView } from "../../server/query-control.ts";
import type { QuerySummary } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { labelledText } from "../output/labelled-text.ts";
import { bytesText, countText, timeText } from "../output/number-text.ts";
import { paintState, stateColumn } from "../output/paint-state.ts";
import { plainLines, plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

interface QueriesListOptions {
  state?: string;
  before?: string;
  limit: number;
}

/** The newest statements, or those before one of them. */
export async function listQueries(context: CliContext, _args: [], { state, before, limit }: QueriesListOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const page = await client.queries({ state, before, limit });
    if (context.options.json) return printJson(context, page);
    if (page.queries.length === 0) return context.note("There are no such queries.");
    const right = { align: "right" as const };
    const columns = [{ title: "query" }, { title: "at" }, stateColumn, { title: "by" }, { title: "time", ...right }, { title: "rows", ...right }, { title: "read", ...right }, { title: "statement" }];
    await context.print(tableText(columns, page.queries.map(rowOf), context));
    if (page.next !== null) context.note(context.errorStyle.dim(`There may be more: --before ${plainText(page.next)}`));
  });
}

function rowOf({ id, createdAt, state, by, cost, cached, sql }: QuerySummary): string[] {
  return [id, createdAt.slice(0, 19), state, by ?? "", cost.ms === null ? "" : timeText(cost.ms / 1_000), cost.rows === null ? "" : countText(cost.rows), cached ? "cached" : bytesText(cost.bytesScanned), sql.replaceAll(/\s+/g, " ").slice(0, 60)];
}

export async function showQuery(context: CliContext, [id]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const view = await client.query(id);
    if (context.options.json) return printJson(context, view);
    await context.print(`${queryText(view, context)}\n${plainLines(view.sql)}\n`);
  });
}

function queryText(view: QueryView, { style }: CliContext): string {
  const { cost } = view;
  const heading = `${style.bold(plainText(view.id))}  ${paintState(view.state, style)(view.state)}${view.progress === null ? "" : `  ${Math.round(view.progress)} %`}`;
  const pruned = cost.filesPruned === 0 ? "" : `, ${countText(cost.filesPruned)} left out`;
  const values: [string, string | undefined][] = [
    ["at", view.createdAt],
    ["by", view.by ?? undefined],
    ["time", cost.ms === null ? undefined : timeText(cost.ms / 1_000)],
    ["rows", cost.rows === null ? undefined : countText(cost.rows)],
    ["read", view.cached ? "nothing: the result was there already" : `${bytesText(cost.bytesScanned)} in ${countText(cost.filesRead)} files${pruned}`],
    ...view.reads.map(({ dataset, snapshot }): [string, string] => ["from", snapshot === null ? dataset : `${dataset}, version ${snapshot}`]),
    ["result", view.resultUntil === null ? undefined : `kept until ${view.resultUntil}`],
    ["error", view.error ? `${view.error.code}: ${view.error.what}` : undefined],
    ["mend", view.error?.mend],
  ];
  return labelledText(heading, values, style);
}

export async function cancelQuery(context: CliContext, [id]: [string]): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const view = await client.cancelQuery(id);
    if (context.options.json) return printJson(context, view);
    await context.print(`${plainText(view.id)} is ${view.state}.\n`);
  });
}
