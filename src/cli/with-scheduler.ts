import { Client } from "./client.ts";
import type { CliContext } from "./context.ts";
import { findDataFolder } from "./data-folder.ts";
import { findProject } from "./find-project.ts";
import { findInstance } from "./instance.ts";

/** The Millrace that is up; else one in this process, without stages, which makes no run of its own. */
export async function withScheduler<T>(context: CliContext, body: (client: Client) => Promise<T>): Promise<T> {
  const project = findProject(process.cwd(), context.options.project);
  const dataFolder = await findDataFolder(project, context.options.data);
  const instance = await findInstance(dataFolder);
  if (instance) return body(new Client(instance, context.signal));
  const { startMillrace } = await import("../supervisor/up.ts");
  const millrace = await startMillrace({ projectFolder: project, dataFolder, port: 0, inProcess: true, stages: false, dags: "asked" });
  try {
    return await body(new Client(millrace, context.signal));
  } finally {
    await millrace.close();
  }
}
