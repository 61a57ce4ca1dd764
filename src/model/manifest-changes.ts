import type { DagDecl, TaskDecl } from "./dag-manifest.ts";
import type { Manifest } from "./manifest.ts";
import { canonical } from "./release.ts";

/** What there is of one kind in a project, before and after. */
export interface NameChanges {
  added: string[];
  removed: string[];
  changed: string[];
}

export interface DagChanges {
  name: string;
  change: "added" | "removed" | "changed";
  tasks: NameChanges;
  /** Fields of the DAG itself that differ, as `schedule`. */
  settings: string[];
}

/** What a change of a project does to what it declares. The code of functions is not looked into: a release tells those apart. */
export interface ManifestChanges {
  from: string | null;
  to: string;
  topics: NameChanges;
  tables: NameChanges;
  stages: NameChanges;
  dags: DagChanges[];
}

type Named = Pick<Manifest, "release" | "topics" | "tables" | "stages" | "dags">;

/** @param from - the release that runs; absent at the first */
export function manifestChanges(from: Named | undefined, to: Named): ManifestChanges {
  return {
    from: from?.release ?? null,
    to: to.release,
    topics: nameChanges(from?.topics ?? {}, to.topics),
    tables: nameChanges(from?.tables ?? {}, to.tables),
    stages: nameChanges(from?.stages ?? {}, to.stages),
    dags: dagChanges(from?.dags ?? {}, to.dags),
  };
}

function dagChanges(from: Record<string, DagDecl>, to: Record<string, DagDecl>): DagChanges[] {
  const { added, removed, changed } = nameChanges(from, to);
  const none: NameChanges = { added: [], removed: [], changed: [] };
  const changes: DagChanges[] = [
    ...added.map((name): DagChanges => ({ name, change: "added", tasks: { ...none, added: to[name].tasks.map((task) => task.name) }, settings: [] })),
    ...removed.map((name): DagChanges => ({ name, change: "removed", tasks: { ...none, removed: from[name].tasks.map((task) => task.name) }, settings: [] })),
    ...changed.map((name): DagChanges => ({ name, change: "changed", tasks: nameChanges(byName(from[name].tasks), byName(to[name].tasks)), settings: settingChanges(from[name], to[name]) })),
  ];
  return changes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const byName = (tasks: TaskDecl[]): Record<string, TaskDecl> => Object.fromEntries(tasks.map((task) => [task.name, task]));

function settingChanges(from: DagDecl, to: DagDecl): string[] {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]) as Set<keyof DagDecl>;
  fields.delete("tasks");
  fields.delete("declaredAt");
  return [...fields].filter((field) => canonical(from[field] ?? null) !== canonical(to[field] ?? null));
}

function nameChanges(from: Record<string, object>, to: Record<string, object>): NameChanges {
  return {
    added: Object.keys(to).filter((name) => !Object.hasOwn(from, name)),
    removed: Object.keys(from).filter((name) => !Object.hasOwn(to, name)),
    changed: Object.keys(to).filter((name) => Object.hasOwn(from, name) && content(from[name]) !== content(to[name])),
  };
}

/** Where something is declared may move without a change of what it is. */
function content(declaration: object): string {
  return canonical(JSON.parse(JSON.stringify(declaration, (key, value: unknown) => (key === "declaredAt" ? undefined : value))));
}
