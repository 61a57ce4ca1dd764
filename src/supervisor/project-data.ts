import type { FilesDriver } from "../files/driver.ts";
import { folderFiles } from "../files/folder.ts";
import type { KeptFiles } from "../files/shared-files.ts";
import { Lake } from "../lake/lake.ts";
import { published } from "../lake/published.ts";
import type { TableView } from "../lake/table.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { PostgresMount } from "../connect/postgres/mount.ts";
import type { ExternalDecl } from "../model/external-decl.ts";
import type { Manifest, TableDecl } from "../model/manifest.ts";
import type { ModelDecl } from "../model/models/model-decl.ts";
import type { FilesSource, QueryRequest, Resolution, SqlSource, TableReference, TableSource, TableVersion } from "../sql/query-request.ts";
import { type Asked, resolveDatasets } from "../sql/resolve-datasets.ts";
import { tableNow, tableSource } from "../sql/table-source.ts";
import { topicSource } from "../sql/topic-source.ts";
import type { StateStore } from "../state/store.ts";
import { withoutPartitions } from "../sql/files-source.ts";
import { catalogFolder, lakeFolder, objectCopiesFolder } from "./data-folder.ts";
import { CatalogFiles } from "../catalog/catalog-files.ts";
import type { ExternalTable } from "../catalog/external-table.ts";
import { ExternalTables } from "../catalog/external-tables.ts";
import { BucketFiles } from "./external/bucket-files.ts";
import { ExternalFiles } from "./external/external-files.ts";
import { openMount } from "./external/open-mount.ts";

/** The datasets of a project, as statements read them. */
export class ProjectData {
  readonly log: LogDriver;
  readonly lake: Lake;
  /** Where the files of its tables are opened. */
  readonly lakeFolders: readonly string[];

  /** What stands in buckets. */
  readonly buckets: BucketFiles;
  readonly #files: ExternalFiles;
  /** The tables that crawlers have found. */
  readonly crawled: ExternalTables;

  /**
   * @param projectFolder - that declared paths are from
   * @param copies - a folder of this process for copies of objects. Default: that of whoever holds the data folder
   * @param files - of the lake. Default: a folder of the data folder
   * @param found - what crawlers have found. Default: a folder of the data folder
   */
  constructor({ log, state, dataFolder, projectFolder, copies = objectCopiesFolder(dataFolder), files = folderFiles(lakeFolder(dataFolder)), found = folderFiles(catalogFolder(dataFolder)) }: { log: LogDriver; state: StateStore; dataFolder: string; projectFolder: string; copies?: string; files?: FilesDriver; found?: KeptFiles }) {
    this.log = log;
    this.buckets = new BucketFiles(copies);
    this.#files = new ExternalFiles(projectFolder, this.buckets);
    this.crawled = new ExternalTables(state, new CatalogFiles(found));
    this.lakeFolders = files.folders;
    this.lake = new Lake({ files, state });
  }

  /** Finds what a statement names, as it stands now. */
  resolver({ onTable, declared = { tables: {} }, staged = new Map(), branch, only }: Reading = {}): QueryRequest["resolve"] {
    const { external = {} } = declared;
    const views = viewsOf(declared.tables);
    return async (references, { inViews }) => {
      // A view is read with the right of whoever declared it.
      if (only !== undefined && !inViews) return this.#resolveOnly(references, only, views);
      const mounts = mountsNamed(references, external);
      const topics = new Map<string, TopicInfo>();
      const crawled = new Set((await this.crawled.list()).map(({ value }) => value.name));
      return resolveDatasets(references, {
        tables: async () => [...new Set([...(await this.lake.tables()), ...Object.keys(views), ...filesOf(external), ...(await tablesOf(mounts)), ...staged.keys(), ...crawled])],
        topics: async () => {
          for (const topic of await this.log.topics()) topics.set(topic.name, topic);
          return [...topics.keys()];
        },
        openTable: async (name, at, asked) => {
          const ready = staged.get(name);
          if (ready !== undefined) return ready;
          if (Object.hasOwn(views, name)) return { kind: "view", sql: views[name] };
          const outside = await this.#outside(name, { external, mounts, crawled }, asked);
          if (outside !== undefined) return outside;
          const table = await tableNow(this.lake, name);
          const source = await tableSource(table, at ?? (await branchOf(table, branch)), asked?.conditions);
          onTable?.(name, source);
          return source;
        },
        openTopic: (name) => topicSource(this.log, topics.get(name) as TopicInfo),
      });
    };
  }

  /** As if there were nothing else: no other name is looked at, so that nothing tells whether it is there. */
  async #resolveOnly(references: TableReference[], only: ReadonlySet<string>, views: Record<string, string>): Promise<Resolution> {
    const kept = new Set(await this.lake.tables());
    return resolveDatasets(references, {
      tables: async () => [...only].filter((name) => Object.hasOwn(views, name) || kept.has(name)).sort(),
      topics: async () => [],
      openTable: async (name, at, asked) => {
        if (Object.hasOwn(views, name)) return { kind: "view", sql: views[name] };
        const table = await this.lake.table(name);
        return tableSource(table.at(published(await table.metadata())), at, asked?.conditions);
      },
      openTopic: (name) => Promise.reject(new Error(`topic "${name}" was looked for among none`)),
    });
  }

  /** What stands outside of the lake under a name: declared first, what a crawler has found where the lake has nothing of that name. */
  async #outside(name: string, { external, mounts, crawled }: Outside, asked: Asked | undefined): Promise<SqlSource | undefined> {
    const decl = external[name];
    if (decl?.kind === "files") return withoutPartitions(await this.#files.source(name, decl), asked?.conditions);
    const [namespace] = name.split(".", 1);
    const mount = mounts.get(namespace);
    if (mount !== undefined) return mount.source(name.slice(namespace.length + 1), asked);
    const found = crawled.has(name) && !(await this.lake.tables()).includes(name) ? await this.crawled.table(name) : undefined;
    return found && withoutPartitions({ ...crawledSource(found), ...this.buckets.fetch(found.files, found.connection) }, asked?.conditions);
  }
}

interface Outside {
  external: Record<string, ExternalDecl>;
  /** By name, those that the statement names. */
  mounts: ReadonlyMap<string, PostgresMount>;
  /** Names of tables that crawlers have found. */
  crawled: ReadonlySet<string>;
}

/** Those that a statement names: others are left alone. */
function mountsNamed(references: readonly TableReference[], external: Record<string, ExternalDecl>): Map<string, PostgresMount> {
  const names = new Set(references.map(({ namespace }) => namespace?.toLowerCase()));
  return new Map(Object.entries(external).flatMap(([name, decl]) => (decl.kind === "postgres" && names.has(name.toLowerCase()) ? [[name, openMount(name, decl)] as const] : [])));
}

async function tablesOf(mounts: ReadonlyMap<string, PostgresMount>): Promise<string[]> {
  const found = await Promise.all([...mounts].map(async ([mount, database]) => (await database.tables()).map(({ name }) => `${mount}.${name}`)));
  return found.flat();
}

const filesOf = (external: Record<string, ExternalDecl>): string[] => Object.keys(external).filter((name) => external[name].kind === "files");

/** What a statement finds beside the tables of the lake, and who is told of what it reads. */
export interface Reading {
  /** Told of each table that is read, as it is read. */
  onTable?(table: string, source: TableSource): void;
  /** What a release declares: its views, and what stands outside of the lake. */
  declared?: Declared;
  /** What is read in place of tables of the lake. */
  staged?: ReadonlyMap<string, SqlSource>;
  /** Names of tables that the statement itself may name; its views read what they read. Absent: all. */
  only?: ReadonlySet<string>;
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

export type Declared = Pick<Manifest, "tables" | "external" | "marts">;

/** The models of a project that are kept as their statements alone: those, by name. */
export function viewsOf(tables: Record<string, TableDecl>): Record<string, string> {
  const views = Object.values(tables).filter(({ model }) => model?.materialize.kind === "view");
  return Object.fromEntries(views.map(({ name, model }) => [name, (model as ModelDecl).sql]));
}
