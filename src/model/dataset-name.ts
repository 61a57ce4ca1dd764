import { definitionKind, type TableDefinition } from "./definition.ts";
import { invalid } from "./option-checks.ts";

/** By name, for a manifest. @throws MillraceError `MR-MODEL-001` for what is no dataset */
export function datasetName(dataset: unknown, where: string): string {
  const kind = definitionKind(dataset);
  if (kind === "topic") return `topics.${(dataset as TableDefinition).name}`;
  if (kind === "table") return (dataset as TableDefinition).name;
  throw invalid("what is given is neither a topic nor a table", where, "give what topic(…) or table(…) returned");
}
