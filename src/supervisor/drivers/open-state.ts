import { invalid } from "../../model/option-checks.ts";
import type { PostgresStateDecl } from "../../model/profile.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { ShardedRuns } from "../../state/shards.ts";
import { sqliteShards } from "../../state/sqlite-shards.ts";
import type { StateStore } from "../../state/store.ts";
import { stateFile } from "../data-folder.ts";

/**
 * What the control plane keeps by key.
 * @param state - absent: a file of the data folder. With secrets filled in
 */
export async function openState(state: PostgresStateDecl | undefined, dataFolder: string): Promise<StateStore> {
  if (state) throw notYet();
  return sqliteState(stateFile(dataFolder));
}

/** What the control plane keeps of runs. */
export async function openRuns(state: PostgresStateDecl | undefined, dataFolder: string): Promise<ShardedRuns> {
  if (state) throw notYet();
  return sqliteShards(stateFile(dataFolder));
}

const notYet = (): Error => invalid("this version keeps its state in the data folder alone", "profile.state", "leave it out");
