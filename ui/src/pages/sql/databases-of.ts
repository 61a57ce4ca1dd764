import type { Answer } from "../../api/types.ts";
import { tableInSql, topicInSql } from "./completions.ts";

type EntrySummary = Answer<"/api/v1/catalog">["entries"][number];

export interface ListedDataset {
  kind: "table" | "topic";
  /** As the catalog names it. */
  name: string;
  /** Within its database. */
  short: string;
  /** As a statement names it. */
  inSql: string;
  /** Of all that can be unfolded. */
  id: string;
}

/** Datasets by the name that stands before theirs in a statement, both in the order of their names; those that have none come last. */
export function databasesOf(entries: readonly Pick<EntrySummary, "kind" | "name">[]): { name: string; datasets: ListedDataset[] }[] {
  const groups = new Map<string, ListedDataset[]>();
  for (const { kind, name } of entries) {
    if (kind === "database") continue;
    const dot = name.indexOf(".");
    const database = kind === "topic" ? "topics" : dot < 0 ? "" : name.slice(0, dot);
    const short = kind === "topic" ? name : name.slice(dot + 1);
    groups.set(database, [...(groups.get(database) ?? []), { kind, name, short, inSql: kind === "topic" ? topicInSql(name) : tableInSql(name), id: `${kind} ${name}` }]);
  }
  const sorted = [...groups].sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a.localeCompare(b)));
  return sorted.map(([name, datasets]) => ({ name: name || "without a database", datasets: datasets.sort((a, b) => a.short.localeCompare(b.short)) }));
}
