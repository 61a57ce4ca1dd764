import { MillraceError } from "../../errors.ts";
import { folderFiles } from "../../files/folder.ts";
import { filesIn, type KeptFiles } from "../../files/shared-files.ts";
import { catalogFolder, resultsFolder, taskLogsFolder } from "../data-folder.ts";
import { logPieceKey } from "../shared/shared-logs.ts";

const pieceBytesMax = 256 * 1024;
/** Where they lie in a data folder, by what they are called in the bucket. */
const places = { results: resultsFolder, catalog: catalogFolder, logs: taskLogsFolder };

export type KeptCounts = Record<keyof typeof places, number>;

/** How many files of the control plane there are that planes share through a bucket. */
export async function countKept(dataFolder: string): Promise<KeptCounts> {
  const counts: KeptCounts = { results: 0, catalog: 0, logs: 0 };
  for (const [name, place] of Object.entries(places)) for await (const _ of folderFiles(place(dataFolder)).list("")) counts[name as keyof KeptCounts]++;
  return counts;
}

/**
 * Copies large results of tasks, what crawlers have found and logs of attempts to where all control planes find them. What is
 * there is left, and compared.
 *
 * @throws MillraceError `MR-MIGRATE-002` when something else is there under the same name
 */
export async function carryKept(dataFolder: string, bucket: KeptFiles, onFile: (key: string, bytes: number) => void): Promise<void> {
  for (const [name, place] of Object.entries(places)) {
    const [from, to] = [folderFiles(place(dataFolder)), filesIn(bucket, `${name}/`)];
    for await (const key of from.list("")) {
      const bytes = (await from.read(key)) ?? new Uint8Array();
      for (const piece of name === "logs" ? logPieces(key, bytes) : [{ key, bytes }]) await carry(to, piece);
      onFile(`${name}/${key}`, bytes.byteLength);
    }
  }
}

interface Kept {
  key: string;
  bytes: Uint8Array;
}

async function carry(to: KeptFiles, { key, bytes }: Kept): Promise<void> {
  if (await to.putIfAbsent(key, bytes)) return;
  const there = await to.read(key);
  if (there && Buffer.compare(there, bytes) === 0) return;
  throw new MillraceError("MR-MIGRATE-002", { what: `a file of the control plane differs from the one that was carried: ${key}`, where: "the bucket", mend: "empty the folder .millrace in it, and begin again" });
}

/** A log as planes pass it to one another. What stands behind its last line break was cut off by a crash. */
function logPieces(log: string, bytes: Uint8Array): Kept[] {
  const pieces: Kept[] = [];
  const whole = bytes.lastIndexOf(10) + 1;
  for (let start = 0; start < whole; ) {
    const cut = bytes.lastIndexOf(10, Math.min(start + pieceBytesMax, whole) - 1) + 1;
    // A line that is longer than a piece is a piece.
    const end = cut > start ? cut : bytes.indexOf(10, start) + 1;
    pieces.push({ key: logPieceKey(log, start, end), bytes: bytes.subarray(start, end) });
    start = end;
  }
  return pieces;
}
