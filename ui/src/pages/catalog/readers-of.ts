import type { Manifest } from "../../../../src/model/manifest.ts";

/** Somebody outside of the project who may read a table, and by which name. */
export interface Reader {
  audience: string;
  mart: string;
  /** The mart's table through which it is read. */
  table: string;
  /** It is that table itself; otherwise what stands on it. */
  isWhole: boolean;
}

/** Audiences of the marts that have a table, or have tables whose statements read it, through views alone. */
export function readersOf({ marts, tables }: Manifest, name: string): Reader[] {
  return Object.values(marts ?? {})
    .flatMap(({ name: mart, readers, tables: shown }) => shown.filter((table) => table === name || standsOn(tables, table, name)).flatMap((table) => readers.map((audience) => ({ audience, mart, table, isWhole: table === name }))))
    .sort((a, b) => a.audience.localeCompare(b.audience) || a.table.localeCompare(b.table));
}

/** Statements cannot go in a circle, and a table that keeps rows of its own shows those alone. */
function standsOn(tables: Manifest["tables"], table: string, name: string): boolean {
  const model = Object.hasOwn(tables, table) ? tables[table].model : undefined;
  if (model === undefined || !["view", "ephemeral"].includes(model.materialize.kind)) return false;
  return model.reads.some((read) => read === name || standsOn(tables, read, name));
}
