import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MillraceError } from "../../errors.ts";

/** Bytes of a Unix socket's path that every system we run on takes: 107 on Linux, 103 on macOS. */
const pathBytesMax = 103;

/**
 * Where the log service of a data folder listens: in the folder itself, or, where that path is too long for a socket, in
 * a folder of its own under the system's temporary one. The same folder gives the same path in every process of the user.
 *
 * @throws MillraceError `MR-LOG-009` when the short folder belongs to another user or is open to others
 */
export function socketPath(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const inside = join(resolve(folder), "log.sock");
  if (Buffer.byteLength(inside) <= pathBytesMax) return inside;
  const uid = process.getuid?.() ?? 0;
  const hash = createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 16);
  const short = join(tmpdir(), `millrace-${uid}-${hash}`);
  makePrivate(short, uid);
  return join(short, "log.sock");
}

/** The temporary folder is everyone's: another user may have made ours first, to stand between the log and its stages. */
function makePrivate(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === uid) {
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return;
  }
  throw new MillraceError("MR-LOG-009", {
    what: "the folder for the log's socket belongs to someone else",
    where: folder,
    mend: "remove it, or use a data folder with a shorter path",
  });
}
