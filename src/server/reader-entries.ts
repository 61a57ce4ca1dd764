import { missingEntry } from "../catalog/catalog.ts";
import type { CatalogEntry, DatasetFacts } from "../catalog/catalog-entry.ts";
import { searchEntries } from "../catalog/search-entries.ts";
import type { Reader } from "../govern/reader.ts";
import { martsOfReader } from "../model/marts/mart-decl.ts";
import type { CatalogControl } from "./catalog-control.ts";
import type { ControlPlane } from "./control-plane.ts";

type Entries = Pick<CatalogControl, "entries" | "search" | "entry">;

/** The catalog of whoever asks: all of it, or the marts of a reader and their tables. */
export function entriesOf(control: Pick<ControlPlane, "catalog" | "manifest">, reader: Reader | undefined): Entries {
  if (reader === undefined) return control.catalog;
  const marts = martsOfReader(control.manifest(), reader.audience);
  const known = new Set(marts.flatMap(({ name, tables }) => [`database:${name}`, ...tables.map((table) => `table:${table}`)]));
  return readerEntries(control.catalog, known);
}

/**
 * A catalog as if it had no other entries: words of a search are corrected by what these have, and names that are near are
 * theirs.
 *
 * @param known - `kind:name`
 */
function readerEntries(catalog: Entries, known: ReadonlySet<string>): Entries {
  const entries = async (): Promise<CatalogEntry[]> => (await catalog.entries()).filter(({ kind, name }) => known.has(`${kind}:${name}`)).map(shown);
  return {
    entries,
    search: async (text) => searchEntries(await entries(), text),
    entry: async (kind, name) => {
      if (known.has(`${kind}:${name}`)) return shown(await catalog.entry(kind, name));
      const ofKind = (await entries()).filter((each) => each.kind === kind);
      throw missingEntry(kind, name, ofKind.map((each) => each.name));
    },
  };
}

/** Where its files lie is nothing to whom may not open them, and for whom else a mart is, nothing to any of them. */
function shown({ facts, ...entry }: CatalogEntry): CatalogEntry {
  const { files, bytes, rows, format, updatedAt } = facts;
  const told: DatasetFacts = { files, bytes, rows, format, updatedAt };
  return { ...entry, facts: JSON.parse(JSON.stringify(told)) as DatasetFacts };
}
