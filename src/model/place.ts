import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A place in a file of the user's. Lines and columns count from 1. */
export interface Place {
  /** Absolute path. */
  file: string;
  line: number;
  column: number;
}

/**
 * Where the function `below` was called: what a declaration remembers, so that a fault found later names its line.
 * Undefined where the engine gives no usable stack.
 */
export function callSite(below: (...args: never[]) => unknown): Place | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  return framesOf(holder.stack)[0];
}

/** The places in a stack's text, innermost first; frames inside Node itself are left out. */
export function framesOf(stack: string | undefined): Place[] {
  return (stack ?? "").split("\n").flatMap((line) => {
    const frame = /^\s+at .*?\(?(?<path>(?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(?<line>\d+):(?<column>\d+)\)?$/.exec(line)?.groups;
    return frame ? [{ file: filePath(frame.path), line: Number(frame.line), column: Number(frame.column) }] : [];
  });
}

/** A path or a `file:` URL as a path; a query, as cache busters add one, is dropped. */
export function filePath(pathOrUrl: string): string {
  if (!pathOrUrl.startsWith("file:")) return pathOrUrl;
  const url = new URL(pathOrUrl);
  url.search = "";
  return fileURLToPath(url);
}

/** `pipeline.ts:14:23`, with the file relative to `folder` where it lies inside. */
export function placeText(place: Place, folder: string = process.cwd()): string {
  return `${relativePath(folder, place.file)}:${place.line}:${place.column}`;
}

/** `file` relative to `folder`, with forward slashes on every system; absolute where it lies outside. */
export function relativePath(folder: string, file: string): string {
  const path = relative(folder, file);
  return path === "" || path.startsWith("..") ? file : path.split(sep).join("/");
}

/** `path` from `folder`, with forward slashes, also where that leads upwards: the form that is the same on every machine. */
export function portablePath(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}
