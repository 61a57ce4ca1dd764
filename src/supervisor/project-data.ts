import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { TableView } from "../lake/table.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { TableDecl } from "../model/manifest.ts";
import type { ModelDecl } from "../model/models/model-decl.ts";
import type { QueryRequest, SqlSource, TableVersion } from "../sql/query-request.ts";
import { resolveDatasets } from "../sql/resolve-datasets.ts";
import { tableNow, tableSource } from "../sql/table-source.ts";
import { topicSource } from "../sql/topic-source.ts";
import type { StateStore } from "../state/store.ts";
import { lakeFolder } from "./data-folder.ts";

/** The datasets of a project, as statements read them. */
export class ProjectData {
  readonly log: LogDriver;
  readonly lake: Lake;

  constructor({ log, state, dataFolder }: { log: LogDriver; state: StateStore; dataFolder: string }) {
    this.log = log;
    this.lake = new Lake({ files: folderFiles(lakeFolder(dataFolder)), state });
  }

  /** Finds what a statement names, as it stands now. */
  resolver({ onTable, views = {}, staged = new Map(), branch }: Reading = {}): QueryRequest["resolve"] {
    return async (references) => {
      const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
      return resolveDatasets(references, {
        tables: async () => [...new Set([...(await this.lake.tables()), ...Object.keys(views), ...staged.keys()])],
        topics: async () => [...topics.keys()],
        openTable: async (name, at, conditions) => {
          const ready = staged.get(name);
          if (ready !== undefined) return ready;
          if (Object.hasOwn(views, name)) return { kind: "view", sql: views[name] };
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
  /** Statements that stand behind names. */
  views?: Record<string, string>;
  /** What is read in place of tables of the lake. */
  staged?: ReadonlyMap<string, SqlSource>;
  /** Read where a table has it, in place of the current version. */
  branch?: string;
}

async function branchOf(table: TableView, branch: string | undefined): Promise<TableVersion | undefined> {
  return branch !== undefined && (await table.metadata()).refs[branch] !== undefined ? { version: branch } : undefined;
}

/** The models of a project that are kept as their statements alone: those, by name. */
export function viewsOf(tables: Record<string, TableDecl>): Record<string, string> {
  const views = Object.values(tables).filter(({ model }) => model?.materialize.kind === "view");
  return Object.fromEntries(views.map(({ name, model }) => [name, (model as ModelDecl).sql]));
}
