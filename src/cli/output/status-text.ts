import type { ProjectStatus, SourceStatus, StageState, StageStatus } from "../../server/control-plane.ts";
import { problemText } from "../report-error.ts";
import { bytesText, countText, rateText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

export interface StatusTextOptions extends TableTextOptions {
  /** Whether and where it runs, in words. */
  how: string;
  dataFolder: string;
}

/** A project's status for people. */
export function statusText(status: ProjectStatus, options: StatusTextOptions): string {
  const { style, how, dataFolder } = options;
  const head = `${style.bold(plainText(status.project))}  release ${status.release.slice(0, 12)}  ${how}\n${style.dim(`data: ${plainText(dataFolder)}`)}\n`;
  const parts = [stagesText(status.stages, options), sourcesText(status.sources, options), topicsText(status.topics, options), tablesText(status.tables, options), externalText(status.external, options), martsText(status.marts, options), planesText(status.planes, options), servicesText(status, options), reasonsText(status.stages, style), problemsText(status, style)];
  return [head, ...parts.filter((part) => part !== "")].join("\n");
}

const right = (title: string) => ({ title, align: "right" as const });

function stagesText(stages: readonly StageStatus[], options: TableTextOptions): string {
  if (stages.length === 0) return "";
  const columns = [{ title: "stage" }, { title: "kind" }, { title: "state" }, right("processes"), right("in"), right("out"), right("in/s"), right("lag"), right("dead"), right("late"), right("memory")];
  const rows = stages.map((stage) => [
    stage.name,
    stage.kind,
    stage.state,
    String(stage.instances.length),
    countText(stage.recordsIn),
    countText(stage.recordsOut),
    rateText(stage.recordsInPerSecond),
    stage.lagRecords === null ? "?" : countText(stage.lagRecords),
    countText(stage.deadLetters),
    countText(stage.lateRecords),
    memoryText(stage),
  ]);
  return tableText(columns, rows, options);
}

/** Memory of all processes of a stage. */
export function memoryText({ instances }: StageStatus): string {
  const bytes = instances.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  return bytes > 0 ? bytesText(bytes) : "";
}

function sourcesText(sources: readonly SourceStatus[], options: TableTextOptions): string {
  if (sources.length === 0) return "";
  return tableText([{ title: "source" }, { title: "progress" }], sources.map((source) => [source.name, progressText(source)]), options);
}

export function progressText({ bounded, ended, progress }: SourceStatus): string {
  if (!bounded) return "open";
  const done = progress === undefined ? "" : progress.total === null ? countText(progress.done) : `${countText(progress.done)} of ${countText(progress.total)}`;
  return ended ? `ended${done && `, ${done}`}` : done || "not begun";
}

function topicsText(topics: ProjectStatus["topics"], options: TableTextOptions): string {
  if (topics.length === 0) return "";
  return tableText([{ title: "topic" }, right("partitions"), right("records"), right("bytes")], topics.map(({ name, partitions, records, bytes }) => [name, String(partitions), countText(records), bytesText(bytes)]), options);
}

function tablesText(tables: ProjectStatus["tables"], options: TableTextOptions): string {
  if (tables.length === 0) return "";
  return tableText([{ title: "table" }, right("rows"), right("files"), { title: "snapshot" }], tables.map(({ name, rows, files, snapshot }) => [name, countText(rows), countText(files), snapshot ?? "none"]), options);
}

function externalText(external: ProjectStatus["external"], options: TableTextOptions): string {
  if (external.length === 0) return "";
  return tableText([{ title: "external" }, { title: "kind" }, { title: "at" }], external.map(({ name, kind, at }) => [name, kind, at]), options);
}

function martsText(marts: ProjectStatus["marts"], options: TableTextOptions): string {
  if (marts.length === 0) return "";
  return tableText([{ title: "mart" }, right("tables"), right("tokens"), { title: "readers" }], marts.map(({ name, tables, tokens, readers }) => [name, countText(tables), countText(tokens), readers.join(", ") || "nobody"]), options);
}

/** Where several run the project: which parts of the DAGs each has. */
function planesText(planes: ProjectStatus["planes"], options: TableTextOptions): string {
  if (planes.length < 2) return "";
  const columns = [{ title: "control plane" }, { title: "since" }, { title: "last seen" }, { title: "release" }, right("shards"), right("stages"), { title: "duties" }, { title: "" }];
  const rows = planes.map(({ id, self, since, lastSeen, release, shards, stages, duties, standsBack }) => [id, since ?? "?", lastSeen, release?.slice(0, 12) ?? "?", String(shards.length), String(stages.length), duties.join(", "), [...(self ? ["this one"] : []), ...(standsBack ? ["stands back"] : [])].join(", ")]);
  return tableText(columns, rows, options);
}

/** Millrace's own processes, once it runs by itself. */
function servicesText({ services }: Pick<ProjectStatus, "services">, options: TableTextOptions): string {
  if (services.length === 0) return "";
  return tableText([{ title: "service" }, right("process"), right("restarts")], services.map(({ name, pid, restarts }) => [name, pid === null ? "none" : String(pid), countText(restarts)]), options);
}

const notable: ReadonlySet<StageState> = new Set(["paused", "failed"]);

/** Why stages stand still, in full: the table has no room for it. */
export function reasonsText(stages: readonly StageStatus[], style: Style): string {
  return stages
    .filter(({ state }) => notable.has(state))
    .map(({ name, state, reason, lastError }) => `${style.bad(`stage ${plainText(name)} ${state}`)}${reason ? `: ${plainText(reason)}` : ""}${lastError ? `\n  ${style.dim("mend:")} ${plainText(lastError.mend)}` : ""}\n`)
    .join("");
}

export function problemsText({ problems }: Pick<ProjectStatus, "problems">, style: Style): string {
  return problems.map((problem) => `${problemText(problem, style)}\n`).join("");
}
