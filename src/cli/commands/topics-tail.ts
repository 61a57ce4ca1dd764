import type { RecordView } from "../../server/record-view.ts";
import type { Client, RecordPage } from "../client.ts";
import type { CliContext } from "../context.ts";
import type { From } from "../parse-options.ts";
import { plainJson, plainText } from "../output/plain-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface TailOptions {
  from: From;
  partition?: number;
  limit?: number;
  follow: boolean;
}

const pageSize = 1_000;

/** Prints what is stored page by page, then follows from exactly where the pages ended. */
export async function tailTopic(context: CliContext, [topic]: [string], options: TailOptions): Promise<void> {
  if ("offset" in options.from && options.partition === undefined) throw usageError("an offset counts within a partition, and none is given", "millrace topics tail, --from", "add --partition, or begin at a time");
  await withClient(context, "stored", async ({ client, running }) => {
    const state = { left: options.limit ?? Infinity, cursor: undefined as string | undefined };
    const print = async (records: RecordView[]): Promise<void> => {
      const shown = records.slice(0, state.left);
      state.left -= shown.length;
      if (shown.length > 0) await context.print(shown.map((record) => recordLine(record, context)).join(""));
    };
    for await (const page of storedPages(client, topic, options)) {
      await print(page.records);
      state.cursor = page.next;
      if (state.left <= 0 || context.signal.aborted) return;
    }
    if (!options.follow) return;
    if (!running) return context.note("Millrace is not running, so no more will come: millrace up");
    await follow(context, client, topic, options, state, print);
  });
}

/** The pages from the starting point to the end as it is when they get there. */
async function* storedPages(client: Client, topic: string, { from, partition, limit }: TailOptions): AsyncGenerator<RecordPage> {
  if ("from" in from && from.from === "end") {
    const newest = await client.records(topic, { partition, from: "end", limit: Math.min(limit ?? 1, pageSize) });
    // Without a limit a tail begins with what comes next; the page is asked for its cursor alone.
    yield limit === undefined ? { ...newest, records: [] } : newest;
    return;
  }
  let page = await client.records(topic, { partition, ...("from" in from ? { from: from.from } : from), limit: pageSize });
  for (;;) {
    yield page;
    if (page.atEnd) return;
    page = await client.records(topic, { cursor: page.next, limit: pageSize });
  }
}

async function follow(context: CliContext, client: Client, topic: string, { partition }: TailOptions, state: { left: number; cursor: string | undefined }, print: (records: RecordView[]) => Promise<void>): Promise<void> {
  for await (const event of client.tail(topic, { partition, cursor: state.cursor })) {
    if (event.type === "gap") context.note(`partition ${event.partition}: records ${event.from} to ${event.to - 1} went by retention before they were read`);
    else await print([event.record]);
    if (state.left <= 0) return;
  }
  if (!context.signal.aborted) context.note("Millrace has gone down; the tail ends.");
}

/** A line for each record: JSON for programs, and for people its place, time, key and value. */
export function recordLine(record: RecordView, { options, style }: CliContext): string {
  if (options.json) return `${plainJson(record)}\n`;
  const { partition, offset, eventTime, key, value } = record;
  const text = value === null ? style.warn("(deletes its key)") : plainJson(value);
  return `${style.dim(`${partition}:${offset}  ${eventTime}`)}  ${key === null ? style.dim("-") : style.accent(plainText(key))}  ${text}\n`;
}
