import type { RecordView } from "../../server/record-view.ts";
import { type CliContext, printJson } from "../context.ts";
import { plainJson, plainText } from "../output/plain-text.ts";
import type { From } from "../parse-options.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface ShowOptions {
  limit: number;
  from: From;
  partition?: number;
}

/** Headers that say what failed, as the engine writes them. */
const prefix = "mr.dlq.";

export async function showDeadLetters(context: CliContext, [stage]: [string], { limit, from, partition }: ShowOptions): Promise<void> {
  if ("offset" in from && partition === undefined) throw usageError("an offset counts within a partition, and none is given", "millrace dlq show, --from", "add --partition, or begin at a time");
  await withClient(context, "stored", async ({ client }) => {
    const page = await client.deadLetterRecords(stage, { limit, partition, ...from });
    if (context.options.json) return printJson(context, { stage, topic: page.topic, records: page.records });
    if (page.records.length === 0) return context.note(`Stage ${plainText(stage)} has no dead letters.`);
    await context.print(page.records.map((record) => letterText(record, context)).join("\n"));
  });
}

function letterText(record: RecordView, { style, options }: CliContext): string {
  const headers = new Map(record.headers.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
  const told = (name: string): string => plainText(headers.get(name) ?? "?");
  const lines = [
    `${style.bad(told("errorCode"))} ${told("errorClass")}: ${told("errorMessage")}`,
    `  ${style.dim("letter:")} ${record.partition}:${record.offset}`,
    `  ${style.dim("record:")} ${told("topic")} ${told("partition")}:${told("offset")}, attempt ${told("attempt")}, ${told("failedAt")}, release ${told("release").slice(0, 12)}`,
    `  ${style.dim("value:")}  ${record.value === null ? "(deletes its key)" : plainJson(record.value)}`,
  ];
  if (options.verbose) lines.push(...(headers.get("stack") ?? "").split("\n").map((line) => `  ${style.dim(plainText(line))}`));
  return lines.map((line) => `${line}\n`).join("");
}
