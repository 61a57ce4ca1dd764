import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../../errors.ts";

/** A lock that is held until it is released or its process ends, however it ends. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the one lock of `folder`. It is a lock of the operating system, held through SQLite since Node has no call for
 * one: nothing is left behind by `kill -9`.
 *
 * @param name - of the lock: one folder may have several, for processes with different work
 * @param waitMs - how long to wait for a holder that is on its way out. Default 0.
 * @throws MillraceError `MR-LOG-001` naming the holder
 */
export async function lockFolder(folder: string, name: string, waitMs = 0): Promise<FolderLock> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.lock`);
  const holder = join(folder, `${name}.holder`);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const db = tryLock(path);
    if (db) {
      writeFileSync(holder, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
      held.add(db);
      return {
        release: () => {
          if (held.delete(db)) db.close();
        },
      };
    }
    if (performance.now() >= deadline) throw inUse(folder, holder);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whoever lets the lock go out of sight still has it: a database that is collected closes, and its lock goes with it. */
const held = new Set<DatabaseSync>();

function tryLock(path: string): DatabaseSync | undefined {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // An exclusive transaction that is never ended; journal_mode=MEMORY leaves no file that a crash could leave hot.
    db.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    if (/locked|busy/i.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** Who holds the lock; undefined when nobody has said so, or has not finished saying it. */
function readHolder(path: string): { pid: number; since: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { pid: number; since: string };
  } catch {
    return undefined;
  }
}

function inUse(folder: string, holder: string): MillraceError {
  const who = readHolder(holder);
  return new MillraceError("MR-LOG-001", {
    what: who ? `process ${who.pid} has been using the data folder since ${who.since}` : "another process is using the data folder",
    where: folder,
    mend: who ? `stop it (kill ${who.pid}), or give this one another data folder with --data` : "stop it, or give this one another data folder with --data",
  });
}
