import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, test } from "vitest";
import { carryingChecks } from "./carry-log-for-tests.ts";
import type { LogDriver } from "./driver.ts";
import { EmbeddedLog } from "./embedded/embedded-log.ts";
import { directPort } from "./embedded/port.ts";
import { LogService } from "./embedded/service.ts";

async function embedded(): Promise<LogDriver> {
  const service = new LogService({ folder: mkdtempSync(join(tmpdir(), "millrace-carry-log-")) });
  onTestFinished(() => service.close());
  return new EmbeddedLog(directPort(service, { name: "test", reads: ["*"], writes: ["*"], admin: true }));
}

for (const { title, body } of carryingChecks) test(title, async () => body(await embedded(), await embedded()));
