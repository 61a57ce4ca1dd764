import type { LogDriver } from "./driver.ts";
import { driverDesks } from "./driver-desk.ts";
import { type Grant, signGrant } from "./embedded/access.ts";
import { EmbeddedLog } from "./embedded/embedded-log.ts";
import { directPort, socketPort } from "./embedded/port.ts";
import { serveLog } from "./embedded/server.ts";
import { LogService } from "./embedded/service.ts";

export const secret = "a secret of the test";
export const everything: Grant = { name: "test", reads: ["*"], writes: ["*"], admin: true };

/** A log behind desks: `control` has it itself, others come by the socket. */
export async function behindDesks(folder: string) {
  const service = new LogService({ folder, returnMs: 20 });
  const own = (): LogDriver => new EmbeddedLog(directPort(service, everything));
  const path = `${folder}.sock`;
  const server = await serveLog(driverDesks(async () => own()), path, secret);
  const opened: LogDriver[] = [];
  const control = own();
  return {
    service,
    server,
    control,
    path,
    connect: async (grant: Grant): Promise<LogDriver> => opened[opened.push(new EmbeddedLog(await socketPort({ path, token: signGrant(grant, secret), patienceMs: 2_000, carried: true }))) - 1],
    end: async () => {
      for (const log of opened) await log.close();
      await control.close();
      await server.close();
      await service.close();
    },
  };
}
