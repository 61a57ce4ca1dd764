import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { logConformance, type LogUnderTest } from "../conformance.ts";
import { signGrant } from "./access.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { directPort, type LogPort, socketPort } from "./port.ts";
import { serveLog } from "./server.ts";
import { LogService } from "./service.ts";
import { serviceDesks } from "./service-desk.ts";

const grant = { name: "test", reads: ["*"], writes: ["*"], admin: true };
const secret = "a secret of the test";

interface Life {
  port: LogPort;
  service: LogService;
  end(): Promise<void>;
}

async function direct(folder: string): Promise<Life> {
  const service = new LogService({ folder, segmentBytes: 64 * 1024, returnMs: 20 });
  return { port: directPort(service, grant), service, end: () => service.close() };
}

const behindSocket = (carried: boolean) => async (folder: string): Promise<Life> => {
  const service = new LogService({ folder, segmentBytes: 64 * 1024, returnMs: 20 });
  const path = `${folder}.sock`;
  const server = await serveLog(serviceDesks(service), path, secret);
  const port = await socketPort({ path, token: signGrant(grant, secret), patienceMs: 2_000, carried });
  return { port, service, end: () => server.close().then(() => service.close()) };
};

async function open(start: (folder: string) => Promise<Life>): Promise<LogUnderTest> {
  const scratch = mkdtempSync(join(tmpdir(), "mr-log-"));
  const folder = join(scratch, "log");
  let life = await start(folder);
  let log = new EmbeddedLog(life.port);
  const end = async (): Promise<void> => {
    await log.close();
    await life.end();
  };
  return {
    log,
    dense: true,
    together: true,
    reopen: async () => {
      await end();
      life = await start(folder);
      log = new EmbeddedLog(life.port);
      return log;
    },
    expire: (topic, partition, offset) => life.service.core.trim([[topic, partition, offset]]),
    close: async () => {
      await end();
      rmSync(scratch, { recursive: true });
    },
  };
}

describe("conformance", () => {
  logConformance("direct", () => open(direct));
  logConformance("socket", () => open(behindSocket(false)));
  logConformance("bytes carried", () => open(behindSocket(true)));
});
