import type { DagDecl, MapDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { ShownResult, TaskInputs, TaskUpstream } from "../server/dag-control.ts";
import type { InstancePage, InstanceRow, StoredResult } from "../state/run-store.ts";
import { resultView, shownResult } from "./dag-views.ts";
import { afterOf } from "./run-grid.ts";
import type { ResultStore } from "./tasks/result-store.ts";

/* What a task of a run has to work with. */

export interface InputSources {
  instances(page: InstancePage): Promise<InstanceRow[]>;
  results: Pick<ResultStore, "item">;
  /** For error messages. */
  where: string;
}

const upstreamsMax = 50;
const resultsMax = 20;
/** A longer list is read by the task alone, in its own process. */
const listBytesMax = 1024 * 1024;

/** @param index - in its map; -1 outside of maps, and while the list of its map is not known */
export async function taskInputs(decl: DagDecl | undefined, name: string, index: number, sources: InputSources): Promise<TaskInputs> {
  const task = decl?.tasks.find((each) => each.name === name);
  if (!decl || !task) return { upstreams: [], upstreamsLeft: 0, item: null };
  const before = afterOf(task, decl);
  const upstreams = await Promise.all(before.slice(0, upstreamsMax).map((up) => upstream(decl, task, index, up, sources)));
  return { upstreams, upstreamsLeft: Math.max(0, before.length - upstreamsMax), item: await itemOf(decl, task, index, sources) };
}

async function upstream({ maps, tasks }: DagDecl, { map, inputs }: TaskDecl, index: number, up: string, { instances }: InputSources): Promise<TaskUpstream> {
  const upMap = tasks.find(({ name }) => name === up)?.map;
  const isOfItem = upMap !== undefined && upMap === map;
  const rows = (await instances({ task: up, ...(isOfItem ? { after: { task: up, index: index - 1 }, limit: 1 } : { limit: resultsMax + 1 }) })).filter((row) => !isOfItem || row.index === index);
  return {
    task: up,
    names: Object.entries(inputs).flatMap(([name, of]) => (of === up ? [name] : [])),
    isList: upMap !== undefined && !isOfItem && !isLoop(maps.find(({ name }) => name === upMap)),
    results: rows.slice(0, resultsMax).map(({ index, state, result }) => ({ index, state, result: resultView(result) })),
    more: rows.length > resultsMax,
  };
}

const isLoop = (map: MapDecl | undefined): boolean => map !== undefined && "until" in map.over;

async function itemOf({ maps }: DagDecl, { map, item }: TaskDecl, index: number, { instances, results, where }: InputSources): Promise<TaskInputs["item"]> {
  const over = maps.find(({ name }) => name === map)?.over;
  if (over === undefined || "until" in over || index < 0) return null;
  const name = item ?? null;
  if ("items" in over) return index < over.items.length ? { name, value: shownResult(over.items[index]) } : null;
  const [row] = await instances({ task: over.task, limit: 1 });
  return row?.result ? { name, value: await entryOf(row.result, index, results, where) } : null;
}

async function entryOf(list: StoredResult, index: number, results: InputSources["results"], where: string): Promise<ShownResult> {
  if ("json" in list) return shownResult((JSON.parse(list.json) as Json[])[index] ?? null);
  if (list.bytes > listBytesMax) return { file: list.file, bytes: list.bytes };
  return shownResult((await results.item(list, index, where)) as Json);
}
