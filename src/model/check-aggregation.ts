import { columnNamed, wrongKey } from "./check-fields.ts";
import type { StageDescription } from "./describe-module.ts";
import type { Column, TopicDecl } from "./manifest.ts";
import { invalid } from "./option-checks.ts";

const numeric = new Set(["sum", "mean", "min", "max", "quantile"]);

/**
 * Checks an aggregation against the topics that it reads, and says what it groups by.
 *
 * Task `i` of a stage owns partition `i` of every input. So all records of a group meet in one task only when each input
 * has the same number of partitions, and its key is among the fields of the group, or there is one partition.
 *
 * @throws MillraceError `MR-MODEL-001`, `MR-MODEL-009`
 */
export function checkAggregation(stage: StageDescription, inputs: readonly TopicDecl[], output: { name: string; columns: readonly Column[] }, where: string): string[] {
  const by = stage.by ?? defaultBy(inputs);
  for (const input of inputs) {
    for (const field of by) columnNamed(input.columns, field, "by", where);
    checkAggregates(stage, input, where);
    checkPlacing(by, input, where);
  }
  checkAlike(inputs, where);
  if (stage.window) checkEventTimes(inputs, where);
  if (!stage.shaped) checkFlatResult(stage, by, output, where);
  return by;
}

/**
 * Checks that a stage which remembers something of its keys meets all records of one in one task, and says what makes a key.
 * @throws MillraceError `MR-MODEL-001`, `MR-MODEL-009`
 */
export function checkKeys(stage: StageDescription, inputs: readonly TopicDecl[], where: string): string[] {
  const by = stage.by ?? defaultBy(inputs);
  for (const input of inputs) {
    for (const field of by) columnNamed(input.columns, field, "by", where);
    checkPlacing(by, input, where);
  }
  checkAlike(inputs, where);
  if (stage.keepForMs !== undefined) checkEventTimes(inputs, where);
  return by;
}

function defaultBy(inputs: readonly TopicDecl[]): string[] {
  const [key] = inputs.map((input) => input.key);
  return key !== undefined && inputs.every((input) => input.key === key) ? [key] : [];
}

function checkAggregates(stage: StageDescription, input: TopicDecl, where: string): void {
  for (const [name, { op, field }] of Object.entries(stage.aggregate ?? {})) {
    if (field === undefined) continue;
    const { type } = columnNamed(input.columns, field, `aggregate ${JSON.stringify(name)}`, where);
    if (numeric.has(op) && type !== "integer" && type !== "number") throw invalid(`aggregate ${JSON.stringify(name)} takes the ${op} of ${JSON.stringify(field)}, which is a ${type}`, where, "name a numeric field");
  }
}

function checkPlacing(by: readonly string[], input: TopicDecl, where: string): void {
  if (input.partitions === 1) return;
  const groups = by.length === 0 ? "into one group" : `by ${by.join(", ")}`;
  const mend = `declare topic "${input.name}" with a key among the fields of \`by\`, or with partitions: 1, or let a stage write to a topic with such a key first`;
  if (input.key === undefined) throw wrongKey(`it groups ${groups}, but topic "${input.name}" has no key and ${input.partitions} partitions`, where, mend);
  if (!by.includes(input.key)) throw wrongKey(`it groups ${groups}, but topic "${input.name}" is keyed by ${input.key}`, where, `add "${input.key}" to \`by\`; or ${mend}`);
  const column = columnNamed(input.columns, input.key, "key", where);
  if (column.nullable) throw wrongKey(`it groups ${groups}, but the key "${input.key}" of topic "${input.name}" may be null, and such records are spread over all partitions`, where, "let the key be required and not null");
}

function checkAlike(inputs: readonly TopicDecl[], where: string): void {
  const [first, ...rest] = inputs;
  for (const input of rest) {
    if (input.partitions !== first.partitions) throw wrongKey(`its inputs "${first.name}" and "${input.name}" have ${first.partitions} and ${input.partitions} partitions, so a group would be in two places`, where, "give them the same number of partitions");
    if (first.partitions > 1 && input.key !== first.key) throw wrongKey(`its inputs "${first.name}" and "${input.name}" are keyed by ${first.key} and ${input.key}`, where, "give them the same key");
  }
}

function checkEventTimes(inputs: readonly TopicDecl[], where: string): void {
  const without = inputs.find((input) => input.eventTime === undefined);
  if (without) throw invalid(`it counts in event time, but topic "${without.name}" has none`, where, `give topic "${without.name}" eventTime: the name of a timestamp field`);
}

/** Where the user shapes no result, the output must have exactly the fields that come. */
function checkFlatResult(stage: StageDescription, by: readonly string[], output: { name: string; columns: readonly Column[] }, where: string): void {
  const fields = [...by, ...Object.keys(stage.aggregate ?? {}), ...(stage.window ? ["window_start", "window_end"] : [])];
  const mend = "shape the result: result: (row) => ({ … })";
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) throw invalid(`the result has ${JSON.stringify(twice)} twice`, where, "give the aggregate another name");
  const missing = output.columns.find((column) => !column.optional && !fields.includes(column.name));
  if (missing) throw invalid(`its result lacks the field ${JSON.stringify(missing.name)} of "${output.name}"`, where, mend);
  const extra = fields.find((field) => !output.columns.some((column) => column.name === field));
  if (extra !== undefined) throw invalid(`its result has a field ${JSON.stringify(extra)} that "${output.name}" has not`, where, mend);
}
