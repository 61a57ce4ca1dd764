/**
 * Where the columns of a result come from, in OpenLineage's sense. Direct: values of the input become values of the output.
 * Indirect: the input decides which rows there are, in what order, or which of several values is taken.
 */
export interface KnownLineage {
  known: true;
  /** One for each column of the result, in their order. */
  outputs: OutputLineage[];
  indirect: IndirectInput[];
}

/** A part of the statement was not understood, and so nothing is said: half of a lineage would be taken for the whole. */
export interface UnknownLineage {
  known: false;
  reason: string;
}

export type Lineage = KnownLineage | UnknownLineage;

export interface OutputLineage {
  name: string;
  inputs: DirectInput[];
}

export type DirectKind = "identity" | "transformation" | "aggregation";
export type IndirectKind = "filter" | "join" | "group" | "sort" | "window" | "conditional";

export interface ColumnName {
  dataset: string;
  column: string;
}

export interface DirectInput extends ColumnName {
  /** The strongest where there are several ways. */
  kind: DirectKind;
  /** No value of the input can be read from the output: it is hashed, or only counted. */
  masked?: true;
}

export interface IndirectInput extends ColumnName {
  kind: IndirectKind;
}

/** What a statement may read, as the lineage sees it. */
export interface InputSchema {
  dataset: string;
  columns: InputColumn[];
}

export interface InputColumn {
  name: string;
  /** DuckDB's name for the type, where known: tells the fields of a struct. */
  type?: string;
}

/** @param parts - of the name as the statement writes it. @returns undefined for a name that is not known */
export type InputSchemas = (parts: string[]) => InputSchema | undefined;
