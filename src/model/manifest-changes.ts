import type { DagDecl, TaskDecl } from "./dag-manifest.ts";
import { type DeclarationChange, declarationChanges } from "./declaration-changes.ts";
import { type FieldChange, fieldChanges } from "./field-changes.ts";
import type { Manifest } from "./manifest.ts";
import { canonical } from "./release.ts";

/** What there is of one kind in a project, before and after. */
export interface NameChanges {
  added: string[];
  removed: string[];
  changed: string[];
}

/** Topics, tables or stages, with what of those that stay differs; of dead letters and other topics that come with one, nothing: they follow it. */
export interface DeclaredChanges extends Pick<NameChanges, "added" | "removed"> {
  changed: { name: string; fields: DeclarationChange[] }[];
}

export interface TaskChanges {
  added: string[];
  removed: string[];
  changed: { name: string; fields: FieldChange[] }[];
}

export interface DagChanges {
  name: string;
  change: "added" | "removed" | "changed";
  tasks: TaskChanges;
  /** Fields of the DAG itself, as `schedule`. */
  settings: FieldChange[];
}

/** What a change of a project does to what it declares. The code of functions is not looked into: a release tells those apart. */
export interface ManifestChanges {
  from: string | null;
  to: string;
  topics: DeclaredChanges;
  tables: DeclaredChanges;
  stages: DeclaredChanges;
  dags: DagChanges[];
}

type Named = Pick<Manifest, "release" | "topics" | "tables" | "stages" | "dags">;

/** @param from - the release that runs; absent at the first */
export function manifestChanges(from: Named | undefined, to: Named): ManifestChanges {
  return {
    from: from?.release ?? null,
    to: to.release,
    topics: declaredChanges(from?.topics ?? {}, to.topics, (before, after) => (after.internal ? [] : declarationChanges("topic", before, after))),
    tables: declaredChanges(from?.tables ?? {}, to.tables, (before, after) => declarationChanges("table", before, after)),
    stages: declaredChanges(from?.stages ?? {}, to.stages, (before, after) => declarationChanges("stage", before, after)),
    dags: dagChanges(from?.dags ?? {}, to.dags),
  };
}

function declaredChanges<Decl extends object>(from: Record<string, Decl>, to: Record<string, Decl>, fieldsOf: (before: Decl, after: Decl) => DeclarationChange[]): DeclaredChanges {
  const { changed, ...names } = nameChanges(from, to);
  return { ...names, changed: changed.map((name) => ({ name, fields: fieldsOf(from[name], to[name]) })) };
}

function dagChanges(from: Record<string, DagDecl>, to: Record<string, DagDecl>): DagChanges[] {
  const { added, removed, changed } = nameChanges(from, to);
  const changes: DagChanges[] = [
    ...added.map((name): DagChanges => ({ name, change: "added", tasks: { added: namesOf(to[name].tasks), removed: [], changed: [] }, settings: [] })),
    ...removed.map((name): DagChanges => ({ name, change: "removed", tasks: { added: [], removed: namesOf(from[name].tasks), changed: [] }, settings: [] })),
    ...changed.map((name): DagChanges => ({ name, change: "changed", tasks: taskChanges(from[name].tasks, to[name].tasks), settings: fieldChanges(from[name], to[name], ["tasks", "declaredAt"]) })),
  ];
  return changes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const namesOf = (tasks: TaskDecl[]): string[] => tasks.map(({ name }) => name);

function taskChanges(from: TaskDecl[], to: TaskDecl[]): TaskChanges {
  const [before, after] = [from, to].map((tasks) => Object.fromEntries(tasks.map((task) => [task.name, task])));
  const { changed, ...names } = nameChanges(before, after);
  return { ...names, changed: changed.map((name) => ({ name, fields: fieldChanges(withSettings(before[name]), withSettings(after[name]), ["declaredAt"]) })) };
}

/** Each setting is a field of its own: of a statement that changes the statement is told. */
function withSettings({ settings, ...task }: TaskDecl): object {
  return { ...task, ...Object.fromEntries(Object.entries(settings ?? {}).map(([key, value]) => [`settings.${key}`, value])) };
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
