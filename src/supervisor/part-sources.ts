import type { Resolution, SqlSource, TableReference } from "../sql/query-request.ts";

/** What statements of ours name `part0` and so on: the sources, by their number. */
export function partSources(references: readonly TableReference[], parts: readonly SqlSource[]): Resolution {
  return { sources: references.map(({ name }) => parts[Number(name.slice("part".length))]), known: [] };
}
