import { isTrue, textOf, type Value } from "../jinja/values.ts";
import type { Resource } from "../project/dbt-project.ts";
import type { Report } from "../report.ts";
import { literalText } from "../translate/code.ts";
import type { FileCode } from "../translate/file-code.ts";
import type { Options } from "./options-text.ts";

/** dbt leaves new columns out unless it is told otherwise. */
const policies: Record<string, string> = { ignore: "ignore", append_new_columns: "append", sync_all_columns: "sync", fail: "fail" };

const schedules: Record<string, string> = { hour: "@hourly", day: "@daily", month: "@monthly", year: "@yearly" };

/** How a model's rows are kept, as options of its declaration. */
export function materializeOptions(resource: Resource, file: FileCode, report: Report): Options {
  const { config, name, source } = resource;
  const kind = textOf(config.materialized ?? "view");
  const tell = (what: string) => report.add("changed", source.path, 1, `${name}: ${what}`);
  switch (kind) {
    case "view":
    case "ephemeral":
      return { materialize: literalText(kind) };
    case "table":
      return {};
    case "incremental":
      return incrementalOptions(resource, file, tell);
  }
  tell(`its materialization "${kind}" is not known here; it is a table`);
  return {};
}

function incrementalOptions({ config }: Resource, file: FileCode, tell: (what: string) => void): Options {
  const key = keyOf(config.unique_key);
  const strategy = textOf(config.incremental_strategy ?? (key ? "delete+insert" : "append"));
  for (const setting of ["incremental_predicates", "merge_update_columns", "merge_exclude_columns", "merge_clauses", "partition_by"]) if (config[setting] !== undefined) tell(`its ${setting} is left out`);
  const policy = policies[textOf(config.on_schema_change ?? "ignore")] ?? "ignore";
  const onSchemaChange = policy === "append" ? {} : { onSchemaChange: literalText(policy) };
  if (strategy === "microbatch") return { ...batchOptions(config, tell), ...onSchemaChange };
  if (!key || strategy === "append") return { materialize: '"append"', ...onSchemaChange };
  if (strategy !== "merge" && strategy !== "delete+insert") tell(`its strategy "${strategy}" is not known here; rows come in place of those with their key`);
  return { materialize: `${file.millrace(strategy === "merge" ? "merge" : "replaceKeys")}({ key: ${key} })`, ...onSchemaChange };
}

/** A batch is a data interval: a run fills one, and the scheduler knows which are filled. */
function batchOptions({ batch_size, begin, lookback }: Record<string, Value>, tell: (what: string) => void): Options {
  tell("a batch is a data interval of its DAG: fill those that are missing by a backfill; its rows have a column batch_start more");
  if (isTrue(lookback ?? 0) && lookback !== 1) tell(`its lookback of ${textOf(lookback)} batches is left out`);
  const schedule = schedules[textOf(batch_size ?? "day")] ?? "@daily";
  return { interval: '"batch_start"', schedule: literalText(schedule), start: begin === undefined ? undefined : literalText(textOf(begin).slice(0, 10)) };
}

export function keyOf(key: Value): string | undefined {
  if (key === undefined || key === null || (Array.isArray(key) && key.length === 0)) return undefined;
  return literalText(Array.isArray(key) && key.length === 1 ? key[0] : key);
}
