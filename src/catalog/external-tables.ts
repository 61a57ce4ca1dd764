import type { StateStore, Versioned } from "../state/store.ts";
import type { CatalogFiles } from "./catalog-files.ts";
import type { PartitionColumn } from "../formats/hive-partitions.ts";
import type { CrawledTable } from "./external-table.ts";

/** What the state store says of a crawled table: enough to list it, and where the rest of it stands. */
export interface ExternalTablePointer {
  name: string;
  /** The crawler that found it. */
  crawler: string;
  /** What it was found at, relative to the crawler's folder, and what of it: the same table in every crawl. */
  place: string;
  /** Key of the file that holds the `CrawledTable`. */
  file: string;
  /** As the table has them. */
  location: string;
  format: string;
  partitionColumns: PartitionColumn[];
  /** Differs whenever columns, format or partitions do. */
  shape: string;
  /** Differs whenever the shape or a file does. */
  digest: string;
  files: number;
  bytes: number;
  /** Where it is known of every file. */
  rows: number | null;
  /** It is kept for those who still name it: its files are gone, or have another shape and are a table of another name. */
  deprecated?: { at: string; why: "gone" | "replaced"; by?: string };
}

export const tablesCollection = "catalog.tables";

/** The tables that crawlers have found, by name. */
export class ExternalTables {
  readonly #state: StateStore;
  readonly #files: CatalogFiles;

  constructor(state: StateStore, files: CatalogFiles) {
    this.#state = state;
    this.#files = files;
  }

  /** By name, in UTF-8 order, each with the version of its pointer. */
  async list(): Promise<Versioned<ExternalTablePointer>[]> {
    return this.#state.list<ExternalTablePointer>(tablesCollection);
  }

  /** Undefined where there is none of that name. */
  async table(name: string): Promise<CrawledTable | undefined> {
    const found = await this.#state.get<ExternalTablePointer>(tablesCollection, name);
    return found && this.#files.read<CrawledTable>(found.value.file);
  }
}
