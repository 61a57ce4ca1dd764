import type { FileSource } from "../formats/file-source.ts";
import type { BucketConnection } from "../model/bucket.ts";

/**
 * Raw files as somebody else keeps them: in a folder or a bucket. Unlike the files of the lake they have any name, may
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
  /** How a bucket is reached, as it was declared: secrets are named in it. */
  readonly connection?: BucketConnection;
  /** Where an address is no path of this machine: the bytes of a file. */
  open?(file: TreeFile): FileSource;
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

/** Deeper folders are a circle, or nothing that anybody keeps tables in. */
export const depthMax = 64;
