import { join } from "node:path";
import { signGrant } from "../../src/log/embedded/access.ts";
import { EmbeddedLog } from "../../src/log/embedded/embedded-log.ts";
import { socketPort } from "../../src/log/embedded/port.ts";
import { entryFile } from "../../src/model/child-process.ts";
import { ServiceProcess } from "../../src/supervisor/service-process.ts";

/** The log service as a process of its own, and a way to it that may do everything. */
export async function startLogService(folder: string): Promise<{ log: EmbeddedLog; close: () => Promise<void> }> {
  const socket = join(folder, "log.sock");
  const secret = "a secret of this benchmark alone";
  const service = new ServiceProcess({ name: "log", entry: entryFile(import.meta.url, "../../src/log/embedded/main"), settings: { folder: join(folder, "log"), socket, secret }, where: folder, onLine: () => undefined, onRestart: () => undefined });
  await service.serving();
  const log = new EmbeddedLog(await socketPort({ path: socket, token: signGrant({ name: "control", reads: ["*"], writes: ["*"], admin: true }, secret) }));
  return {
    log,
    close: async () => {
      await log.close();
      await service.stop();
    },
  };
}
