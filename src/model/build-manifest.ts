import { asMillraceError, MillraceError } from "../errors.ts";
import { checkAggregation, checkKeys } from "./check-aggregation.ts";
import { checkColumnNames, checkEventTime, checkInterval, checkKey, checkPartitions, columnNamed } from "./check-fields.ts";
import type { DagDecl } from "./dag-manifest.ts";
import { checkDagNames } from "./dags/check-dag-names.ts";
import { type DagDescription, dagDecl } from "./dags/describe-dag.ts";
import type { ContractDescription, DatasetRef, MartDescription, ModuleDescription, MountDescription, StageDescription, TableDescription, TopicDescription } from "./describe-module.ts";
import type { ExternalDecl } from "./external-decl.ts";
import { feedTopic, sideTopic } from "./internal-topics.ts";
import { checksOf } from "./quality/checks-of.ts";
import type { ContractDecl } from "./quality/contract-decl.ts";
import { brokenPromises } from "./quality/kept-promises.ts";
import type { MartDecl } from "./marts/mart-decl.ts";
import type { Manifest, Problem, StageDecl, TableDecl, TopicDecl } from "./manifest.ts";
import { type Declarations, mergeDeclarations } from "./merge-declarations.ts";
import { nearest } from "./names.ts";
import { type ModelDescription, withSeedFile } from "./models/describe-model.ts";
import { effectiveFingerprint, modelDags, orderedModels, takenDag } from "./models/model-graph.ts";
import { invalid } from "./option-checks.ts";
import { checkRecordChecks } from "./quality/stream-checks.ts";
import { releaseOf } from "./release.ts";
import { runSettings } from "./stage-defaults.ts";

/**
 * Makes a project's manifest from what its files declare, and checks the graph as a whole. Pure.
 * A declaration that does not fit becomes a problem, as does each that needs it; the rest goes on.
 *
 * @param files - digest of each source file, for the release
 */
export function buildManifest(project: string, modules: readonly ModuleDescription[], files: ReadonlyMap<string, string> = new Map()): Manifest {
  const problems = modules.flatMap((module) => module.problems);
  const graph: Graph = { declared: mergeDeclarations(modules, problems), topics: byName(), tables: byName(), stages: byName(), dags: byName(), external: byName(), marts: byName(), contracts: byName(), problems, files };
  for (const topic of graph.declared.topics.values()) attempt(graph, topic, "topic", addTopic);
  for (const mount of graph.declared.mounts.values()) attempt(graph, mount, "mount", addMount);
  for (const table of graph.declared.tables.values()) attempt(graph, table, "table", addTable);
  addModels(graph);
  for (const mart of graph.declared.marts.values()) attempt(graph, mart, "mart", addMart);
  for (const stage of graph.declared.stages.values()) attempt(graph, stage, "stage", addStage);
  for (const contract of graph.declared.contracts.values()) attempt(graph, contract, "contract", addContract);
  refuseCycles(graph);
  for (const dag of graph.declared.dags.values()) attempt(graph, dag, "dag", addDag);
  const { topics, tables, stages, dags } = graph;
  const [external, marts, contracts] = [filled(graph.external), filled(graph.marts), filled(graph.contracts)];
  const manifest = { manifestVersion: 1 as const, project, topics: sorted(topics), tables: sorted(tables), stages: sorted(stages), dags: sorted(dags), external, marts, contracts, problems };
  // As JSON, so that what a caller holds is what is stored: no undefined fields.
  return JSON.parse(JSON.stringify({ ...manifest, release: releaseOf(manifest, files) })) as Manifest;
}

interface Graph {
  declared: Declarations;
  topics: Record<string, TopicDecl>;
  tables: Record<string, TableDecl>;
  stages: Record<string, StageDecl>;
  dags: Record<string, DagDecl>;
  external: Record<string, ExternalDecl>;
  marts: Record<string, MartDecl>;
  contracts: Record<string, ContractDecl>;
  problems: Problem[];
  files: ReadonlyMap<string, string>;
}

type Declared = TopicDescription | TableDescription | StageDescription | DagDescription | MountDescription | MartDescription | ContractDescription;

function attempt<D extends Declared>(graph: Graph, declared: D, kind: string, add: (graph: Graph, declared: D, where: string) => void): void {
  const where = `${kind} "${declared.name}", ${declared.site ?? declared.file}`;
  try {
    add(graph, declared, where);
  } catch (error) {
    graph.problems.push({ ...asMillraceError(error, where).toJSON(), file: declared.file });
  }
}

/** `pipeline.ts:14:23, export orders` */
function declaredAt({ site, file, export: name }: Declared): string {
  return name === undefined ? (site ?? file) : `${site ?? file}, export ${name}`;
}

/** A contract that is not kept is a problem, and stands all the same: the producer's side is mended, or the consumer's. */
function addContract(graph: Graph, contract: ContractDescription, where: string): void {
  const { on } = contract.decl;
  graph.contracts[contract.name] = { ...contract.decl, declaredAt: declaredAt(contract) };
  const topic = on.startsWith("topics.") ? graph.topics[on.slice("topics.".length)] : undefined;
  const table = topic === undefined ? (graph.tables[on] ?? graph.external[on]) : undefined;
  if (topic === undefined && table === undefined) throw new MillraceError("MR-MODEL-004", { what: `it relies on "${on}", which has a problem of its own`, where, mend: "mend that declaration first" });
  const columns = topic?.columns ?? (table as Partial<TableDecl>).columns;
  const broken = brokenPromises(contract.decl, { columns: columns === undefined || columns.length === 0 ? undefined : columns, checks: checksOf(graph, on) });
  if (broken.length === 0) return;
  const { owner } = contract.decl;
  throw new MillraceError("MR-QUALITY-006", { what: `"${on}" does not keep it: ${broken.join("; ")}`, where, mend: `declare it of "${on}" again, or let ${owner ?? "whoever relies on it"} change the contract` });
}

function addTopic(graph: Graph, topic: TopicDescription, where: string): void {
  checkKey(topic.columns, topic.key, where);
  checkEventTime(topic.columns, topic.eventTime, where);
  checkRecordChecks(topic.checks ?? [], topic.columns, where);
  const { name, schema, columns, key, eventTime, partitions, retentionMs, retentionBytes, compact, checks } = topic;
  graph.topics[name] = { name, schema, columns, key, eventTime, partitions, retentionMs, retentionBytes, compact, checks, declaredAt: declaredAt(topic) };
}

function addTable(graph: Graph, table: TableDescription, where: string): void {
  // Models come when all tables are known: they read each other.
  if (table.model !== undefined) return;
  if (table.external !== undefined) return addExternal(graph, table, table.external, where);
  checkNamespace(graph, table.name, where);
  if (table.loadedBy !== undefined) return addLoadedTable(graph, table, table.loadedBy, where);
  if (table.writtenBy === "tasks") return addTaskTable(graph, table, where);
  const feed = table.from === undefined ? makeFeed(table, where) : topicNamed(graph, table.from, where);
  checkColumnNames(feed.columns, where);
  checkPartitions(feed.columns, table.partitionBy, where);
  if (feed.internal) {
    checkFree(graph, feed, where);
    graph.topics[feed.name] = feed;
  }
  const { name, partitionBy, checks, commitEveryMs } = table;
  graph.tables[name] = { name, columns: feed.columns, partitionBy, from: feed.name, checks, commitEveryMs, declaredAt: declaredAt(table) };
  const stage = `table:${name}`;
  const dlq = sideTopic(stage, "dlq", [feed], declaredAt(table));
  graph.topics[dlq.name] = dlq;
  graph.stages[stage] = { name: stage, kind: "table", from: [feed.name], to: {}, table: name, dlq: dlq.name, ...runSettings({}, where), declaredAt: declaredAt(table) };
}

function addMount(graph: Graph, mount: MountDescription): void {
  graph.external[mount.name] = { ...mount.decl, declaredAt: declaredAt(mount) };
}

/** A table of a mounted database is there with the database. */
function addExternal(graph: Graph, table: TableDescription, external: NonNullable<TableDescription["external"]>, where: string): void {
  if (external.kind === "mount") return;
  checkNamespace(graph, table.name, where);
  if (table.columns) checkColumnNames(table.columns, where);
  graph.external[table.name] = { ...external, columns: table.columns, checks: table.checks, declaredAt: declaredAt(table) };
}

/** All names in the namespace of a mounted database are its own, and so are those in that of a mart. */
function checkNamespace({ external, declared }: Graph, name: string, where: string): void {
  const mart = [...declared.marts.values()].find((each) => name.toLowerCase().startsWith(`${each.name.toLowerCase()}.`));
  if (mart && !mart.tables.includes(name)) throw new MillraceError("MR-MODEL-003", { what: `its namespace is that of mart "${mart.name}", which does not name it`, where, mend: "put it into the mart's tables, or give it another namespace" });
  const mount = Object.entries(external).find(([mount, { kind }]) => kind === "postgres" && name.toLowerCase().startsWith(`${mount.toLowerCase()}.`));
  if (mount) throw new MillraceError("MR-MODEL-003", { what: `its namespace is that of the mounted database "${mount[0]}"`, where, mend: "give one of the two another name" });
}

/** Tables of it that have a problem of their own are left out. */
function addMart(graph: Graph, mart: MartDescription): void {
  const { name, description, owner, readers, tables } = mart;
  graph.marts[name] = { name, description, owner, readers, tables: tables.filter((table) => table in graph.tables), declaredAt: declaredAt(mart) };
}

/** Tasks write it in commits of their own: there is no topic before it and no stage. */
function addTaskTable(graph: Graph, table: TableDescription, where: string): void {
  const { name, columns = [], interval, writtenBy, partitionBy, checks, commitEveryMs } = table;
  checkColumnNames(columns, where);
  checkInterval(columns, interval, where);
  checkPartitions(columns, partitionBy, where);
  graph.tables[name] = { name, columns, partitionBy, writtenBy, interval, checks, commitEveryMs, declaredAt: declaredAt(table) };
}

/** It is made when it is first loaded. */
function addLoadedTable(graph: Graph, table: TableDescription, loadedBy: string, where: string): void {
  const { name, partitionBy, checks, commitEveryMs } = table;
  if (!graph.declared.dags.has(loadedBy)) throw new MillraceError("MR-MODEL-004", { what: `source folder "${loadedBy}" loads it, which is not exported or has a problem of its own`, where, mend: "export what sourceFolder(…) returned, or mend its problem" });
  graph.tables[name] = { name, columns: [], partitionBy, writtenBy: "tasks", loadedBy, checks, commitEveryMs, declaredAt: declaredAt(table) };
}

function addModels(graph: Graph): void {
  const described = [...graph.declared.tables.values()].filter((table) => table.model !== undefined);
  for (const table of orderedModels(described, graph)) attempt(graph, table, "table", addModel);
  const models = described.filter(({ name }) => name in graph.tables);
  for (const { decl, problem } of modelDags(models, graph.tables)) {
    if (problem) graph.problems.push(problem);
    else if (graph.declared.dags.has(decl.name)) graph.problems.push(takenDag(decl.name, models));
    else graph.dags[decl.name] = decl;
  }
}

function addModel(graph: Graph, table: TableDescription, where: string): void {
  const { name, columns = [], interval, partitionBy, commitEveryMs } = table;
  const { decl, dag } = table.model as ModelDescription;
  checkNamespace(graph, name, where);
  if (decl.contract) checkColumnNames(columns, where);
  if (decl.contract) checkInterval(columns, interval, where);
  if (decl.contract) checkPartitions(columns, partitionBy, where);
  checkModelReads(decl, graph, where);
  const ready = withSeedFile(decl, columns, graph.files, where);
  const model = { ...ready, dag: dag?.name ?? "", fingerprint: effectiveFingerprint(ready, graph.tables) };
  graph.tables[name] = { name, columns, partitionBy, writtenBy: "tasks", interval, model, commitEveryMs, declaredAt: declaredAt(table) };
}

function checkModelReads({ reads, checks }: ModelDescription["decl"], { topics, tables, declared }: Graph, where: string): void {
  for (const name of [...reads, ...checks.flatMap((check) => check.reads ?? [])]) {
    const topic = name.startsWith("topics.") ? name.slice("topics.".length) : undefined;
    if (topic !== undefined ? topic in topics : name in tables || declared.tables.has(name)) continue;
    throw new MillraceError("MR-MODEL-004", { what: `it reads ${topic === undefined ? "table" : "topic"} "${topic ?? name}", which has a problem of its own`, where, mend: "mend that declaration first" });
  }
}

/** Datasets that it names were described with it, so one that is missing has a problem of its own. */
function addDag(graph: Graph, dag: DagDescription, where: string): void {
  const { topics, tables, stages, declared } = graph;
  checkDagNames(dag, { has: (name) => name in topics || name in tables, tables, dags: [...declared.dags.keys()], stages: Object.keys(stages) }, where);
  graph.dags[dag.name] = dagDecl(dag, declaredAt(dag), where);
}

function makeFeed(table: TableDescription, where: string): TopicDecl {
  const { schema, columns } = table;
  if (!schema || !columns) throw invalid("the table has neither `from` nor `schema`", where, "give one of them");
  checkKey(columns, table.key, where);
  checkEventTime(columns, table.eventTime, where);
  return feedTopic({ ...table, schema, columns }, declaredAt(table));
}

function checkFree(graph: Graph, topic: TopicDecl, where: string): void {
  const taken = Object.keys(graph.topics).find((name) => name.toLowerCase() === topic.name.toLowerCase());
  if (taken !== undefined) {
    throw new MillraceError("MR-MODEL-003", { what: `it needs a topic "${topic.name}" of its own, and topic "${taken}" has that name`, where, mend: `give topic "${taken}" another name` });
  }
}

function topicNamed(graph: Graph, name: string, where: string): TopicDecl {
  const topic = graph.topics[name];
  if (topic) return topic;
  const near = nearest(name, Object.keys(graph.topics));
  const declared = graph.declared.topics.has(name);
  throw new MillraceError("MR-MODEL-004", {
    what: declared ? `it is left out, because topic "${name}" has a problem of its own` : `it uses topic "${name}", which could not be read`,
    where,
    mend: near !== undefined && !declared ? `mend that topic's declaration, or use "${near}"` : "mend that topic's declaration first",
  });
}

function addStage(graph: Graph, stage: StageDescription, where: string): void {
  if (stage.export === undefined) throw invalid("the stage is not exported", where, "export it from the file that declares it");
  const inputs = stage.from.map((name) => topicNamed(graph, name, where));
  const to = Object.fromEntries(Object.entries(stage.to).map(([alias, ref]) => [alias, targetOf(graph, ref, where)]));
  checkConnector(stage, to, graph, where);
  for (const { columns } of inputs) checkRecordChecks(stage.checks ?? [], columns, where);
  checkWithheld(stage, inputs, where);
  const decl = stageDecl(stage, inputs, to, graph, where);
  const kinds = inputs.length === 0 ? [] : (["dlq", "redrive", ...(stage.window ? (["late"] as const) : [])] as const);
  const side = kinds.map((kind) => sideTopic(stage.name, kind, inputs, decl.declaredAt));
  for (const topic of side) checkFree(graph, topic, where);
  for (const topic of side) graph.topics[topic.name] = topic;
  const [dlq, redrive, late] = side.map((topic) => topic.name);
  graph.stages[stage.name] = { ...decl, dlq, redrive, late };
}

/** The topic that a stage writes: a table takes its rows through a topic of its own. */
function targetOf(graph: Graph, { kind, name }: DatasetRef, where: string): string {
  if (kind === "topic") return topicNamed(graph, name, where).name;
  const table = graph.tables[name];
  if (graph.declared.tables.get(name)?.external) throw invalid(`it writes to "${name}", which stands outside of the lake`, where, "write to a table or a topic of the project");
  if (!table) throw new MillraceError("MR-MODEL-004", { what: `it is left out, because table "${name}" has a problem of its own`, where, mend: "mend that table's declaration first" });
  if (table.from === undefined) throw invalid(`it writes to table "${name}", which tasks write`, where, "let a task write it with `into`, or leave `interval` and `writtenBy` out of the table's declaration");
  if (graph.topics[table.from].internal === "feed") return table.from;
  throw invalid(`it writes to table "${name}", whose rows are those of topic "${table.from}"`, where, `write to topic "${table.from}"; or declare the table with \`schema\` in place of \`from\``);
}

function stageDecl(stage: StageDescription, inputs: TopicDecl[], to: Record<string, string>, graph: Graph, where: string): StageDecl {
  const { name, stageKind: kind, scale, place, retries, failureLimit, window, allowedLatenessMs, keepForMs, settings, guarantee, bounded, reads, checks, secrets } = stage;
  const userCode = kind !== "http" && kind !== "files";
  const by = kind === "aggregate" ? checkAggregation(stage, inputs, graph.topics[to.out], where) : kind === "keyed" ? checkKeys(stage, inputs, where) : undefined;
  return {
    ...{ name, kind, from: stage.from, to, bounded },
    ...(userCode ? { module: stage.file, export: stage.export } : {}),
    ...{ scale, place, retries, failureLimit, window, allowedLatenessMs, keepForMs, by, settings, guarantee, reads, checks, secrets },
    declaredAt: declaredAt(stage),
  };
}

/** A slip in the name of what is to be withheld would tell it. */
function checkWithheld(stage: StageDescription, inputs: readonly TopicDecl[], where: string): void {
  if (stage.stageKind !== "profile") return;
  const columns = inputs.flatMap((input) => input.columns);
  for (const field of (stage.settings as { withhold: string[] }).withhold) columnNamed(columns, field, "withhold", where);
}

function checkConnector(stage: StageDescription, to: Record<string, string>, graph: Graph, where: string): void {
  if (stage.stageKind !== "files") return;
  const target = graph.topics[to.out];
  const { orderBy, speed } = stage.settings as { orderBy: string[]; speed: "max" | number };
  for (const field of orderBy) columnNamed(target.columns, field, "orderBy", where);
  if (speed !== "max" && target.eventTime === undefined) throw invalid(`it replays at a speed, but "${target.name}" has no event time`, where, `give "${target.name}" eventTime, or use speed: "max"`);
}

/** A graph with a cycle never comes to rest: a bounded run would not end, and windows would wait for themselves. */
function refuseCycles(graph: Graph): void {
  for (let cycle = findCycle(graph.stages); cycle; cycle = findCycle(graph.stages)) {
    const name = cycle[cycle.length - 1];
    const stage = graph.declared.stages.get(name) as StageDescription;
    const error = invalid(`stages feed each other in a circle: ${[...cycle, cycle[0]].join(" → ")}`, `stage "${name}", ${stage.site ?? stage.file}`, "let one of them write to a topic that none of the others reads");
    graph.problems.push({ ...error.toJSON(), file: stage.file });
    const { dlq, redrive, late } = graph.stages[name];
    for (const side of [dlq, redrive, late]) if (side !== undefined) delete graph.topics[side];
    delete graph.stages[name];
  }
}

/** The stages of one cycle, in the order of the flow; undefined when there is none. */
function findCycle(stages: Record<string, StageDecl>): string[] | undefined {
  const readers = new Map<string, string[]>();
  for (const { name, from } of Object.values(stages)) for (const topic of from) readers.set(topic, [...(readers.get(topic) ?? []), name]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (path.includes(name)) return path.slice(path.indexOf(name));
    if (done.has(name)) return undefined;
    path.push(name);
    const { to, dlq, late } = stages[name];
    const written = [...Object.values(to), ...[dlq, late].filter((topic) => topic !== undefined)];
    for (const next of written.flatMap((topic) => readers.get(topic) ?? [])) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(stages)) {
    const cycle = visit(name);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Without a prototype: a topic may be called "constructor". */
const byName = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** Undefined where there is nothing in it: most projects have none. */
function filled<T>(record: Record<string, T>): Record<string, T> | undefined {
  return Object.keys(record).length > 0 ? sorted(record) : undefined;
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
