import type { CatalogTable, IcebergCatalog } from "../../lake/iceberg-catalog.ts";
import type { Namespaces } from "../../lake/namespaces.ts";
import { noNamespace } from "../../lake/namespaces.ts";
import { publishedAlone } from "../../lake/published.ts";
import { noTable } from "../../lake/table-store.ts";

/** What is read of a catalog; each throws as `IcebergCatalog` does. */
export interface CatalogReads {
  namespaces: Pick<Namespaces, "list" | "properties">;
  tables(namespace: string): Promise<string[]>;
  load(name: string): Promise<CatalogTable>;
}

/**
 * A catalog as the holder of a reader's token sees it: tables that its marts keep rows of, as they were published. Of all else
 * it says what it says of what does not exist.
 *
 * @param readable - names of tables
 */
export function readerCatalog(catalog: Pick<IcebergCatalog, "tables" | "load">, readable: ReadonlySet<string>): CatalogReads {
  const namespaceOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
  const tables = async (namespace: string): Promise<string[]> => {
    const isNamed = [...readable].some((name) => namespaceOf(name) === namespace);
    const names = isNamed ? (await catalog.tables(namespace).catch(() => [])).filter((name) => readable.has(name)) : [];
    if (names.length === 0) throw noNamespace(namespace);
    return names;
  };
  const list = async (parent?: string): Promise<string[]> => {
    if (parent !== undefined) return tables(parent).then(() => []);
    const all = [...new Set([...readable].map(namespaceOf))].sort();
    const kept = await Promise.all(all.map((namespace) => tables(namespace).then(() => true, () => false)));
    return all.filter((_, i) => kept[i]);
  };
  const load = async (name: string): Promise<CatalogTable> => {
    if (!readable.has(name)) throw noTable(name);
    const { metadata, location } = await catalog.load(name);
    return { metadata: publishedAlone(metadata), location };
  };
  return { namespaces: { list, properties: (namespace) => tables(namespace).then(() => ({})) }, tables, load };
}
