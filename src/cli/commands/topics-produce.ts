import { createInterface } from "node:readline";
import type { Client, ProducedRecord } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface ProduceOptions {
  key?: string;
  header?: [string, string][];
  eventTime?: string;
}

/** A record on its way: where it came from, and its JSON text. */
interface Given {
  /** `line 3` or `argument 1`. */
  place: string;
  text: string;
}

interface Refused {
  place: string;
  field: string;
  rule: string;
  message: string;
}

interface Outcome {
  accepted: number;
  refused: Refused[];
  /** Of the accepted: the first ones' places in the topic, for whoever wants to look at them. */
  offsets: { partition: number; offset: number }[];
}

const batchRecords = 1_000;
const batchBytes = 2 * 1024 * 1024;
const offsetsMax = 1_000;
const refusedShown = 20;

/** Sends records in batches, so that a file of any size goes through in little memory. Bad ones are listed; the good go in. */
export async function produce(context: CliContext, [topic, texts]: [string, string[]], options: ProduceOptions): Promise<ExitCode> {
  if (texts.length === 0 && process.stdin.isTTY) throw usageError("there is no record", "millrace topics produce", `give one as an argument, as '{"id":1}', or lines of JSON on stdin`);
  return withClient(context, "running", async ({ client }) => {
    const outcome: Outcome = { accepted: 0, refused: [], offsets: [] };
    for await (const batch of batchesOf(texts.length > 0 ? fromArguments(texts) : fromStdin())) await send(client, topic, batch, options, outcome);
    await tell(context, topic, outcome);
    return outcome.refused.length > 0 ? exitCodes.failed : exitCodes.ok;
  });
}

async function* fromArguments(texts: string[]): AsyncGenerator<Given> {
  for (const [i, text] of texts.entries()) yield { place: `argument ${i + 1}`, text };
}

async function* fromStdin(): AsyncGenerator<Given> {
  let line = 0;
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line++;
    if (text.trim() !== "") yield { place: `line ${line}`, text };
  }
}

async function* batchesOf(given: AsyncIterable<Given>): AsyncGenerator<Given[]> {
  let batch: Given[] = [];
  let bytes = 0;
  for await (const each of given) {
    if (batch.length >= batchRecords || (batch.length > 0 && bytes + each.text.length > batchBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(each);
    bytes += each.text.length;
  }
  if (batch.length > 0) yield batch;
}

async function send(client: Client, topic: string, batch: Given[], { key, header, eventTime }: ProduceOptions, outcome: Outcome): Promise<void> {
  const sent: { place: string; record: ProducedRecord }[] = [];
  for (const { place, text } of batch) {
    const value = objectOf(text);
    if (typeof value === "string") outcome.refused.push({ place, field: "", rule: "json", message: value });
    else sent.push({ place, record: { value, key, headers: header, eventTime } });
  }
  if (sent.length === 0) return;
  const { accepted, rejected, rejectedCount } = await client.produce(topic, sent.map(({ record }) => record));
  outcome.accepted += accepted.length;
  for (const { partition, offset } of accepted.slice(0, offsetsMax - outcome.offsets.length)) outcome.offsets.push({ partition, offset });
  for (const { index, violations } of rejected) for (const violation of violations.slice(0, 1)) outcome.refused.push({ place: sent[index].place, ...violation });
  if (rejectedCount > rejected.length) outcome.refused.push({ place: "this batch", field: "", rule: "", message: `${rejectedCount - rejected.length} more records were refused` });
}

/** The object that the text is, or what is wrong with it. */
function objectOf(text: string): object | string {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "a record is a JSON object";
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
}

async function tell(context: CliContext, topic: string, { accepted, refused, offsets }: Outcome): Promise<void> {
  if (context.options.json) return printJson(context, { topic, accepted, offsets, rejected: refused });
  const { style } = context;
  await context.print(`${countText(accepted)} ${accepted === 1 ? "record is" : "records are"} on disk in ${plainText(topic)}.\n`);
  for (const { place, field, message } of refused.slice(0, refusedShown)) context.note(`${style.bad("refused")} ${place}: ${field === "" ? "" : `field "${plainText(field)}" `}${plainText(message)}`);
  if (refused.length > refusedShown) context.note(`… and ${countText(refused.length - refusedShown)} more`);
}
