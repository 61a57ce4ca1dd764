import { durationText } from "../../model/duration.ts";
import type { TopicDetails } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function describeTopic(context: CliContext, [name]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const topic = await client.topic(name);
    if (context.options.json) return printJson(context, topic);
    await context.print([headText(topic, context), columnsText(topic, context), partitionsText(topic, context)].filter((part) => part !== "").join("\n"));
  });
}

function headText(topic: TopicDetails, { style }: CliContext): string {
  const settings: [string, string | undefined][] = [
    ["key", topic.key ?? "none: records are spread in turn"],
    ["event time", topic.eventTime ?? "time of arrival"],
    ["retention", [topic.retentionMs === undefined ? "" : durationText(topic.retentionMs), topic.retentionBytes === undefined ? "" : bytesText(topic.retentionBytes)].filter((part) => part !== "").join(", ") || "kept"],
    ["compacted", topic.compact ? "yes" : undefined],
    ["kept for", topic.internal],
  ];
  const lines = settings.flatMap(([label, value]) => (value === undefined ? [] : [`${style.dim(`${label}:`.padEnd(12))} ${plainText(value)}\n`]));
  return `${style.bold(plainText(topic.name))}\n${lines.join("")}`;
}

function columnsText({ columns }: TopicDetails, context: CliContext): string {
  if (!columns) return "";
  return tableText([{ title: "field" }, { title: "type" }, { title: "may be" }], columns.map(({ name, type, nullable, optional }) => [name, type, [nullable && !optional ? "null" : "", optional ? "absent" : ""].filter((part) => part !== "").join(", ")]), context);
}

function partitionsText({ partitionInfo }: TopicDetails, context: CliContext): string {
  const columns = ["partition", "start", "end", "records", "bytes"].map((title) => ({ title, align: "right" as const }));
  const rows = partitionInfo.map(({ partition, start, end, records, bytes, eventTimeMax }) => [String(partition), String(start), String(end), countText(records), bytesText(bytes), timeOf(eventTimeMax)]);
  return tableText([...columns, { title: "latest event time" }], rows, context);
}

function timeOf(ms: number | undefined): string {
  return ms === undefined || Math.abs(ms) > 8.64e15 ? "" : new Date(ms).toISOString();
}
