import type { Work } from "../../scheduler/executor.ts";

/** The same for each attempt of one task in one run, and no other's: what an outside system tells a repeated call by. */
export function idempotencyKey({ run, task, index }: Pick<Work, "run" | "task" | "index">): string {
  return index < 0 ? `${run.id}/${task.name}` : `${run.id}/${task.name}/${index}`;
}
