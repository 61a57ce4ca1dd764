import type { Manifest } from "../../../../src/model/manifest.ts";
import type { Answer } from "../../api/types.ts";

export type DeadLetters = Answer<"/api/v1/dlq">["stages"][number];

/** Stages with dead letters that read a topic, or that lead into a table: the one that writes it, and those before its topic. */
export function keptBackOf({ stages, tables }: Pick<Manifest, "stages" | "tables">, dataset: string, letters: readonly DeadLetters[]): DeadLetters[] {
  const topic = dataset.startsWith("topics.") ? dataset.slice("topics.".length) : undefined;
  const from = topic ?? (Object.hasOwn(tables, dataset) ? tables[dataset].from : undefined);
  if (from === undefined) return [];
  return letters.filter(({ stage }) => {
    const declared = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
    if (declared === undefined) return false;
    return topic === undefined ? declared.table === dataset || Object.values(declared.to).includes(from) : declared.from.includes(topic);
  });
}
