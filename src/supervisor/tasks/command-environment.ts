import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { FilesDriver } from "../../files/driver.ts";
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

/** The facts of the run, as environment variables. */
export function factsOf(work: Work): Record<string, string> {
  const { run, task, index, number, fence, attempt } = work;
  const { item } = messageOf({ ...work, inputs: {} });
  return {
    MILLRACE_DAG: run.dag,
    MILLRACE_TASK: task.name,
    MILLRACE_RUN_ID: run.id,
    MILLRACE_RUN_KIND: run.kind,
    MILLRACE_RELEASE: run.release,
    MILLRACE_LOGICAL_DATE: run.logicalDate ?? "",
    MILLRACE_INTERVAL_START: run.interval.start,
    MILLRACE_INTERVAL_END: run.interval.end,
    MILLRACE_PARAMS: JSON.stringify(run.params),
    MILLRACE_ATTEMPT: String(number),
    MILLRACE_FENCE: String(fence),
    MILLRACE_IDEMPOTENCY_KEY: idempotencyKey({ run, task, index }),
    MILLRACE_ATTEMPT_ID: attempt,
    ...(index < 0 ? {} : { MILLRACE_INDEX: String(index) }),
    ...(item === undefined ? {} : { MILLRACE_ITEM: JSON.stringify(item) }),
  };
}

export interface CommandInputs {
  env: Record<string, string>;
  /** Files that the variables name. */
  files: string[];
}

/**
 * The results that the task takes, as JSON: in `MILLRACE_INPUTS`, or in the file that `MILLRACE_INPUTS_FILE` names when they are
 * long. A long list of its map is in the file `MILLRACE_LIST_FILE`.
 * @param path - where that file may be written; its folder need not be there
 */
export async function inputsOf(work: Work, results: ResultStore, files: FilesDriver, path: string, where: string): Promise<CommandInputs> {
  const texts = Object.entries(work.inputs).map(async ([name, stored]) => {
    const text = stored === null ? "null" : Array.isArray(stored) ? `[${(await Promise.all(stored.map((each) => results.text(each, where)))).join(",")}]` : await results.text(stored, where);
    return `${JSON.stringify(name)}:${text}`;
  });
  // Put together as texts: megabytes of JSON are not to be parsed in the control plane.
  const json = `{${(await Promise.all(texts)).join(",")}}`;
  const list: CommandInputs = work.list && "file" in work.list ? { env: { MILLRACE_LIST_FILE: files.path(work.list.file) }, files: [files.path(work.list.file)] } : { env: {}, files: [] };
  if (json.length <= valueCharsMax && Buffer.byteLength(json) <= valueCharsMax) return { ...list, env: { ...list.env, MILLRACE_INPUTS: json } };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, json, { mode: 0o600 });
  return { env: { ...list.env, MILLRACE_INPUTS_FILE: path }, files: [...list.files, path] };
}
