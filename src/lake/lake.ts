import { randomUUID } from "node:crypto";
import type { FilesDriver } from "../files/driver.ts";
import type { PartitionField, TableDecl } from "../model/manifest.ts";
import type { StateStore } from "../state/store.ts";
import { commitChange } from "./commit.ts";
import { commitTogether, type Planned } from "./commit-together.ts";
import type { DuckdbSettings } from "./duckdb.ts";
import { Duckdb } from "./duckdb.ts";
import { IcebergCatalog } from "./iceberg-catalog.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { withFreshIds } from "./iceberg-type.ts";
import { evolvedSpec, specOf } from "./partition-spec.ts";
import { withPublished } from "./refs.ts";
import { Table } from "./table.ts";
import type { TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema, newTableMetadata, withSchema, withSpec } from "./table-metadata.ts";
import { checkNames, evolvedSchema, schemaOf } from "./table-schema.ts";
import { tablesCollection, TableStore, turnOf } from "./table-store.ts";

export interface LakeParts {
  files: FilesDriver;
  /** Where the pointers to the tables' current metadata stand. */
  state: StateStore;
  /** Of the DuckDB that writes Parquet files in this process. Default: small. */
  duckdb?: DuckdbSettings;
}

/** Tables whose metadata is kept in memory at once. */
const storesMax = 1_000;

type TableShape = Pick<TableDecl, "name" | "columns" | "partitionBy">;

/** Iceberg tables over files and a state store. Any number of processes may open one lake. */
export class Lake {
  readonly #parts: LakeParts;
  readonly #duckdb: Duckdb;
  readonly #tables = new Map<string, Table>();
  readonly #stores = new Map<string, TableStore>();
  /** The same tables as other engines work with them. */
  readonly catalog: IcebergCatalog;

  constructor(parts: LakeParts) {
    this.#parts = parts;
    this.#duckdb = new Duckdb(parts.duckdb);
    this.catalog = new IcebergCatalog({ ...parts, storeOf: (name) => this.#store(name) });
  }

  /**
   * The table as declared: made when it is not there, else widened to hold what is declared now. New nullable columns are
   * added, columns that may be null now lose their check, rows to come are partitioned as declared. May be called by any
   * number of processes, any number of times.
   *
   * @throws MillraceError `MR-LAKE-003` where the table could not hold such rows, `MR-LAKE-006` for a declaration that is not sound
   */
  async createTable(decl: TableShape): Promise<Table> {
    return this.#create(decl.name, (folder) => firstMetadata(decl.name, schemaOf(decl.name, decl.columns), decl.partitionBy, folder), (base) => evolvedMetadata(decl, base));
  }

  /**
   * The table, made with these columns when it is not there. One that is there stays as it is: see `Table.changeSchema`.
   *
   * @param fields - of any type; their ids do not matter, for the table gives its own
   * @throws MillraceError `MR-LAKE-006` for columns or partitions that cannot be
   */
  async openOrCreate(name: string, fields: SchemaField[], partitionBy: PartitionField[] = []): Promise<Table> {
    checkNames(name, fields);
    const schema: TableSchema = { type: "struct", "schema-id": 0, fields: withFreshIds(fields, 1) };
    return this.#create(name, (folder) => firstMetadata(name, schema, partitionBy, folder), () => undefined);
  }

  async #create(name: string, first: (location: string) => TableMetadata, next: (base: TableMetadata) => TableMetadata | undefined): Promise<Table> {
    const store = this.#store(name);
    if ((await store.find()) === undefined) {
      const folder = `${name}-${randomUUID().slice(0, 8)}`;
      if (await store.create(folder, first(this.#parts.files.location(folder)))) return this.#table(store);
    }
    await commitChange(store, { apply: async (base) => next(base) });
    return this.#table(store);
  }

  /** @throws MillraceError `MR-LAKE-001` when there is none of the name */
  async table(name: string): Promise<Table> {
    const store = this.#store(name);
    await store.load();
    return this.#table(store);
  }

  /**
   * Makes a branch the table, in all tables that are named, and removes it there: at once, or in none of them.
   *
   * @param names - of tables that have the branch
   * @throws MillraceError `MR-LAKE-002` naming a table that has moved on since it left its branch, `MR-LAKE-001`
   */
  async publishBranch(names: readonly string[], branch: string): Promise<void> {
    const publish = (name: string) => async (): Promise<Planned> => {
      const store = this.#store(name);
      const base = await store.load();
      return { store, prepared: await store.prepare(base, withPublished(name, base.metadata, branch)) };
    };
    await this.#parts.state.inTurn(names.map(turnOf), () => commitTogether(this.#parts.state, names.map(publish)));
  }

  /** Names of all tables, in UTF-8 order. */
  async tables(): Promise<string[]> {
    return [...(await this.versions()).keys()];
  }

  /** A number for each table, which is another one after each change of it and never comes again; in UTF-8 order of their names. One look, however many tables there are. */
  async versions(): Promise<Map<string, number>> {
    return new Map((await this.#parts.state.list(tablesCollection)).map(({ key, version }) => [key, version]));
  }

  /** A folder for files that a table then takes in: see `Table.stage`. */
  stage(): Promise<string> {
    return this.#parts.files.stage();
  }

  /** Closes what the lake opened itself: not the files, nor the state store. */
  async close(): Promise<void> {
    await this.#duckdb.close();
  }

  /** One of each name, for it keeps the metadata that it has read; the names asked for need not be there, so not of all for ever. */
  #store(name: string): TableStore {
    let store = this.#stores.get(name);
    if (store === undefined) this.#stores.set(name, (store = new TableStore(name, this.#parts.files, this.#parts.state)));
    if (this.#stores.size > storesMax) this.#stores.delete(this.#stores.keys().next().value as string);
    return store;
  }

  /** One object per table: it keeps what it has read. */
  #table(store: TableStore): Table {
    let table = this.#tables.get(store.name);
    if (table === undefined) this.#tables.set(store.name, (table = new Table(store, this.#duckdb)));
    return table;
  }
}

function firstMetadata(table: string, schema: TableSchema, partitionBy: PartitionField[], location: string): TableMetadata {
  return newTableMetadata({
    uuid: randomUUID(),
    location,
    schema,
    spec: specOf(table, partitionBy, schema),
    properties: { "write.format.default": "parquet", "write.parquet.compression-codec": "zstd" },
    now: Date.now(),
  });
}

/** Undefined when the table is as declared. */
function evolvedMetadata(decl: TableShape, base: TableMetadata): TableMetadata | undefined {
  const widened = withSchema(base, evolvedSchema(decl.name, base, decl.columns));
  const spec = evolvedSpec(decl.name, base, decl.partitionBy, currentSchema(widened ?? base));
  return withSpec(widened ?? base, spec) ?? widened;
}
