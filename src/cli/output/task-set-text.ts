import type { TaskSet } from "../../server/dag-control.ts";
import { taskLabel } from "../task-choice.ts";
import { countText } from "./number-text.ts";
import { stateColumn } from "./paint-state.ts";
import { plainText } from "./plain-text.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

/** Tasks that a change is about, with the states that they had; and the release that their run goes on with, where it is another. */
export function taskSetText(set: TaskSet, options: TableTextOptions): string {
  const table = tableText([{ title: "task" }, stateColumn], set.tasks.map((task) => [taskLabel(task), task.state]), options);
  return `${set.tasks.length > 0 ? table : ""}${releaseText(set)}`;
}

function releaseText({ release, releaseBefore, newTasks, goneTasks }: TaskSet): string {
  if (release === releaseBefore) return "";
  const parts = [`The run goes on with release ${release} (it had ${releaseBefore})`, ...(newTasks.length > 0 ? [`new tasks: ${newTasks.join(", ")}`] : []), ...(goneTasks.length > 0 ? [`tasks no more: ${goneTasks.join(", ")}`] : [])];
  return `${plainText(parts.join("; "))}.\n`;
}

/** `1 task`, `5,000 tasks` */
export const tasksCount = ({ tasks }: TaskSet): string => `${countText(tasks.length)} ${tasks.length === 1 ? "task" : "tasks"}`;
