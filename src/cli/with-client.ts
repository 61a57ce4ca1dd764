import { MillraceError } from "../errors.ts";
import { Client } from "./client.ts";
import type { CliContext } from "./context.ts";
import { findDataFolder } from "./data-folder.ts";
import { findProject } from "./find-project.ts";
import { findInstance } from "./instance.ts";

export interface Connection {
  client: Client;
  url: string;
  dataFolder: string;
  /** Millrace runs by itself. Else it serves from this process, for as long as the command lasts, and no stage runs. */
  running: boolean;
}

/**
 * Lets `body` talk to the project's Millrace over REST.
 *
 * @param needs - `running`: one must be up. `stored`: where none is, one is started in this process that serves what is
 * stored and starts no stage, so that reading takes the same way in both cases. `asked`: as `stored`, with DAGs that run when
 * they are asked to, and never by their schedules.
 * @throws MillraceError `MR-CLI-002` when one must be up and is not
 */
export async function withClient<T>(context: CliContext, needs: "running" | "stored" | "asked", body: (connection: Connection) => Promise<T>): Promise<T> {
  const project = findProject(process.cwd(), context.options.project);
  const dataFolder = await findDataFolder(project, context.options.data);
  const instance = await findInstance(dataFolder);
  if (instance) return body({ client: new Client(instance, context.signal), url: instance.url, dataFolder, running: true });
  if (needs === "running") throw notRunning(project, dataFolder);
  const { startMillrace } = await import("../supervisor/up.ts");
  const millrace = await startMillrace({ projectFolder: project, dataFolder, port: 0, inProcess: true, stages: false, ...(needs === "asked" && { dags: "asked" }) });
  try {
    return await body({ client: new Client(millrace, context.signal), url: millrace.url, dataFolder, running: false });
  } finally {
    await millrace.close();
  }
}

function notRunning(project: string, dataFolder: string): MillraceError {
  return new MillraceError("MR-CLI-002", { what: "Millrace is not running for this project", where: `${project}, data in ${dataFolder}`, mend: "start it in another terminal: millrace up" });
}
