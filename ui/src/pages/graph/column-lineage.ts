/** From a column of one dataset to a column of another. `dataset` is as nodes of the graph are called. */
export interface ColumnFlow {
  from: { dataset: string; column: string };
  to: { dataset: string; column: string };
  kind: "identity" | "transformation" | "aggregation";
}

export interface DatasetColumns {
  dataset: string;
  columns: string[];
}

/** What a statement says of where its columns come from, as the interface gives it. */
export type Lineage = { known: true; outputs: { name: string; inputs: { dataset: string; column: string; kind: ColumnFlow["kind"] }[] }[] } | { known: false; reason: string };

/** @param idOf - the node of a dataset by its name in statements */
export function flowsOfModel(model: string, lineage: Lineage, idOf: (name: string) => string | undefined): ColumnFlow[] {
  if (!lineage.known) return [];
  return lineage.outputs.flatMap(({ name, inputs }) =>
    inputs.flatMap(({ dataset, column, kind }): ColumnFlow[] => {
      const from = idOf(dataset);
      return from === undefined ? [] : [{ from: { dataset: from, column }, to: { dataset: model, column: name }, kind }];
    }),
  );
}

/** A table takes the fields of its topic as they are. */
export const flowsOfCopy = (topic: DatasetColumns, table: DatasetColumns): ColumnFlow[] =>
  table.columns.filter((column) => topic.columns.includes(column)).map((column) => ({ from: { dataset: topic.dataset, column }, to: { dataset: table.dataset, column }, kind: "identity" }));

export const columnKey = (dataset: string, column: string): string => `${dataset}\n${column}`;

/** All columns that one comes from, and all that come from it, itself among them. */
export function followed(flows: readonly ColumnFlow[], dataset: string, column: string): Set<string> {
  const walk = (next: (flow: ColumnFlow) => [string, string]): Set<string> => {
    const seen = new Set([columnKey(dataset, column)]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const flow of flows) {
        const [near, far] = next(flow);
        if (!seen.has(near) || seen.has(far)) continue;
        seen.add(far);
        grown = true;
      }
    }
    return seen;
  };
  const keys = ({ from, to }: ColumnFlow): [string, string] => [columnKey(from.dataset, from.column), columnKey(to.dataset, to.column)];
  return new Set([...walk(keys), ...walk((flow) => keys(flow).reverse() as [string, string])]);
}
