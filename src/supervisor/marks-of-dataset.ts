import type { PersonalMarks } from "../quality/states/personal-values.ts";

/** What is said of columns of a table or a topic: see `Catalog.personalMarks`. */
export type MarksOf = (kind: "table" | "topic", name: string) => Promise<PersonalMarks>;

/** The same, of a dataset as statements name it: `sales.orders`, `topics.clicks`, `topics."a-b"`. */
export function marksOfDataset(personal: MarksOf, dataset: string): Promise<PersonalMarks> {
  const topic = /^topics\.(.+)$/.exec(dataset)?.[1].replace(/^"(.*)"$/, "$1");
  return topic === undefined ? personal("table", dataset) : personal("topic", topic);
}
