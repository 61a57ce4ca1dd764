import type { ErrorJson } from "../../errors.ts";
import type { Recognition } from "../../formats/recognise.ts";
import type { TreeFile } from "../file-tree.ts";

/** What a crawl knows of the files that it has seen, for the next one. */
export interface KnownFiles {
  /** Of the rules by which they were recognised: by others they are recognised anew. */
  rules: string;
  files: KnownFile[];
}

export interface KnownFile extends Pick<TreeFile, "path" | "version"> {
  found?: Recognition;
  error?: ErrorJson;
}

/** Grows whenever files are recognised in another way, so that those that are known are looked at again. */
const recognitionVersion = 1;

export const rulesText = (options: unknown): string => JSON.stringify([recognitionVersion, options]);

/** Files that are as they were when they were recognised by these rules; by path. */
export function stillKnown(known: KnownFiles | undefined, rules: string, files: readonly TreeFile[]): Map<string, KnownFile> {
  if (known?.rules !== rules) return new Map();
  const versions = new Map(files.map(({ path, version }) => [path, version]));
  return new Map(known.files.filter(({ path, version }) => versions.get(path) === version).map((file) => [file.path, file]));
}

/** What is worth remembering: not what may come out otherwise although the file has not changed. */
export function worthKeeping({ error }: KnownFile): boolean {
  return error === undefined || !(error.retryable || error.code === "MR-FORMAT-005");
}
