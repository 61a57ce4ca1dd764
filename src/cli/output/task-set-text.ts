import type { TaskSet } from "../../server/dag-control.ts";
import { taskLabel } from "../task-choice.ts";
import { countText } from "./number-text.ts";
import { stateColumn } from "./paint-state.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

/** Tasks that a change is about, with the states that they had. */
export function taskSetText({ tasks }: TaskSet, options: TableTextOptions): string {
  return tableText([{ title: "task" }, stateColumn], tasks.map((task) => [taskLabel(task), task.state]), options);
}

/** `1 task`, `5,000 tasks` */
export const tasksCount = ({ tasks }: TaskSet): string => `${countText(tasks.length)} ${tasks.length === 1 ? "task" : "tasks"}`;
