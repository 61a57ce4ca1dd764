import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logConformance, type LogUnderTest } from "./conformance.ts";
import { behindDesks, everything } from "./driver-desk-for-tests.ts";

/** What stages ask goes by the desk; what is the control plane's alone does not. */
async function conforming(): Promise<LogUnderTest> {
  const scratch = mkdtempSync(join(tmpdir(), "mr-desk-"));
  const start = async () => {
    const life = await behindDesks(join(scratch, "log"));
    const { control } = life;
    const log = Object.assign(await life.connect(everything), {
      ensureTopic: control.ensureTopic.bind(control),
      deleteTopic: control.deleteTopic.bind(control),
      append: control.append.bind(control),
      groups: control.groups.bind(control),
      seek: control.seek.bind(control),
    });
    return { ...life, log };
  };
  let life = await start();
  return {
    log: life.log,
    dense: true,
    together: true,
    reopen: async () => {
      await life.end();
      life = await start();
      return life.log;
    },
    expire: (topic, partition, offset) => life.service.core.trim([[topic, partition, offset]]),
    close: async () => {
      await life.end();
      rmSync(scratch, { recursive: true });
    },
  };
}

logConformance("by a desk", conforming);
