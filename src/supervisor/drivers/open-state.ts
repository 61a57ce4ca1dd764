import type { PostgresStateDecl } from "../../model/profile.ts";
import { postgresState } from "../../state/postgres.ts";
import { postgresRuns } from "../../state/postgres-runs.ts";
import type { ShardedRuns } from "../../state/shards.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { sqliteShards } from "../../state/sqlite-shards.ts";
import type { StateStore } from "../../state/store.ts";
import { stateFile } from "../data-folder.ts";
import { clientName } from "./client-name.ts";

/**
 * What the control plane keeps by key.
 * @param state - absent: a file of the data folder. With secrets filled in
 * @param stage - whose process this is; absent: the control plane's
 */
export async function openState(state: PostgresStateDecl | undefined, dataFolder: string, stage?: string): Promise<StateStore> {
  return state ? postgresState({ ...state, client: clientName(stage) }) : sqliteState(stateFile(dataFolder));
}

/** What control planes keep of runs: of one alone, or of as many as use the same database. */
export async function openRuns(state: PostgresStateDecl | undefined, dataFolder: string): Promise<ShardedRuns> {
  return state ? postgresRuns(state) : sqliteShards(stateFile(dataFolder));
}
