import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { ExternalFilesDecl } from "../model/external-decl.ts";
import type { Manifest, TableDecl } from "../model/manifest.ts";
import type { ModelDecl } from "../model/models/model-decl.ts";
import type { QueryRequest, SqlSource } from "../sql/query-request.ts";
import { resolveDatasets } from "../sql/resolve-datasets.ts";
import { tableNow, tableSource } from "../sql/table-source.ts";
import { topicSource } from "../sql/topic-source.ts";
import type { StateStore } from "../state/store.ts";
import { withoutPartitions } from "../sql/files-source.ts";
import { lakeFolder } from "./data-folder.ts";
import { ExternalFiles } from "./external/external-files.ts";

/** The datasets of a project, as statements read them. */
export class ProjectData {
  readonly log: LogDriver;
  readonly lake: Lake;

  readonly #files: ExternalFiles;

  /** @param projectFolder - that declared paths are from */
  constructor({ log, state, dataFolder, projectFolder }: { log: LogDriver; state: StateStore; dataFolder: string; projectFolder: string }) {
    this.log = log;
    this.#files = new ExternalFiles(projectFolder);
    this.lake = new Lake({ files: folderFiles(lakeFolder(dataFolder)), state });
  }

  /** Finds what a statement names, as it stands now. */
  resolver({ onTable, declared = { tables: {} }, staged = new Map() }: Reading = {}): QueryRequest["resolve"] {
    const { external = {} } = declared;
    const views = viewsOf(declared.tables);
    return async (references) => {
      const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
      return resolveDatasets(references, {
        tables: async () => [...new Set([...(await this.lake.tables()), ...Object.keys(views), ...Object.keys(external), ...staged.keys()])],
        topics: async () => [...topics.keys()],
        openTable: async (name, at, conditions) => {
          const ready = staged.get(name);
          if (ready !== undefined) return ready;
          if (Object.hasOwn(views, name)) return { kind: "view", sql: views[name] };
          if (Object.hasOwn(external, name)) return withoutPartitions(await this.#files.source(name, external[name] as ExternalFilesDecl), conditions);
          const source = await tableSource(await tableNow(this.lake, name), at, conditions);
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
}

export type Declared = Pick<Manifest, "tables" | "external">;

/** The models of a project that are kept as their statements alone: those, by name. */
export function viewsOf(tables: Record<string, TableDecl>): Record<string, string> {
  const views = Object.values(tables).filter(({ model }) => model?.materialize.kind === "view");
  return Object.fromEntries(views.map(({ name, model }) => [name, (model as ModelDecl).sql]));
}
