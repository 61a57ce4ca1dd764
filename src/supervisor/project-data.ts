import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { LogDriver, TopicInfo } from "../log/driver.ts";
import type { QueryRequest } from "../sql/query-request.ts";
import { resolveDatasets } from "../sql/resolve-datasets.ts";
import { tableSource } from "../sql/table-source.ts";
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

  /**
   * Finds what a statement names, as it stands now.
   * @param onTable - told of each table that is read, and of its version; undefined where it has none yet
   */
  resolver(onTable: (table: string, snapshot: bigint | undefined) => void = () => undefined): QueryRequest["resolve"] {
    return async (references) => {
      const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
      return resolveDatasets(references, {
        tables: () => this.lake.tables(),
        topics: async () => [...topics.keys()],
        openTable: async (name, at) => {
          const source = await tableSource(await this.lake.table(name), at);
          onTable(name, source.snapshotId);
          return source;
        },
        openTopic: (name) => topicSource(this.log, topics.get(name) as TopicInfo),
      });
    };
  }
}
