import { MillraceError } from "../errors.ts";
import type { FileIndex, LiveFile } from "./file-index.ts";
import { partitionKey } from "./partition-spec.ts";
import type { Snapshot } from "./table-metadata.ts";

/** What the `content` of a file in a manifest says. */
export const positionDeletes = 1;
const equalityDeletes = 2;

/** Iceberg's id of the column with a data file's location, in the files that delete rows by position. */
const pathFieldId = 2147483546;

/**
 * Finds the delete files that apply to a data file: written with it or after it, in its partition, and with its location
 * among those that they name.
 */
export class DeleteFiles {
  readonly #table: string;
  readonly #byPartition = new Map<string, LiveFile[]>();
  /** Equality deletes of a table without partitions hold in every partition. */
  readonly #everywhere: LiveFile[] = [];

  constructor(table: string, deletes: LiveFile[]) {
    this.#table = table;
    for (const file of deletes) {
      if (file.file.content === equalityDeletes && file.file.partition.length === 0) {
        this.#everywhere.push(file);
        continue;
      }
      const key = partitionKey(file.specId, file.file.partition);
      const together = this.#byPartition.get(key);
      if (together === undefined) this.#byPartition.set(key, [file]);
      else together.push(file);
    }
  }

  /** @throws MillraceError `MR-LAKE-011` where rows of the file are deleted by their values, which is not supported */
  of(data: LiveFile): LiveFile[] {
    const candidates = this.#byPartition.size === 0 ? [] : (this.#byPartition.get(partitionKey(data.specId, data.file.partition)) ?? []);
    for (const deletes of [...this.#everywhere, ...candidates]) {
      if (deletes.file.content === equalityDeletes && sequence(data) < sequence(deletes)) throw this.#equality(deletes, data);
    }
    return candidates.filter((deletes) => deletes.file.content === positionDeletes && sequence(data) <= sequence(deletes) && mayName(deletes, data.file.location));
  }

  #equality({ file }: LiveFile, data: LiveFile): MillraceError {
    return new MillraceError("MR-LAKE-011", {
      what: `rows of ${data.file.location} are deleted by their values (an equality delete), which is not supported`,
      where: `table "${this.#table}", ${file.location}`,
      mend: "compact the table with the engine that wrote the deletes (in Spark: call system.rewrite_data_files with delete-file-threshold 1), or read a snapshot from before them",
    });
  }
}

function sequence({ sequenceNumber }: LiveFile): bigint {
  return sequenceNumber ?? 0n;
}

function mayName({ file }: LiveFile, location: string): boolean {
  if (typeof file.referencedDataFile === "string") return file.referencedDataFile === location;
  const path = Buffer.from(location, "utf8");
  const [lower, upper] = [file.lowerBounds?.get(pathFieldId), file.upperBounds?.get(pathFieldId)];
  return !(lower && Buffer.compare(lower, path) > 0) && !(upper && Buffer.compare(upper, path) < 0);
}

/** The position deletes of a snapshot that would delete nothing any more once these data files are gone. */
export async function unusedDeletes(index: FileIndex, snapshot: Snapshot | undefined, gone: LiveFile[]): Promise<LiveFile[]> {
  const deletes = (await index.deletes(snapshot)).filter(({ file }) => file.content === positionDeletes);
  if (deletes.length === 0) return [];
  const goes = new Set(gone.map(({ file }) => file.location));
  const used = new Set<LiveFile>();
  const finder = new DeleteFiles("", deletes);
  for (const data of await index.live(snapshot)) if (!goes.has(data.file.location)) for (const file of finder.of(data)) used.add(file);
  return deletes.filter((file) => !used.has(file));
}
