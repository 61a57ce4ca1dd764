import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runConformance } from "./run-conformance.ts";
import { sqliteState } from "./sqlite.ts";
import { sqliteRuns } from "./sqlite-runs.ts";

const scratch = () => mkdtemp(join(tmpdir(), "millrace-runs-"));

const folder = scratch();
runConformance("sqlite", async (name) => {
  const path = join(await folder, `${name}.sqlite`);
  return { runs: await sqliteRuns(path), state: await sqliteState(path) };
});
