import type { Manifest, Problem, StageDecl } from "../model/manifest.ts";
import { nearest } from "../model/names.ts";
import { MillraceError } from "../errors.ts";
import { usageError } from "./report-error.ts";

/**
 * The stages that `millrace run <name>` starts: the stage, or what writes the table; and where one of the two is nothing
 * without the other, both: rows that a stage emits to a table go through a topic that nobody else sees.
 *
 * @throws MillraceError `MR-ENGINE-005` when there is neither a stage nor a table of that name, `MR-CLI-001` when it has no end
 */
export function runTarget({ stages, tables, topics, dags, problems }: Manifest, name: string): string[] {
  const found = Object.hasOwn(stages, name) ? stages[name] : Object.hasOwn(tables, name) ? stages[`table:${name}`] : undefined;
  if (!found && Object.hasOwn(tables, name)) throw usageError(`table "${name}" is written by tasks of DAGs, not by a stage`, "millrace run", "run the DAG that writes it");
  if (!found) throw unknown(name, [...Object.keys(stages), ...Object.keys(tables), ...Object.keys(dags)], problems);
  requireEnd(found);
  const isFeed = (topic: string): boolean => topics[topic]?.internal === "feed";
  const all = Object.values(stages);
  const writers = all.filter(({ kind, from }) => kind === "table" && from.some((topic) => isFeed(topic) && Object.values(found.to).includes(topic)));
  const feeders = found.kind === "table" ? all.filter(({ kind, to, bounded, from }) => (from.length > 0 || bounded) && kind !== "http" && Object.values(to).some((topic) => isFeed(topic) && found.from.includes(topic))) : [];
  return [...new Set([found, ...writers, ...feeders])].map((stage) => stage.name);
}

function requireEnd({ name, kind, from, bounded }: StageDecl): void {
  if (from.length > 0 || bounded) return;
  throw usageError(`"${name}" takes records for as long as it runs: there is no end to run to`, "millrace run", kind === "http" ? "bring the project up, and post to it: millrace up" : "bring the project up: millrace up");
}

function unknown(name: string, known: string[], [problem]: Problem[]): MillraceError {
  const near = nearest(name, known);
  // What a file declares is unknown for as long as the file cannot be read.
  const mend = problem ? `if it is declared in ${problem.file}, mend that first: ${problem.what}` : `use one of ${known.slice(0, 12).map((each) => `"${each}"`).join(", ")}`;
  return new MillraceError("MR-ENGINE-005", { what: `there is no stage, table or DAG named "${name}"`, where: "millrace run", mend: near ? `did you mean "${near}"?` : mend });
}
