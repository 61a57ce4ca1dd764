import type { DagStatus } from "./use-all-dags.ts";

export interface DagFilter {
  /** Words, each in the name, a tag, the owner or the description. */
  find?: string;
  tag?: string;
  /** Of the last run; or `paused`, `problem`, `new` for one without runs. */
  state?: string;
}

type Filtered = Pick<DagStatus, "name" | "tags" | "owner" | "description" | "paused" | "lastRun" | "problem">;

export function filterDags<D extends Filtered>(dags: readonly D[], { find = "", tag, state }: DagFilter): D[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return dags.filter((dag) => {
    const text = `${dag.name} ${dag.tags.join(" ")} ${dag.owner ?? ""} ${dag.description ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word)) && (tag === undefined || dag.tags.includes(tag)) && (state === undefined || isIn(dag, state));
  });
}

function isIn({ paused, lastRun, problem }: Filtered, state: string): boolean {
  if (state === "paused") return paused;
  if (state === "problem") return problem !== null;
  return state === "new" ? lastRun === null : lastRun?.state === state;
}
