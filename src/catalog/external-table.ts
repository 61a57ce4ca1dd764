import type { FileFormat } from "../formats/file-format.ts";
import type { InferredField } from "../formats/inferred-type.ts";
import type { PersonalColumn } from "../formats/personal-data/find-personal-data.ts";
import type { PartitionColumn } from "../formats/hive-partitions.ts";
import type { BucketConnection } from "../model/bucket.ts";

/** A table whose rows are files that somebody else writes: they are left where they are, and read by this. */
export interface ExternalTable {
  /** `database.table`. */
  name: string;
  /** The folder, or the one file, that it was made of: absolute, or an address. */
  location: string;
  /** How each of the files is read. */
  format: FileFormat;
  /** In the files: types on the lattice of `mergeTypes`, with the name in the files where that is another one. */
  columns: InferredField[];
  /** In the paths of the files, outermost first. No column of the files has one of their names. */
  partitionColumns: PartitionColumn[];
  /** In the order of their paths. */
  files: ExternalFile[];
  /** How the bucket is reached that the files lie in, secrets named. */
  connection?: BucketConnection;
}

export interface ExternalFile {
  /** Absolute; or an address, `s3://…`. */
  path: string;
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** Differs whenever the bytes may differ. */
  version: string;
  /** Value by name of partition column, as the path has it; null where the path has none, or Hive's name for null. */
  partition: Record<string, string | null>;
  /** Where it is known without reading the whole file. */
  rows?: number;
}

/** What a crawler keeps of a table beside what is needed to read it. */
export interface CrawledTable extends ExternalTable {
  personal: PersonalColumn[];
}
