import type { Answer } from "../../api/types.ts";

export type EntrySummary = Answer<"/api/v1/catalog">["entries"][number];
export type Entry = Answer<"/api/v1/catalog/{kind}/{entry}">;
export type EntryColumn = Entry["columns"][number];
export type TableDetail = Answer<"/api/v1/tables/{table}">;
export type Snapshot = TableDetail["snapshots"][number];

export const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;

/** How SQL names it, whatever its name is made of. */
export function sqlName(kind: string, name: string): string {
  if (kind === "topic") return `topics.${quoted(name)}`;
  const dot = name.indexOf(".");
  return dot < 0 ? quoted(name) : `${quoted(name.slice(0, dot))}.${quoted(name.slice(dot + 1))}`;
}

/** The same at one of its versions; undefined is the current one. A version is the id of a snapshot: digits alone. */
export function sqlAt(kind: string, name: string, version: string | undefined): string {
  if (version === undefined || !/^\d{1,20}$/.test(version)) return sqlName(kind, name);
  return `${sqlName(kind, name)} at (version => ${version})`;
}
