import type { DagDecl, MapDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { ShownResult, TaskInputs, TaskUpstream } from "../server/dag-control.ts";
import type { InstancePage, InstanceRow, InstanceState, StoredResult } from "../state/run-store.ts";
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
  const isOfLoop = !isOfItem && isLoop(maps.find(({ name }) => name === upMap));
  const rows = isOfItem ? await ofItem(instances, up, index) : isOfLoop ? await lastRound(instances, up) : await all(instances, up, upMap !== undefined);
  return {
    task: up,
    names: Object.entries(inputs).flatMap(([name, of]) => (of === up ? [name] : [])),
    isList: upMap !== undefined && !isOfItem && !isOfLoop,
    results: rows.slice(0, resultsMax).map(({ index, state, result }) => ({ index, state, result: resultView(result) })),
    more: rows.length > resultsMax,
  };
}

type Instances = InputSources["instances"];

/** All but those that the run has no more: their results go to nobody. */
const states: InstanceState[] = ["none", "scheduled", "queued", "running", "up_for_retry", "deferred", "success", "failed", "skipped", "upstream_failed", "cancelled"];
const roundsPage = 1_000;

/** In the same map: of the same item, or the same round. */
const ofItem = async (instances: Instances, task: string, index: number): Promise<InstanceRow[]> => (await instances({ task, after: { task, index: index - 1 }, limit: 1 })).filter((row) => row.index === index);

/** Behind a loop its last round counts. */
async function lastRound(instances: Instances, task: string): Promise<InstanceRow[]> {
  let last: InstanceRow | undefined;
  for (;;) {
    const page = await instances({ task, states, after: { task, index: last?.index ?? -1 }, limit: roundsPage });
    last = page.at(-1) ?? last;
    if (page.length < roundsPage) return last ? [last] : [];
  }
}

/** Of a map those of its items; before its list is known there stands another one, at -1. */
const all = (instances: Instances, task: string, isMap: boolean): Promise<InstanceRow[]> => instances({ task, states, ...(isMap && { after: { task, index: -1 } }), limit: resultsMax + 1 });

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
  return shownResult(((await results.item(list, index, where)) ?? null) as Json);
}
