import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { TableView } from "../lake/table.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { ExternalFilesDecl } from "../model/external-decl.ts";
import type { Manifest, TableDecl } from "../model/manifest.ts";
import type { ModelDecl } from "../model/models/model-decl.ts";
import type { FilesSource, QueryRequest, SqlSource, TableVersion } from "../sql/query-request.ts";
import { resolveDatasets } from "../sql/resolve-datasets.ts";
import { tableNow, tableSource } from "../sql/table-source.ts";
import { topicSource } from "../sql/topic-source.ts";
import type { StateStore } from "../state/store.ts";
import { withoutPartitions } from "../sql/files-source.ts";
import { catalogFolder, lakeFolder } from "./data-folder.ts";
import { CatalogFiles } from "../catalog/catalog-files.ts";
import type { ExternalTable } from "../catalog/external-table.ts";
import { ExternalTables } from "../catalog/external-tables.ts";
import { ExternalFiles } from "./external/external-files.ts";

/** The datasets of a project, as statements read them. */
export class ProjectData {
  readonly log: LogDriver;
  readonly lake: Lake;

  readonly #files: ExternalFiles;
  readonly #crawled: ExternalTables;

  /** @param projectFolder - that declared paths are from */
  constructor({ log, state, dataFolder, projectFolder }: { log: LogDriver; state: StateStore; dataFolder: string; projectFolder: string }) {
    this.log = log;
    this.#files = new ExternalFiles(projectFolder);
    this.#crawled = new ExternalTables(state, new CatalogFiles(folderFiles(catalogFolder(dataFolder))));
    this.lake = new Lake({ files: folderFiles(lakeFolder(dataFolder)), state });
  }

  /** Finds what a statement names, as it stands now. */
  resolver({ onTable, declared = { tables: {} }, staged = new Map(), branch }: Reading = {}): QueryRequest["resolve"] {
    const { external = {} } = declared;
    const views = viewsOf(declared.tables);
    return async (references) => {
      const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
      const crawled = new Set((await this.#crawled.list()).map(({ value }) => value.name));
      return resolveDatasets(references, {
        tables: async () => [...new Set([...(await this.lake.tables()), ...Object.keys(views), ...Object.keys(external), ...staged.keys(), ...crawled])],
        topics: async () => [...topics.keys()],
        openTable: async (name, at, conditions) => {
          const ready = staged.get(name);
          if (ready !== undefined) return ready;
          if (Object.hasOwn(views, name)) return { kind: "view", sql: views[name] };
          if (Object.hasOwn(external, name)) return withoutPartitions(await this.#files.source(name, external[name] as ExternalFilesDecl), conditions);
          // A table of the lake comes before files that a crawler has found under its name.
          const found = crawled.has(name) && !(await this.lake.tables()).includes(name) ? await this.#crawled.table(name) : undefined;
          if (found) return withoutPartitions(crawledSource(found), conditions);
          const table = await tableNow(this.lake, name);
          const source = await tableSource(table, at ?? (await branchOf(table, branch)), conditions);
          onTable?.(name, source.snapshotId);
          return source;
        },
        openTopic: (name) => topicSource(this.log, topics.get(name) as TopicInfo),
      });
    };
  }
}

/** What a statement finds beside the tables of the lake, and who is told of what it reads. */
export interface Reading {
  /** Told of each table that is read, and of its version; undefined where it has none yet. */
  onTable?(table: string, snapshot: bigint | undefined): void;
  /** What a release declares: its views, and what stands outside of the lake. */
  declared?: Declared;
  /** What is read in place of tables of the lake. */
  staged?: ReadonlyMap<string, SqlSource>;
  /** Read where a table has it, in place of the current version. */
  branch?: string;
}

/** Rows that do not fit were not all seen by the crawler, which looks at a sample: they are told, and left out. */
function crawledSource({ format, columns, partitionColumns, files }: ExternalTable): FilesSource {
  return { kind: "files", format, columns, partitionColumns, files: files.map(({ path, partition }) => ({ path, partition })), onBadRows: "skip-and-tell" };
}

async function branchOf(table: TableView, branch: string | undefined): Promise<TableVersion | undefined> {
  return branch !== undefined && (await table.metadata()).refs[branch] !== undefined ? { version: branch } : undefined;
}

export type Declared = Pick<Manifest, "tables" | "external">;

/** The models of a project that are kept as their statements alone: those, by name. */
export function viewsOf(tables: Record<string, TableDecl>): Record<string, string> {
  const views = Object.values(tables).filter(({ model }) => model?.materialize.kind === "view");
  return Object.fromEntries(views.map(({ name, model }) => [name, (model as ModelDecl).sql]));
}
