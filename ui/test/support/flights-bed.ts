import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { temporaryProject } from "../../../test/support/temporary-project.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

export interface FlightsBed {
  millrace: MillraceProcess;
  /** The project's own copy of the example's files. */
  folder: string;
  /** Ends it, and leaves nothing of it. */
  remove(): Promise<void>;
}

/** Builds the interface, so that a server hands out what is in the sources now. */
export function buildPages(): void {
  const { status } = spawnSync("vite", ["build", "ui", "--logLevel", "warn"], { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error("the web interface does not build");
}

/** The flights example in a folder of its own, caught up, its models built. */
export async function bringUpFlights(): Promise<FlightsBed> {
  const project = temporaryProject({}, ["vega-datasets"]);
  cpSync(`${repository}examples/flights`, project.folder, { recursive: true, filter: (path) => !/\.millrace|\.test\.ts$/.test(path) });
  const millrace = await MillraceProcess.start(project.folder, project.data);
  await idle(millrace);
  // Models are built by hand: their tables are there for all who look.
  await millrace.post("/api/v1/dags/models/runs", {});
  await idle(millrace);
  const remove = async (): Promise<void> => {
    await millrace.stop();
    project.remove();
  };
  return { millrace, folder: project.folder, remove };
}

/** Nothing goes on any more. */
export function idle(millrace: MillraceProcess): Promise<void> {
  return until(async () => (await millrace.status()).idle);
}
