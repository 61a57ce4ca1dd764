/**
 * Raw files as somebody else keeps them: a folder, and later a bucket. Unlike the files of the lake they have any name, may
 * change at any time, and are not ours to write.
 */
export interface FileTree {
  /** Where it is, absolute. */
  readonly location: string;
  /**
   * Files, folder by folder, in an order that is the same each time; and what was passed over, with the reason.
   *
   * @param isExcluded - asked for each file, and for folders with a slash behind their path
   * @throws MillraceError `MR-CRAWL-001` when there is no such place: not the same as one that is empty
   */
  walk(isExcluded: (path: string) => boolean): AsyncIterable<TreeFile | LeftOut>;
  /** What a reader opens. */
  address(path: string): string;
}

export interface TreeFile {
  /** Relative to the tree, with slashes. */
  path: string;
  bytes: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** Differs whenever the bytes may differ. */
  version: string;
}

export interface LeftOut {
  path: string;
  why: string;
}

export const isLeftOut = (entry: TreeFile | LeftOut): entry is LeftOut => "why" in entry;
