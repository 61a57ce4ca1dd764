import type { CheckedFile, CheckedFiles } from "../formats/relation-sql.ts";
import { FileDigests } from "./file-digests.ts";
import type { FilesSource } from "./query-request.ts";

const filesMax = 100_000;

/** What earlier statements have found of files, so that later ones need not read them once more to find it. */
export class KnownFiles {
  readonly digests = new FileDigests();
  readonly files = new FittingFiles();
}

/** Files of others, whose rows were all found to fit: the process that reads one looks whether it is still the same. */
class FittingFiles {
  /** By path. */
  readonly #known = new Map<string, { reading: string; file: CheckedFile }>();

  /** Those of a source, of one way of reading them. */
  of({ files }: FilesSource): CheckedFiles | undefined {
    const known = files.flatMap(({ path }) => this.#known.get(path) ?? []);
    const reading = known[0]?.reading;
    return reading === undefined ? undefined : { reading, files: known.filter((one) => one.reading === reading).map(({ file }) => file) };
  }

  /** The process may be in the hands of whoever wrote its statement: it is believed of files that it was given to read. */
  learn({ files }: FilesSource, { reading, files: checked }: CheckedFiles): void {
    const given = new Set(files.map(({ path }) => path));
    if (this.#known.size + checked.length > filesMax) this.#known.clear();
    for (const file of checked) if (given.has(file.path)) this.#known.set(file.path, { reading, file });
  }
}
