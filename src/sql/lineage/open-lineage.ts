import type { ColumnName, DirectKind, IndirectKind, KnownLineage } from "./lineage.ts";

/** The facet `columnLineage` of an output dataset, version 1.2.0. */
export interface ColumnLineageFacet {
  _producer: string;
  _schemaURL: string;
  fields: Record<string, { inputFields: InputField[] }>;
  /** Inputs that decide about all fields together. */
  dataset: InputField[];
}

interface InputField {
  namespace: string;
  name: string;
  field: string;
  transformations: { type: "DIRECT" | "INDIRECT"; subtype: string; masking: boolean }[];
}

const directSubtypes: Record<DirectKind, string> = { identity: "IDENTITY", transformation: "TRANSFORMATION", aggregation: "AGGREGATION" };
const indirectSubtypes: Record<IndirectKind, string> = { filter: "FILTER", join: "JOIN", group: "GROUP_BY", sort: "SORT", window: "WINDOW", conditional: "CONDITIONAL" };

/**
 * The lineage as OpenLineage says it. There is none for one that is unknown: the facet is left out then.
 *
 * @param namespace - of all the datasets
 * @param producer - the address of the code that makes the event
 */
export function columnLineageFacet({ outputs, indirect }: KnownLineage, namespace: string, producer: string): ColumnLineageFacet {
  const field = ({ dataset, column }: ColumnName, transformation: InputField["transformations"][number]): InputField => ({ namespace, name: dataset, field: column, transformations: [transformation] });
  const fields: [string, { inputFields: InputField[] }][] = outputs.map(({ name, inputs }) => [
    name,
    { inputFields: inputs.map((input) => field(input, { type: "DIRECT", subtype: directSubtypes[input.kind], masking: input.masked === true })) },
  ]);
  return {
    _producer: producer,
    _schemaURL: "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet",
    fields: Object.fromEntries(fields),
    dataset: together(indirect.map((input) => field(input, { type: "INDIRECT", subtype: indirectSubtypes[input.kind], masking: false }))),
  };
}

/** Each input once, with all that it does. */
function together(inputs: InputField[]): InputField[] {
  const byField = new Map<string, InputField>();
  for (const input of inputs) {
    const key = JSON.stringify([input.name, input.field]);
    const other = byField.get(key);
    byField.set(key, other ? { ...other, transformations: [...other.transformations, ...input.transformations] } : input);
  }
  return [...byField.values()];
}
