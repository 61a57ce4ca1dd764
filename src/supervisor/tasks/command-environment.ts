import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Work } from "../../scheduler/executor.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import type { ResultStore } from "./result-store.ts";
import { messageOf } from "./work-message.ts";

/** A system takes no longer value; Linux 128 KiB. */
const valueCharsMax = 64 * 1024;

/** What of our own environment a command may see. */
export function plainEnvironment(): Record<string, string> {
  const { PATH, HOME, LANG = "C.UTF-8", TZ = "UTC" } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), LANG, TZ };
}

/** The facts of the run that are always short, as environment variables. */
export function factsOf(work: Work): Record<string, string> {
  const { run, task, index, number, fence, attempt } = work;
  return {
    MILLRACE_DAG: run.dag,
    MILLRACE_TASK: task.name,
    MILLRACE_RUN_ID: run.id,
    MILLRACE_RUN_KIND: run.kind,
    MILLRACE_RELEASE: run.release,
    MILLRACE_LOGICAL_DATE: run.logicalDate ?? "",
    MILLRACE_INTERVAL_START: run.interval.start,
    MILLRACE_INTERVAL_END: run.interval.end,
    MILLRACE_ATTEMPT: String(number),
    MILLRACE_FENCE: String(fence),
    MILLRACE_IDEMPOTENCY_KEY: idempotencyKey({ run, task, index }),
    MILLRACE_ATTEMPT_ID: attempt,
    ...(index < 0 ? {} : { MILLRACE_INDEX: String(index) }),
  };
}

export interface CommandInputs {
  env: Record<string, string>;
  /** Files that the variables name. */
  files: string[];
}

/**
 * What may be long, as JSON: the results that the task takes in `MILLRACE_INPUTS`, the run's parameters in `MILLRACE_PARAMS`, the
 * item of its map in `MILLRACE_ITEM`. A long one is in the file that the same name with `_FILE` behind it says.
 * @param folder - where such files may be written; it need not be there
 */
export async function inputsOf(work: Work, results: ResultStore, folder: string, where: string): Promise<CommandInputs> {
  const item = await itemText(work, results, where);
  const values = { INPUTS: await inputsText(work, results, where), PARAMS: JSON.stringify(work.run.params), ...(item === undefined ? {} : { ITEM: item }) };
  const given: CommandInputs = { env: {}, files: [] };
  for (const [name, json] of Object.entries(values)) {
    if (json.length <= valueCharsMax && Buffer.byteLength(json) <= valueCharsMax) {
      given.env[`MILLRACE_${name}`] = json;
      continue;
    }
    const path = join(folder, `${name.toLowerCase()}.json`);
    await mkdir(folder, { recursive: true });
    await writeFile(path, json, { mode: 0o600 });
    given.env[`MILLRACE_${name}_FILE`] = path;
    given.files.push(path);
  }
  return given;
}

/** Put together as texts: megabytes of JSON are not to be parsed in the control plane. */
async function inputsText({ inputs }: Work, results: ResultStore, where: string): Promise<string> {
  const texts = Object.entries(inputs).map(async ([name, stored]) => {
    const text = stored === null ? "null" : Array.isArray(stored) ? `[${(await Promise.all(stored.map((each) => results.text(each, where)))).join(",")}]` : await results.text(stored, where);
    return `${JSON.stringify(name)}:${text}`;
  });
  return `{${(await Promise.all(texts)).join(",")}}`;
}

/** Undefined outside of maps. */
async function itemText(work: Work, results: ResultStore, where: string): Promise<string | undefined> {
  const { item, list, index } = messageOf({ ...work, inputs: {} });
  const value = list ? await results.item(list, index, where) : item;
  return value === undefined ? undefined : JSON.stringify(value);
}
