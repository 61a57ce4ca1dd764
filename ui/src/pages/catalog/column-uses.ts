import type { Lineage } from "../../../../src/sql/lineage/lineage.ts";

/** A column that another one goes into, and how. */
export interface ColumnUse {
  /** Of the dataset that is asked about. */
  from: string;
  to: string;
  how: string;
}

/** What becomes of a dataset's columns in the statements that read it; what only chooses rows is told of the whole dataset. */
export function columnUses(dataset: string, readers: readonly { name: string; lineage: Lineage }[]): ColumnUse[] {
  const uses = readers.flatMap(({ name, lineage }): ColumnUse[] => {
    if (!lineage.known) return [];
    const values = lineage.outputs.flatMap((output) => output.inputs.filter((input) => input.dataset === dataset).map(({ column, kind, masked }) => ({ from: column, to: `${name}.${output.name}`, how: masked ? `${kind}, masked` : kind })));
    const rows = lineage.indirect.filter((input) => input.dataset === dataset).map(({ column, kind }) => ({ from: column, to: name, how: kind }));
    return [...values, ...rows];
  });
  return uses.sort((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to));
}
