import { MillraceError } from "../../errors.ts";
import type { Work } from "../../scheduler/executor.ts";
import type { TaskNode } from "../../scheduler/graph.ts";
import type { InstanceRow, StoredResult } from "../../state/run-store.ts";

/** What the newest run that succeeded has left. */
export interface LastSuccess {
  instances: readonly InstanceRow[];
  /** The JSON of a result, wherever it lies. */
  textOf(stored: StoredResult): Promise<string>;
}

export interface InputsRequest {
  dag: string;
  node: TaskNode;
  /** In its map; -1 outside of maps. */
  index: number;
  /** Values as JSON, by the names that the task's code has for its inputs and for its item. */
  given: ReadonlyMap<string, string>;
  /** Asked for what is not given. Undefined where no run has succeeded. */
  lastSuccess(): Promise<LastSuccess | undefined>;
}

type Inputs = Pick<Work, "inputs" | "list" | "previous">;

/**
 * What a task is handed in a trial: what was given, else what the newest run that succeeded has left of the tasks before it.
 * @throws MillraceError `MR-CLI-001` that names the option, for an input that nothing is known of
 */
export async function trialInputs(request: InputsRequest): Promise<Inputs> {
  const { node, given } = request;
  const { inputs, item } = node.decl;
  const names = [...Object.keys(inputs), ...(item === undefined ? [] : [item]), ...(hasPrevious(request) ? ["previous"] : [])];
  for (const name of given.keys()) if (!names.includes(name)) throw refused(request, `it has no input "${name}"`, names.length === 0 ? "leave --input out: it takes none" : `use one of ${names.join(", ")}`);
  const found = Object.keys(inputs).map(async (name) => [name, await inputOf(request, name)] as const);
  return { inputs: Object.fromEntries(await Promise.all(found)), list: item === undefined ? undefined : await listOf(request, item), previous: await previousOf(request) };
}

const hasPrevious = ({ node, index }: InputsRequest): boolean => node.map?.until !== undefined && index > 0;

/** In a loop, its result in the round before. */
async function previousOf(request: InputsRequest): Promise<StoredResult | undefined> {
  const { given, node, index, lastSuccess } = request;
  if (!hasPrevious(request)) return undefined;
  const json = given.get("previous");
  if (json !== undefined) return { json };
  const last = await lastSuccess();
  const row = last?.instances.find((each) => each.task === node.decl.name && each.index === index - 1);
  if (!last || !row) throw unknownInput(request, "previous", last);
  return row.result ? { json: await last.textOf(row.result) } : undefined;
}

async function inputOf(request: InputsRequest, name: string): Promise<Work["inputs"][string]> {
  const { given, node, lastSuccess } = request;
  const json = given.get(name);
  if (json !== undefined) return { json };
  const up = node.ups.find(({ decl }) => decl.name === node.decl.inputs[name]);
  const last = await lastSuccess();
  const stored = up && last && storedOf(request, up, last.instances);
  if (stored === undefined) throw unknownInput(request, name, last);
  if (stored === null) return null;
  const text = async (each: StoredResult): Promise<StoredResult> => ({ json: await (last as LastSuccess).textOf(each) });
  return Array.isArray(stored) ? Promise.all(stored.map(text)) : text(stored);
}

/** As the scheduler hands results on: from inside of a map the one of the same item; from outside all of a map, and the last of a loop. */
function storedOf({ node, index }: InputsRequest, up: TaskNode, instances: readonly InstanceRow[]): StoredResult | StoredResult[] | null | undefined {
  const rows = instances.filter(({ task }) => task === up.decl.name);
  if (up.map === undefined || up.map === node.map) return rows.find((row) => row.index === (up.map ? index : -1))?.result;
  const items = rows.filter((row) => row.index >= 0 && row.state !== "removed").sort((a, b) => a.index - b.index);
  if (up.map.until) return items.at(-1)?.result;
  return rows.length === 0 ? undefined : items.map(({ result }) => result ?? { json: "null" });
}

/** The list of its map; of an item that was given, one that has it at its place. */
async function listOf(request: InputsRequest, item: string): Promise<StoredResult> {
  const { given, node, index, lastSuccess } = request;
  const json = given.get(item);
  if (json !== undefined) return { json: `[${"null,".repeat(index)}${json}]` };
  const over = node.map?.decl.over;
  if (over && "items" in over) return withEntry(request, item, JSON.stringify(over.items));
  const last = await lastSuccess();
  const stored = last?.instances.find(({ task, index: at }) => task === node.map?.over?.decl.name && at < 0)?.result;
  if (!last || !stored) throw unknownInput(request, item, last);
  return withEntry(request, item, await last.textOf(stored));
}

function withEntry(request: InputsRequest, item: string, json: string): StoredResult {
  const list = JSON.parse(json) as unknown;
  if (Array.isArray(list) && request.index < list.length) return { json };
  throw refused(request, `its map has ${Array.isArray(list) ? `${list.length} items` : "no list of items"}, and item ${request.index} is asked for`, `choose one with --index, or give the item: --input ${item}='…'`);
}

function unknownInput(request: InputsRequest, name: string, last: LastSuccess | undefined): MillraceError {
  const why = last ? "the newest run that succeeded has no result for it" : "no run of the DAG has succeeded yet";
  return refused(request, `nothing is known of its input "${name}": ${why}`, `give it as JSON: --input ${name}='…'`);
}

function refused({ dag, node }: InputsRequest, what: string, mend: string): MillraceError {
  return new MillraceError("MR-CLI-001", { what, where: `task "${node.decl.name}" of DAG "${dag}"`, mend });
}
