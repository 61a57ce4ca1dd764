import type { ProjectStatus } from "../api/types.ts";

/** A dataset, as the catalog names it. */
export interface Followed {
  kind: string;
  name: string;
}

/**
 * What changes with a dataset, by what the project's status says: the version of a table, the records of a topic. Of a
 * view, and of what stands outside, the status says nothing: they are taken for changed when anything is that they may read.
 * Undefined while the status is not known.
 */
export function revisionOf(status: Pick<ProjectStatus, "tables" | "topics"> | undefined, { kind, name }: Followed): string | undefined {
  if (status === undefined) return undefined;
  const topic = kind === "topic" ? status.topics.find((each) => each.name === name) : undefined;
  if (topic) return String(topic.records);
  const table = kind === "table" ? status.tables.find((each) => each.name === name) : undefined;
  if (table) return String(table.snapshot);
  return [...status.tables.map(({ snapshot }) => snapshot), ...status.topics.map(({ records }) => records)].join();
}
