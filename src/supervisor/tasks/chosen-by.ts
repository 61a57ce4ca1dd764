import { MillraceError } from "../../errors.ts";

/**
 * Reads what the code of a branch returned: names of the tasks that go on, or nothing for none.
 * @throws MillraceError `MR-TASK-002`
 */
export function chosenBy(value: unknown, where: string): { chosen: string[] } {
  if (value === undefined || value === null) return { chosen: [] };
  const names = Array.isArray(value) ? value : [value];
  if (names.every((name) => typeof name === "string")) return { chosen: names };
  throw new MillraceError("MR-TASK-002", { what: "a branch returned something other than names of tasks", where, mend: "return the name of the task that goes on, a list of names, or nothing" });
}
