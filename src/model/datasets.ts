import { definitionKind, type TableDefinition, type TopicDefinition } from "./definition.ts";
import { invalid } from "./option-checks.ts";

const alias = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The topics that a stage reads, as a list. */
export function inputs(from: unknown, where: string): TopicDefinition[] {
  const list: unknown[] = Array.isArray(from) ? from : [from];
  if (list.length === 0) throw invalid("the stage reads nothing", where, "give `from` a topic, or let it be a source");
  for (const [i, each] of list.entries()) {
    if (definitionKind(each) !== "topic") throw invalid(`\`from\`${list.length > 1 ? `, entry ${i}` : ""} is not a topic`, where, notADataset(each, "topic(…)"));
  }
  if (new Set(list).size < list.length) throw invalid("`from` names a topic twice", where, "name each topic once");
  return list as TopicDefinition[];
}

/** The datasets that a stage writes, by alias; one without a name is `out`. */
export function outputs(to: unknown, where: string): Record<string, TopicDefinition | TableDefinition> {
  if (isDataset(to)) return { out: to };
  if (typeof to !== "object" || to === null || Array.isArray(to)) throw invalid("`to` is not a dataset", where, notADataset(to, "topic(…) or table(…)"));
  const entries = Object.entries(to);
  if (entries.length === 0) throw invalid("`to` is empty", where, "name at least one output, as to: { large, small }");
  for (const [name, each] of entries) {
    if (!alias.test(name)) throw invalid(`${JSON.stringify(name)} is no name for an output`, where, "use letters, digits and underscores, as to: { large, small }");
    if (!isDataset(each)) throw invalid(`output ${JSON.stringify(name)} is not a dataset`, where, notADataset(each, "topic(…) or table(…)"));
  }
  return Object.fromEntries(entries) as Record<string, TopicDefinition | TableDefinition>;
}

/** The one dataset that a stage writes. */
export function output(to: unknown, where: string): Record<string, TopicDefinition | TableDefinition> {
  if (isDataset(to)) return { out: to };
  throw invalid("`to` is not one topic or table", where, notADataset(to, "topic(…) or table(…)"));
}

function isDataset(value: unknown): value is TopicDefinition | TableDefinition {
  const kind = definitionKind(value);
  return kind === "topic" || kind === "table";
}

function notADataset(value: unknown, wanted: string): string {
  if (value === undefined) return `give what ${wanted} returned; it is undefined here: two files that import each other see that`;
  return `give what ${wanted} returned, not ${typeof value === "string" ? `the name ${JSON.stringify(value)}` : `a value of type ${definitionKind(value) ?? typeof value}`}`;
}
