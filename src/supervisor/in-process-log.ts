import type { Grant } from "../log/embedded/access.ts";
import { EmbeddedLog } from "../log/embedded/embedded-log.ts";
import { lockFolder } from "../log/embedded/lock.ts";
import { directPort } from "../log/embedded/port.ts";
import { LogService } from "../log/embedded/service.ts";

export interface InProcessLog {
  driver: EmbeddedLog;
  service: LogService;
  close(): Promise<void>;
}

/**
 * The log, served by this process.
 * @throws MillraceError `MR-LOG-001` when another process serves it
 */
export async function inProcessLog(folder: string, grant: Grant): Promise<InProcessLog> {
  const lock = await lockFolder(folder, "log", 5_000);
  const service = new LogService({ folder });
  const close = async (): Promise<void> => {
    await service.close();
    await lock.release();
  };
  return { driver: new EmbeddedLog(directPort(service, grant)), service, close };
}
