import type { Manifest } from "../model/manifest.ts";

/** The stages whose records end in a table, the one that writes it among them; none for a table that tasks write. */
export function feedersOf({ tables, stages }: Pick<Manifest, "tables" | "stages">, table: string): string[] {
  const found = new Set<string>();
  const { from } = tables[table] ?? {};
  if (from === undefined) return [];
  const topics = [from];
  found.add(`table:${table}`);
  for (let topic = topics.pop(); topic !== undefined; topic = topics.pop()) {
    for (const stage of Object.values(stages)) {
      if (found.has(stage.name) || !Object.values(stage.to).includes(topic)) continue;
      found.add(stage.name);
      topics.push(...stage.from);
    }
  }
  return [...found];
}
