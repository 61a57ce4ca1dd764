import type { Answer } from "../../api/types.ts";

export type EntrySummary = Answer<"/api/v1/catalog">["entries"][number];
export type Entry = Answer<"/api/v1/catalog/{kind}/{entry}">;
export type EntryColumn = Entry["columns"][number];
export type TableDetail = Answer<"/api/v1/tables/{table}">;

const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;

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

/** Rows that one of two versions has and the other has not, each as often as it has them more. */
export function differenceSql(name: string, before: string, after: string, side: "gone" | "new"): string {
  const [from, without] = side === "gone" ? [before, after] : [after, before];
  return `select * from ${sqlAt("table", name, from)} except all select * from ${sqlAt("table", name, without)}`;
}

const truncations = ["year", "month", "day", "hour"];

/** How many rows stand in each partition of a table, the greatest value first; undefined where none can be told by SQL. */
export function partitionsSql({ name, partitionBy }: Pick<TableDetail, "name" | "partitionBy">, limit: number): string | undefined {
  const parts = partitionBy.map(({ column, transform }) => (truncations.includes(transform) ? `date_trunc('${transform}', ${quoted(column)}) as ${quoted(`${column}, by ${transform}`)}` : transform === "identity" ? quoted(column) : undefined));
  if (parts.length === 0 || parts.includes(undefined)) return undefined;
  return `select ${parts.join(", ")}, count(*) as "rows" from ${sqlName("table", name)} group by all order by all desc limit ${limit}`;
}
