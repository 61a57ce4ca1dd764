import { MillraceError } from "../errors.ts";
import type { Resolution, SqlSource, TableReference, TableVersion } from "./query-request.ts";

/** What a statement asks of a table. */
export type Asked = Pick<TableReference, "conditions" | "columns">;

/** The datasets that a statement's author may read. */
export interface Datasets {
  /** Names as `namespace.table`. */
  tables(): Promise<string[]>;
  topics(): Promise<string[]>;
  /**
   * @param asked - columns that are not among those asked for, and rows that do not fulfil its conditions, may be left out
   * @param at - the current version when absent
   * @throws MillraceError `MR-LAKE-001` when there is no such version
   */
  openTable(name: string, at?: TableVersion, asked?: Asked): Promise<SqlSource>;
  openTopic(name: string): Promise<SqlSource>;
}

/**
 * Finds what the references of a statement mean: `namespace.table` a table, `topics."name"` a topic, a name alone the one
 * table of that name in any namespace. A name that differs by case alone is found when no other fits better.
 *
 * @throws MillraceError `MR-SQL-003` when a name alone could be several tables
 */
export async function resolveDatasets(references: TableReference[], datasets: Datasets): Promise<Resolution> {
  const tables = await datasets.tables();
  // They are asked for only where one is named, or where a name that means nothing could be meant for one.
  const topics = references.some(isTopicName) ? await datasets.topics() : [];
  const open = async (all: boolean): Promise<(SqlSource | undefined)[]> => Promise.all(
    references.map(async (reference): Promise<SqlSource | undefined> => {
      const isTopic = isTopicName(reference);
      const found = isTopic ? sameName(reference.name, topics) : tableNamed(reference, tables);
      if (found === undefined) return undefined;
      if (isTopic) return named(await datasets.openTopic(found), `topics.${found}`);
      const source = await datasets.openTable(found, reference.at, all ? undefined : reference);
      if (source.kind === "view" && reference.at) throw new MillraceError("MR-SQL-002", { what: `"${found}" has no versions: it is a view`, where: reference.where, mend: "leave AT out, or read the tables below it with AT" });
      return named(source, found);
    }),
  );
  const found = await open(false);
  // A view may read all rows of a table of which the statement itself asks less.
  const isMixed = found.some((source) => source?.kind === "view") && found.some(isNarrowed);
  const sources = isMixed ? await open(true) : found;
  const others = sources.includes(undefined) && topics.length === 0 ? await datasets.topics() : topics;
  return { sources, known: [...tables, ...others.map((topic) => `topics.${plainName.test(topic) ? topic : `"${topic}"`}`)] };
}

const isTopicName = ({ namespace }: TableReference): boolean => namespace?.toLowerCase() === "topics";

const named = (source: SqlSource, dataset: string): SqlSource => (source.kind === "result" ? source : { dataset, ...source });

function isNarrowed(source: SqlSource | undefined): boolean {
  if (source?.kind === "copy") return source.narrowed;
  return (source?.kind === "table" || source?.kind === "files") && (source.filesPruned ?? 0) > 0;
}

/** Names that SQL reads without quotes: one word, or two with a dot. */
const plainName = /^[a-z_]\w*(\.[a-z_]\w*)?$/i;

function sameName(wanted: string, names: string[]): string | undefined {
  return names.find((name) => name === wanted) ?? names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function tableNamed({ namespace, name, where }: TableReference, tables: string[]): string | undefined {
  if (namespace !== undefined) return sameName(`${namespace}.${name}`, tables);
  const found = tables.filter((table) => table.slice(table.indexOf(".") + 1).toLowerCase() === name.toLowerCase());
  if (found.length <= 1) return found[0];
  throw new MillraceError("MR-SQL-003", { what: `"${name}" could be ${found.map((table) => `"${table}"`).join(" or ")}`, where, mend: `write the namespace too, as ${found[0]}` });
}
