import { stageAccess } from "../engine/stage-plan.ts";
import type { Manifest, StageDecl } from "../model/manifest.ts";

/** Stages that pass records to one another, however many steps lie between, and what stands between them. */
export interface Pipeline {
  /** The datasets that come in from outside; of many, the first two. */
  name: string;
  /** By name, as all lists. */
  stages: string[];
  topics: string[];
  tables: string[];
  /** The node of the graph before and behind which most of it stands: `topic:orders`, `stage:join`. */
  middle: string;
}

/** The parts of the project's graph that have nothing to do with one another, by name. */
export function pipelinesOf({ stages, topics }: Pick<Manifest, "stages" | "topics">): Pipeline[] {
  const decls = Object.values(stages);
  const groups = Map.groupBy(decls, connect(decls));
  return [...groups.values()].map((members) => pipelineOf(members, topics)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Each stage's part, as one of the names in it. */
function connect(decls: readonly StageDecl[]): (decl: StageDecl) => string {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let at = name;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    if (at !== name) parents.set(name, at);
    return at;
  };
  for (const decl of decls) {
    for (const dataset of datasetsOf(decl)) {
      const [a, b] = [rootOf(`stage ${decl.name}`), rootOf(`dataset ${dataset}`)];
      if (a !== b) parents.set(a, b);
    }
  }
  return ({ name }) => rootOf(`stage ${name}`);
}

function datasetsOf(decl: StageDecl): string[] {
  const { reads, writes } = stageAccess(decl);
  return [...reads, ...writes];
}

function pipelineOf(members: readonly StageDecl[], topics: Manifest["topics"]): Pipeline {
  const datasets = [...new Set(members.flatMap(datasetsOf))].filter((name) => topics[name]?.internal === undefined).sort();
  const sources = members.filter(({ from }) => from.length === 0);
  const first = [...new Set((sources.length > 0 ? sources : members).flatMap(({ to, from }) => (sources.length > 0 ? Object.values(to) : from)))].sort();
  const rest = first.length > 2 ? ` and ${first.length - 2} more` : "";
  return { name: `${first.slice(0, 2).join(", ")}${rest}` || members[0].name, stages: members.map(({ name }) => name).sort(), topics: datasets, tables: members.flatMap(({ table }) => table ?? []).sort(), middle: middleOf(members, datasets) };
}

/** Nodes that are looked around from, those with most neighbours: of a large pipeline each look costs as much as all of it. */
const looksMax = 20;

function middleOf(members: readonly StageDecl[], datasets: readonly string[]): string {
  const links = { before: new Map<string, string[]>(), behind: new Map<string, string[]>() };
  const link = (from: string, to: string): void => {
    links.before.set(to, [...(links.before.get(to) ?? []), from]);
    links.behind.set(from, [...(links.behind.get(from) ?? []), to]);
  };
  const shown = new Set(datasets);
  for (const decl of members) {
    const { reads, writes } = stageAccess(decl);
    for (const name of reads.filter((each) => shown.has(each))) link(`topic:${name}`, `stage:${decl.name}`);
    for (const name of writes.filter((each) => shown.has(each))) link(`stage:${decl.name}`, `topic:${name}`);
  }
  const nodes = [...datasets.map((name) => `topic:${name}`), ...members.map(({ name }) => `stage:${name}`)];
  const neighbours = (node: string): number => (links.before.get(node)?.length ?? 0) + (links.behind.get(node)?.length ?? 0);
  const around = (node: string): number => reached(links.before, node) + reached(links.behind, node);
  const looks = nodes.sort((a, b) => neighbours(b) - neighbours(a)).slice(0, looksMax).map((node) => ({ node, count: around(node) }));
  return looks.reduce((best, each) => (each.count > best.count ? each : best)).node;
}

function reached(links: ReadonlyMap<string, string[]>, from: string): number {
  const seen = new Set([from]);
  for (const node of seen) for (const next of links.get(node) ?? []) seen.add(next);
  return seen.size;
}
