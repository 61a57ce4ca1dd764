import type { Resolution, SqlSource, TableReference, TableSource, TopicSource } from "./query-request.ts";

/** The datasets that a statement's author may read. */
export interface Datasets {
  /** Names as `namespace.table`. */
  tables(): Promise<string[]>;
  topics(): Promise<string[]>;
  openTable(name: string): Promise<TableSource>;
  openTopic(name: string): Promise<TopicSource>;
}

/**
 * Finds what the references of a statement mean: `namespace.table` a table, `topics."name"` a topic, a name alone a table
 * of the namespace `main`. A name that differs by case alone is found when no other fits better.
 */
export async function resolveDatasets(references: TableReference[], datasets: Datasets): Promise<Resolution> {
  const [tables, topics] = await Promise.all([datasets.tables(), datasets.topics()]);
  const sources = await Promise.all(
    references.map(async ({ namespace, name }): Promise<SqlSource | undefined> => {
      const isTopic = namespace?.toLowerCase() === "topics";
      const found = findName(isTopic ? name : `${namespace ?? "main"}.${name}`, isTopic ? topics : tables);
      if (found === undefined) return undefined;
      return isTopic ? datasets.openTopic(found) : datasets.openTable(found);
    }),
  );
  return { sources, known: [...tables, ...topics.map((topic) => `topics.${plainName.test(topic) ? topic : `"${topic}"`}`)] };
}

/** Names that SQL reads without quotes: one word, or two with a dot. */
const plainName = /^[a-z_]\w*(\.[a-z_]\w*)?$/i;

function findName(wanted: string, names: string[]): string | undefined {
  return names.find((name) => name === wanted) ?? names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}
