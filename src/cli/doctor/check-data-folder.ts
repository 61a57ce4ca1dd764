import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { controlFile, tokenFile } from "../../supervisor/data-folder.ts";
import { findInstance, isAlive, readInstance } from "../instance.ts";
import { bytesText, timeText } from "../output/number-text.ts";
import { attempt, type Check, fail, ok, warn } from "./check.ts";

const mib = 1_024 ** 2;

/** The data folder, and who uses it. Nothing is locked for that: a Millrace that starts at this moment is not disturbed. */
export async function checkDataFolder(folder: string): Promise<Check[]> {
  const writable = await attempt("data folder", `mend the permissions of ${folder}, or choose another with --data`, () => checkWritable(folder));
  const space = await attempt("disk", "see whether the disk is there", () => checkSpace(folder));
  const token = checkToken(folder);
  return [writable, space, ...(token ? [token] : []), await checkInstance(folder)];
}

/** Writes and syncs a file, for a folder may be listed as writable and its disk be full or read-only. */
async function checkWritable(folder: string): Promise<Check> {
  const target = nearestFolder(folder);
  const path = join(target, `.millrace-doctor-${randomUUID()}`);
  const startedAt = performance.now();
  const file = await open(path, "wx", 0o600);
  try {
    await file.write(Buffer.alloc(4_096));
    await file.datasync();
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  const ms = performance.now() - startedAt;
  return ok("data folder", `${folder}${target === folder ? "" : " (not made yet)"}; writes, and syncs in ${timeText(ms / 1_000)}`);
}

async function checkSpace(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(nearestFolder(folder));
  return spaceCheck(bavail * bsize);
}

export function spaceCheck(bytes: number): Check {
  const what = `${bytesText(bytes)} free`;
  if (bytes < 256 * mib) return fail("disk", what, "free some: Millrace stops taking records when the disk is full");
  return bytes < 5 * 1_024 * mib ? warn("disk", what, "free some, or set `retention` on large topics") : ok("disk", what);
}

function checkToken(folder: string): Check | undefined {
  const path = tokenFile(folder);
  if (process.platform === "win32" || !existsSync(path)) return undefined;
  const mode = statSync(path).mode & 0o777;
  return (mode & 0o077) === 0 ? ok("token", `readable by its owner alone: ${path}`) : fail("token", `others may read it (mode ${mode.toString(8)})`, `chmod 600 ${path}`);
}

async function checkInstance(folder: string): Promise<Check> {
  const instance = await findInstance(folder);
  if (instance) return ok("running", `at ${instance.url}, process ${instance.pid}, since ${instance.startedAt}`);
  const holder = holderOf(folder);
  const left = readInstance(folder);
  if (holder !== undefined && left?.pid === holder && isAlive(holder)) return fail("running", `process ${holder} is there and does not answer`, `see ${join(folder, "millrace.log")}; end it with: kill ${holder}`);
  if (left) return warn("running", `no; ${controlFile(folder)} was left behind by process ${left.pid}, which is gone`, "nothing is lost: millrace up goes on from there");
  return ok("running", "no");
}

/** The process that last took the folder's lock. */
function holderOf(folder: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(join(folder, "control.holder"), "utf8")) as { pid: unknown };
    return typeof pid === "number" ? pid : undefined;
  } catch {
    return undefined;
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestFolder(dirname(folder));
}
