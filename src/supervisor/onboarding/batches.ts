import type { FileChanges, NamedFile } from "./load-mark.ts";

/** Files that are loaded by one statement, in one commit. */
export interface Batch {
  /** Rows of theirs are in the table, and go. */
  replaces: boolean;
  files: NamedFile[];
}

const filesMax = 500;
const bytesMax = 1024 ** 3;

/** All files to load, a bounded number at a time: what was loaded stays loaded, whatever comes behind it. */
export function batchesOf({ fresh, changed }: FileChanges): Batch[] {
  return [...split(fresh).map((files) => ({ replaces: false, files })), ...split(changed).map((files) => ({ replaces: true, files }))];
}

function split(files: readonly NamedFile[]): NamedFile[][] {
  const batches: NamedFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    if (last === undefined || last.length === filesMax || bytes + file.bytes > bytesMax) {
      batches.push([file]);
      bytes = file.bytes;
    } else {
      last.push(file);
      bytes += file.bytes;
    }
  }
  return batches;
}
