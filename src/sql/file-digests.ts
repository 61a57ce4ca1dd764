import { statSync } from "node:fs";
import type { DataFile, SqlSource } from "./query-request.ts";

const trustedMax = 100_000;

/**
 * Which data files were found to be what was written. A file is read once for its digest and then trusted while its
 * inode, size and time of change stay as they were: else each query would read its tables twice.
 */
export class FileDigests {
  readonly #trusted = new Map<string, string>();

  /**
   * @returns the sources without the digests that need not be checked again, and what to call when the others have been
   * found right
   */
  unchecked(sources: SqlSource[]): { sources: SqlSource[]; confirm: () => void } {
    const found = new Map<string, string>();
    const left = sources.map((source) => (source.kind === "table" ? { ...source, files: source.files.map((file) => this.#unchecked(file, found)) } : source));
    return { sources: left, confirm: () => this.#trust(found) };
  }

  #unchecked(file: DataFile, found: Map<string, string>): DataFile {
    const { path, sha256 } = file;
    if (sha256 === undefined) return file;
    const identity = identityOf(path, sha256);
    if (identity !== undefined && this.#trusted.get(path) === identity) return { ...file, sha256: undefined };
    if (identity !== undefined) found.set(path, identity);
    return file;
  }

  #trust(found: Map<string, string>): void {
    if (this.#trusted.size + found.size > trustedMax) this.#trusted.clear();
    for (const [path, identity] of found) this.#trusted.set(path, identity);
  }
}

function identityOf(path: string, sha256: string): string | undefined {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${sha256} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}
