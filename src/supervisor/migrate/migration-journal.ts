import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { Spot } from "../../log/carry-log.ts";
import type { ProfileDecl } from "../../model/profile.ts";

/*
 * What of a data folder was carried where: a file in the folder. How far the copying of a part has come stands in the place
 * that it goes to; here stands that it was begun, for until then that place has to be empty, and that it is verified.
 */

export const profileParts = ["log", "files", "state"] as const;
export type ProfilePart = (typeof profileParts)[number];

export interface CarriedPart {
  /** The place, as people read it; without secrets. */
  to: string;
  /** All is there, and compared. */
  done: boolean;
}

export interface CarriedLog extends CarriedPart {
  /** Of all positions that tables held: where they are in the other log. */
  moved?: (Spot & { to: number })[];
  /** Tables know of them. */
  told?: boolean;
}

export interface Journal {
  log?: CarriedLog;
  files?: CarriedPart;
  state?: CarriedPart;
}

const journalFile = (dataFolder: string): string => join(dataFolder, "migration.json");

/** @throws MillraceError `MR-MIGRATE-001` when the file is none of ours */
export async function readJournal(dataFolder: string): Promise<Journal> {
  const path = journalFile(dataFolder);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? "{}" : Promise.reject(error)));
  try {
    return JSON.parse(text) as Journal;
  } catch (cause) {
    throw new MillraceError("MR-MIGRATE-001", { what: "the journal of a migration cannot be read", where: path, mend: "empty the places that were carried to, remove the file, and begin again", cause });
  }
}

/** The old one or the new one stands there, whenever the machine goes down. */
export async function writeJournal(dataFolder: string, journal: Journal): Promise<void> {
  const path = journalFile(dataFolder);
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dataFolder, "r");
  await folder.sync().finally(() => folder.close());
}

/** Where each part of a profile is: without what is secret. */
export function placesOf({ log, files, state }: ProfileDecl): Partial<Record<ProfilePart, string>> {
  return {
    ...(log && { log: `kafka ${log.brokers.join(",")}${log.prefix === "" ? "" : `, names beginning with ${log.prefix}`}` }),
    ...(files && { files: `s3://${files.bucket}/${files.prefix}` }),
    ...(state && { state: `postgres, schema ${state.schema}` }),
  };
}

/**
 * That nothing which the project stands on is there in part only.
 * @throws MillraceError `MR-MIGRATE-003`
 */
export async function requireWhole(profile: ProfileDecl, dataFolder: string): Promise<void> {
  const journal = await readJournal(dataFolder);
  const places = placesOf(profile);
  const open = profileParts.find((part) => places[part] !== undefined && journal[part]?.to === places[part] && !(journal[part]?.done && journal.log?.told !== false));
  if (open === undefined) return;
  throw new MillraceError("MR-MIGRATE-003", { what: `the ${open} of this project is being carried to ${places[open]}, and not all of it is there yet`, where: journalFile(dataFolder), mend: "millrace migrate goes on where it was; without `profile` in the configuration the project stays where it is" });
}
