import type { Answer, ProjectStatus } from "../api/types.ts";
import { toggleTheme } from "../design/theme.ts";
import { places } from "./places.ts";

export interface PaletteEntry {
  id: string;
  kind: string;
  title: string;
  /** Where it leads, or what it does. */
  act: { to: string; search?: { ask: string } } | (() => void);
}

/** All that can be found by its name. */
export function paletteEntries(status: ProjectStatus | undefined, dags: readonly { name: string; paused: boolean }[]): PaletteEntry[] {
  const named = (kind: string, path: string, names: readonly { name: string }[]): PaletteEntry[] => names.map(({ name }) => ({ id: `${kind} ${name}`, kind, title: name, act: { to: `${path}/${encodeURIComponent(name)}` } }));
  return [
    ...places.map(({ to, title }) => ({ id: to, kind: "page", title, act: { to } })),
    { id: "theme", kind: "do", title: "Switch between light and dark", act: toggleTheme },
    ...named("stage", "/stages", status?.stages ?? []),
    ...named("topic", "/topics", status?.topics ?? []),
    ...named("table", "/catalog/table", status?.tables ?? []),
    ...named("DAG", "/dags", dags),
    ...actions(status, dags),
  ];
}

/** What can be done. Each leads to where it is asked for once more; nothing is done by choosing it. */
function actions(status: ProjectStatus | undefined, dags: readonly { name: string; paused: boolean }[]): PaletteEntry[] {
  const action = (title: string, to: string, ask?: string): PaletteEntry => ({ id: `do ${title}`, kind: "do", title, act: { to, ...(ask && { search: { ask } }) } });
  const named = (path: string, name: string): string => `${path}/${encodeURIComponent(name)}`;
  return [
    action("Apply the plan", "/plan"),
    ...(status?.stages ?? []).map(({ name, state }) => (state === "paused" ? action(`Resume ${name}`, named("/stages", name)) : action(`Pause ${name}…`, named("/stages", name), "pause"))),
    ...dags.flatMap(({ name, paused }) => [action(`Run ${name} now…`, named("/dags", name), "trigger"), paused ? action(`Resume ${name}`, named("/dags", name)) : action(`Pause ${name}…`, named("/dags", name), "pause")]),
    ...(status?.tables ?? []).map(({ name }) => action(`Judge ${name} now`, named("/quality", name))),
  ];
}

/** What the catalog finds besides those `known`: by a column, a tag or a description, too, and then it says by which. */
export function catalogHits(entries: Answer<"/api/v1/catalog">["entries"], known: readonly PaletteEntry[]): PaletteEntry[] {
  const ids = new Set(known.map(({ id }) => id));
  const hits = entries.map(({ kind, name, found: by = [] }): PaletteEntry => ({ id: `${kind} ${name}`, kind, title: by.length === 0 || by.includes("name") ? name : `${name} · ${by[0]}`, act: { to: `/catalog/${kind}/${encodeURIComponent(name)}` } }));
  return hits.filter(({ id }) => !ids.has(id));
}

/** Those with all the words in their kind or title, the ones that begin with the first word before the rest. */
export function found(entries: readonly PaletteEntry[], text: string, most: number): PaletteEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = entries.filter(({ kind, title }) => words.every((word) => `${kind} ${title}`.toLowerCase().includes(word)));
  const rank = ({ title }: PaletteEntry): number => (words.length > 0 && title.toLowerCase().startsWith(words[0]) ? 0 : 1);
  return hits.sort((a, b) => rank(a) - rank(b)).slice(0, most);
}
