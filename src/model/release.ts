import { createHash } from "node:crypto";
import type { Manifest } from "./manifest.ts";

/**
 * The name of a release: what it declares and the files that it was made from, by content. Key order does not count.
 *
 * @param files - each source file of the project, relative, and the digest of its content
 * @returns 16 hexadecimal digits: among a million releases of a project, a chance of 1 in 10 ** 7 that any two agree
 */
export function releaseOf(manifest: Omit<Manifest, "release">, files: ReadonlyMap<string, string>): string {
  const sources = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(canonical({ manifest, sources })).digest("hex").slice(0, 16);
}

/** JSON with the keys of every object in order and without undefined values: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
