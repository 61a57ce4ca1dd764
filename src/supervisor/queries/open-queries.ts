import type { Reader } from "../../govern/reader.ts";
import { tablesOfReader } from "../../model/marts/mart-decl.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { StateStore } from "../../state/store.ts";
import { queryResultsFolder } from "../data-folder.ts";
import type { Declared, ProjectData } from "../project-data.ts";
import { type HistoryLogger, QueryHistory } from "./query-history.ts";
import { QueryService } from "./query-service.ts";
import { ResultFiles } from "./result-files.ts";

export interface OpenQueriesParts {
  data: ProjectData;
  state: StateStore;
  dataFolder: string;
  logger: HistoryLogger;
  /** Runs the statements. Default: each in a process of its own. */
  runner?: SqlRunner;
  /** What the release that runs declares. */
  declared: () => Declared;
}

/** What a statement may name: all there is, or what marts offer to whoever asks. */
function resolve(data: ProjectData, declared: Declared, reader: Reader | undefined): QueryRequest["resolve"] {
  return data.resolver({ declared, ...(reader && { only: tablesOfReader(declared, reader.audience) }) });
}

/** Somebody who scrolls asks for page after page: one process reads many of them, which saves each its own. */
const pageRunner = (): SqlRunner => new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 500 });

/** The queries of a project: the records and results that the process before has left, and a runner for new ones. */
export async function openQueries({ data, state, dataFolder, logger, declared, runner = new SqlRunner() }: OpenQueriesParts): Promise<QueryService> {
  const history = await QueryHistory.open(state, logger);
  const results = new ResultFiles(queryResultsFolder(dataFolder));
  const known = history.all().flatMap(({ id, resultUntil, resultOf, cost: { resultBytes: bytes } }) =>
    resultUntil === null || resultOf !== null || bytes === null ? [] : [{ id, file: { path: results.pathOf(id), bytes, until: Date.parse(resultUntil) } }],
  );
  // A disk that is full, or a folder that cannot be read, is no reason not to start: queries say so when they are asked.
  await results.open(known).catch((error: unknown) => logger.warn({ err: error }, "the folder of results could not be looked over"));
  return new QueryService({ runner, pages: pageRunner(), resolve: (references, gated, reader) => resolve(data, declared(), reader)(references, gated), history, results, logger });
}
