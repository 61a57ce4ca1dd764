import { join } from "node:path";
import { keyToPath } from "../../files/file-key.ts";
import type { Work } from "../../scheduler/executor.ts";
import { resultsFolder, taskLogsFolder } from "../data-folder.ts";

/** What names an attempt to people, and where its log and its large result lie. */
export interface AttemptPlace {
  dag: string;
  run: string;
  /** When the run was made, milliseconds since 1970. */
  made: number;
  task: string;
  /** In its map, from 0; -1 outside of maps. */
  index: number;
  /** From 1. */
  number: number;
}

export function placeOf({ run, made, task, index, number }: Work): AttemptPlace {
  return { dag: run.dag, run: run.id, made, task: task.name, index, number };
}

/** `task "worst" of DAG "daily", run "…", attempt 2`: how messages name an attempt. */
export function attemptText({ dag, run, task, index, number }: Omit<AttemptPlace, "made">): string {
  return `${instanceText({ task, index })} of DAG "${dag}", run "${run}", attempt ${number}`;
}

function instanceText({ task, index }: Pick<AttemptPlace, "task" | "index">): string {
  return index < 0 ? `task "${task}"` : `task "${task}[${index}]"`;
}

/**
 * A run may come again under the id of one that was removed: it gets a folder of its own, so that what is left of the first
 * can be removed at any time.
 */
export const runKey = ({ dag, run, made }: Pick<AttemptPlace, "dag" | "run" | "made">): string => `${dag}/${run}.${made.toString(36)}`;

/** The folders with all that a run has left in files. */
export function runFolders(dataFolder: string, run: Pick<AttemptPlace, "dag" | "run" | "made">): string[] {
  return [taskLogsFolder(dataFolder), resultsFolder(dataFolder)].map((folder) => join(folder, keyToPath(runKey(run))));
}

/** No name of a task holds a bracket, so that `a[1]` and `a.1` are told apart. */
const fileName = ({ task, index }: AttemptPlace): string => (index < 0 ? task : `${task}[${index}]`);

/** Of a log in the folder of logs, or of all that is shared of it. */
export const attemptLogKey = (place: AttemptPlace): string => `${runKey(place)}/${fileName(place)}.${place.number}.log`;

export function attemptLogFile(dataFolder: string, place: AttemptPlace): string {
  return join(taskLogsFolder(dataFolder), keyToPath(attemptLogKey(place)));
}

/** Of a result: with the attempt's id, so that one from an attempt that is over can never be taken for another's. */
export function resultKey(place: AttemptPlace, attempt: string): string {
  return `${runKey(place)}/${fileName(place)}.${attempt}.json`;
}
