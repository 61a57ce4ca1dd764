import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkerPurpose } from "../../govern/join-tokens.ts";
import { MillraceError } from "../../errors.ts";
import type { CliContext } from "../context.ts";

interface WorkerCommandOptions {
  join: string;
  tokenFile: string;
  ca?: string;
  stage?: string;
  pool?: string;
  aliveFile?: string;
}

/** Works until it is interrupted, or the control plane wants no more of it. What it says goes to stderr, as lines of JSON. */
export async function worker(context: CliContext, _args: [], { join: url, tokenFile, ca, stage, pool, aliveFile }: WorkerCommandOptions): Promise<void> {
  const { options, signal } = context;
  const { startWorker } = await import("../../supervisor/workers/start-worker.ts");
  const purpose = stage === undefined && pool === undefined ? undefined : purposeOf(stage, pool);
  // All of it can be had again: what nobody has named a place for needs none that stays.
  const scratch = options.data === undefined ? mkdtempSync(join(tmpdir(), "millrace-worker-")) : undefined;
  const running = await startWorker({ join: url, tokenFile, caFile: ca, purpose, aliveFile, modulesFrom: options.project ?? process.cwd(), dataFolder: options.data ?? (scratch as string), onLine: (line) => process.stderr.write(line) });
  try {
    if (!signal.aborted) await Promise.race([running.ended, once(signal, "abort")]);
  } finally {
    await running.close();
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One of the two. @throws MillraceError `MR-CLI-001` */
export function purposeOf(stage: string | undefined, pool: string | undefined): WorkerPurpose {
  if (stage !== undefined && pool === undefined) return { stage };
  if (pool !== undefined && stage === undefined) return { pool };
  throw new MillraceError("MR-CLI-001", { what: "a worker is for one stage or for one pool", where: "--stage, --pool", mend: "give one of the two" });
}
