import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Makes file systems of 2 MB, which go when the file's tests are over; each is undefined where this user may not make one. */
export function smallDisks(): () => string | undefined {
  const scratch = mkdtempSync(join(tmpdir(), "mr-small-disks-"));
  const mounts: string[] = [];
  afterAll(() => {
    for (const mount of mounts) execFileSync("umount", [mount]);
    rmSync(scratch, { recursive: true });
  });
  return () => {
    const folder = join(scratch, `disk-${mounts.length}`);
    mkdirSync(folder, { recursive: true });
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).status !== 0) return undefined;
    mounts.push(folder);
    return folder;
  };
}
