import type { Manifest } from "../manifest.ts";

/** A mart, as the manifest has it: its tables are models like any other, and this says whose they are. */
export interface MartDecl {
  /** Also the namespace of its tables. */
  name: string;
  description?: string;
  owner?: string;
  /** Audiences that may read it, in order. Tokens are made for one of them. */
  readers: string[];
  /** `mart.table`, in order. */
  tables: string[];
  declaredAt?: string;
}

/** The marts that an audience may read: those that name it. */
export function martsOfReader({ marts = {} }: Pick<Manifest, "marts">, reader: string): MartDecl[] {
  return Object.values(marts).filter(({ readers }) => readers.includes(reader));
}

/** Names of the tables that an audience may read: those of its marts, and no others. */
export function tablesOfReader(manifest: Pick<Manifest, "marts">, reader: string): Set<string> {
  return new Set(martsOfReader(manifest, reader).flatMap(({ tables }) => tables));
}

/**
 * Of those the ones that keep rows of their own now. A table of the name of a view may stand in the lake from before it was one,
 * with rows that the view no longer shows.
 */
export function keptTablesOfReader(manifest: Pick<Manifest, "marts" | "tables">, reader: string): Set<string> {
  return new Set([...tablesOfReader(manifest, reader)].filter((name) => manifest.tables[name]?.model?.materialize.kind !== "view"));
}

/** All audiences that marts name, in order. */
export function readersOf({ marts = {} }: Pick<Manifest, "marts">): string[] {
  return [...new Set(Object.values(marts).flatMap(({ readers }) => readers))].sort();
}
