import { type ErrorJson, MillraceError } from "../errors.ts";
import { changedFile } from "./changed-file.ts";
import type { FilesSource, FoundFile, SkippedRows, SourceFile } from "./query-request.ts";

/** A source whose files are on this machine, and what was left out of it. */
export interface NearSource {
  source: FilesSource;
  skipped?: SkippedRows;
}

/**
 * The files of a statement that lie elsewhere: it reads copies of them, and whatever is said of a copy is said of the file.
 */
export class FarFiles {
  /** What files are called, by the paths of their copies. */
  readonly #names = new Map<string, string>();
  readonly #releases: (() => void)[] = [];

  /**
   * Brings the files of a source here.
   *
   * @throws MillraceError for the first file that cannot be had, unless the source says that such files are left out or told of
   */
  async near(source: FilesSource, signal: AbortSignal): Promise<NearSource> {
    if (source.fetch === undefined) return { source };
    const { files: fetched, release } = await source.fetch(source.files.map(({ path }) => path), signal);
    this.#releases.push(release);
    // The statement has ended meanwhile.
    if (signal.aborted) this.release();
    const failed = new Map<string, MillraceError>();
    const versions = new Map<string, string>();
    const near = source.files.flatMap(({ version: wanted, ...file }, i): SourceFile[] => {
      const found = fetched[i];
      const refused = found instanceof MillraceError ? found : wanted === undefined || wanted === found.version ? undefined : changedFile(file.path);
      if (refused) failed.set(file.path, refused);
      if (refused || found instanceof MillraceError) return [];
      this.#names.set(found.path, file.path);
      versions.set(file.path, found.version);
      return [{ ...file, path: found.path, name: file.name ?? file.path }];
    });
    const [first] = failed.values();
    if (first && !source.perFile && source.onBadRows !== "skip-and-tell") throw first;
    const { fetch: _, onFiles, ...rest } = source;
    const told = onFiles && ((found: FoundFile[]): void => onFiles(this.#told(found, source, versions, failed)));
    return { source: { ...rest, files: near, ...(told && { onFiles: told }) }, ...(first && !source.perFile && { skipped: skippedOf(source, failed.size, first) }) };
  }

  /** What the process has found, of the files themselves; and of those that it was not given. */
  #told(found: FoundFile[], { files }: FilesSource, versions: ReadonlyMap<string, string>, failed: ReadonlyMap<string, MillraceError>): FoundFile[] {
    const byName = new Map(found.map((file) => [this.#names.get(file.path), file]));
    return files.flatMap(({ path }): FoundFile[] => {
      const refused = failed.get(path);
      const file = byName.get(path);
      if (refused) return [{ path, misfits: 0, error: refused.toJSON() }];
      return file ? [{ path, version: versions.get(path), misfits: file.misfits, ...(file.error && { error: this.error(file.error) }) }] : [];
    });
  }

  /** @param text - may hold paths of copies */
  named(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    let named = text;
    for (const [path, name] of this.#names) if (named.includes(path)) named = named.replaceAll(path, name);
    return named;
  }

  error(error: ErrorJson): ErrorJson {
    return this.#names.size === 0 ? error : { ...error, what: this.named(error.what), where: this.named(error.where) };
  }

  /** The statement has ended. */
  release(): void {
    for (const release of this.#releases.splice(0)) release();
  }
}

function skippedOf({ dataset }: FilesSource, files: number, { parts }: MillraceError): SkippedRows {
  return { ...(dataset !== undefined && { dataset }), rows: 0, files, first: { file: parts.where, reason: parts.what } };
}
