import { invalid } from "../../model/option-checks.ts";
import type { PostgresStateDecl } from "../../model/profile.ts";
import type { RunStore } from "../../state/run-store.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { sqliteRuns } from "../../state/sqlite-runs.ts";
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
export async function openRuns(state: PostgresStateDecl | undefined, dataFolder: string): Promise<RunStore> {
  if (state) throw notYet();
  return sqliteRuns(stateFile(dataFolder));
}

const notYet = (): Error => invalid("this version keeps its state in the data folder alone", "profile.state", "leave it out");
