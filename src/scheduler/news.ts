import type { ErrorJson } from "../errors.ts";
import { tell } from "./alerts.ts";
import type { Instance, Run, World } from "./world.ts";

const namesMax = 5;

/** Tells of a run that has ended by itself. One that a person has cancelled is news to nobody. */
export function tellOfRun(world: World, run: Run): void {
  const { id, state, note } = run.row;
  if (state === "success") tell(world, run, { kind: "success", key: "run", text: `run ${id} has succeeded` });
  if (state === "failed") tell(world, run, { kind: "failure", key: "run", text: `run ${id} has failed${why(failedTasks(run), note)}` });
}

/** Tells of a task that has failed for good. */
export function tellOfFailure(world: World, instance: Instance, error: ErrorJson | null | undefined): void {
  const { row, run } = instance;
  const cause = error ? `${error.code}: ${error.what}` : row.note;
  const text = `${named(instance)} has failed${row.attempts > 0 ? ` at attempt ${row.attempts}` : ""}${cause === null ? "" : `: ${cause}`}`;
  tell(world, run, { kind: "failure", key: `task ${row.task} ${row.index} ${row.attempts}`, text, task: row });
}

/** Tells of an attempt that has failed and that another follows. */
export function tellOfRetry(world: World, instance: Instance, error: ErrorJson): void {
  const { row, run } = instance;
  const text = `${named(instance)} has failed at attempt ${row.attempts} of ${row.attemptsMax}, and is tried again: ${error.code}: ${error.what}`;
  tell(world, run, { kind: "retry", key: `task ${row.task} ${row.index} ${row.attempts}`, text, task: row });
}

const named = ({ row }: Instance): string => `task "${row.task}"${row.index < 0 ? "" : ` (item ${row.index})`} of run ${row.run}`;

function failedTasks({ graph, tallies }: Run): string {
  const names = graph.tasks.filter(({ place }) => (tallies[place]?.failed ?? 0) > 0).map(({ decl }) => `"${decl.name}"`);
  if (names.length === 0) return "";
  const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : "";
  return `${names.slice(0, namesMax).join(", ")}${more} failed`;
}

function why(tasks: string, note: string | null): string {
  const parts = [note ?? "", tasks].filter((part) => part !== "");
  return parts.length === 0 ? "" : `: ${parts.join("; ")}`;
}
