/**
 * Files by key: what lies in the lake. Written once, whole, and never changed.
 *
 * A key is made of segments divided by `/`: none empty, none with a lone surrogate, none longer than 200 bytes when
 * written in ASCII with percent signs. A key may not also be the folder of another key. Keys that differ in case alone are
 * two keys; where the system underneath cannot hold both, the second is refused as taken. Files that other programs put
 * there have keys too, whatever their names, but for those that begin with a dot.
 */
export interface FilesDriver {
  /** What this driver adds to the contract below. Absent means no. */
  readonly capabilities: {
    /** Files are where `path` says, held or not, and what programs put there is in the store. */
    readonly localPaths?: true;
  };
  /**
   * Stores `bytes` whole under `key` unless the key is taken. Of many callers at once, exactly one gets `true`.
   * On disk when it resolves, its name too.
   * @throws MillraceError `MR-FILES-001` for a key that is not valid, `MR-FILES-002` when the store refuses
   */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Bytes `start` (inclusive) to `end` (exclusive, clipped to the size); `undefined` when there is no such key. */
  read(key: string, start?: number, end?: number): Promise<Uint8Array | undefined>;
  /** Size and age; `undefined` when there is no such key. */
  stat(key: string): Promise<FileStat | undefined>;
  /** Keys that begin with `prefix`, in UTF-8 byte order; sees every put that finished before the call. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes the key. Removing what is not there is no error. A crash soon after may bring the file back. */
  delete(key: string): Promise<void>;

  /** A path of this machine, not yet taken, where a program writes a file that `adopt` then takes into the store. */
  stage(): Promise<string>;
  /**
   * As `putIfAbsent`, with the bytes of a file made at a path from `stage`. The staged file is gone afterwards, taken or not.
   */
  adopt(key: string, stagedPath: string): Promise<boolean>;
  /** Removes a staged file that will not be adopted. Removing what is not there is no error. */
  discard(stagedPath: string): Promise<void>;
  /** Removes staged files that a crash left behind and nobody has written to for `ageMs`. Returns how many. */
  sweepStaged(ageMs: number): Promise<number>;

  /** For programs that write files by themselves: the folder of keys `prefix/…` is there afterwards, where the system underneath has folders. */
  makeFolder(prefix: string): Promise<void>;
  /** Where programs of this machine open the key while it is held. The key need not exist. */
  path(key: string): string;
  /**
   * Brings files to where their paths are, and keeps them there until they are released.
   *
   * @param signal - the caller waits no more
   * @throws MillraceError `MR-FILES-002` where one cannot be had; a file that is not there may also be missing at its path
   */
  hold(files: readonly HeldKey[], signal?: AbortSignal): Promise<HeldFiles>;
  /** The folders in which held files and staged ones lie. */
  readonly folders: readonly string[];
  /** The key's absolute address with its scheme (`file:///…`, `s3://…`): what stands in Iceberg metadata. */
  location(key: string): string;
  /** The key at an address; `undefined` when the address is not in this store. */
  keyAt(location: string): string | undefined;
}

export interface HeldKey {
  key: string;
  bytes: number;
}

export interface HeldFiles {
  release(): void;
}

export interface FileStat {
  bytes: number;
  /** When it was stored, milliseconds since 1970. */
  modifiedAt: number;
}
