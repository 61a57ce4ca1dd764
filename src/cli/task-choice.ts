import type { TaskChoiceView } from "../server/dag-control.ts";
import { usageError } from "./report-error.ts";

const form = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(\d{1,9})\])?$/;

/**
 * A task as it is named on the command line: `load`, or one item of its map, `each.load[3]`.
 *
 * @param where - the command, for the error
 */
export function taskChoice(text: string, where: string): TaskChoiceView {
  const [, task, index] = form.exec(text) ?? [];
  if (task === undefined) throw usageError(`${JSON.stringify(text)} is no name of a task`, where, 'give its name, as "extract", or that of one item of a map, as "each.load[3]"');
  return index === undefined ? { task } : { task, index: Number(index) };
}

/** The inverse. */
export const taskLabel = ({ task, index = -1 }: TaskChoiceView): string => (index < 0 ? task : `${task}[${index}]`);
