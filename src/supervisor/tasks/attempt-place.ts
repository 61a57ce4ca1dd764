import { join } from "node:path";
import { keyToPath } from "../../files/file-key.ts";
import type { Work } from "../../scheduler/executor.ts";
import { taskLogsFolder } from "../data-folder.ts";

/** What names an attempt to people, and where its log and its large result lie. */
export interface AttemptPlace {
  dag: string;
  run: string;
  task: string;
  /** In its map, from 0; -1 outside of maps. */
  index: number;
  /** From 1. */
  number: number;
}

export function placeOf({ run, task, index, number }: Work): AttemptPlace {
  return { dag: run.dag, run: run.id, task: task.name, index, number };
}

/** `task "worst" of DAG "daily", run "…", attempt 2`: how messages name an attempt. */
export function attemptText({ dag, run, task, index, number }: AttemptPlace): string {
  return `${instanceText({ task, index })} of DAG "${dag}", run "${run}", attempt ${number}`;
}

function instanceText({ task, index }: Pick<AttemptPlace, "task" | "index">): string {
  return index < 0 ? `task "${task}"` : `task "${task}[${index}]"`;
}

/** No name of a task holds a bracket, so that `a[1]` and `a.1` are told apart. */
const fileName = ({ task, index }: AttemptPlace): string => (index < 0 ? task : `${task}[${index}]`);

export function attemptLogFile(dataFolder: string, place: AttemptPlace): string {
  return join(taskLogsFolder(dataFolder), keyToPath(`${place.dag}/${place.run}/${fileName(place)}.${place.number}.log`));
}

/** Of a result: with the attempt's id, so that one from an attempt that is over can never be taken for another's. */
export function resultKey(place: AttemptPlace, attempt: string): string {
  return `${place.dag}/${place.run}/${fileName(place)}.${attempt}.json`;
}
