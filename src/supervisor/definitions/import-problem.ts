import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, sep } from "node:path";
import { type ErrorCode, type ErrorParts, errorCodes, MillraceError } from "../../errors.ts";
import type { Problem } from "../../model/manifest.ts";
import { filePath, framesOf, type Place, placeText, relativePath } from "../../model/place.ts";

/**
 * What went wrong when a file of the project was imported: its place and the mend.
 * @param file - absolute path of the file that was asked for; the fault may lie in one that it imports
 */
export function importProblem(error: unknown, file: string, folder: string): Problem {
  const relative = relativePath(folder, file);
  const own = ownError(error);
  if (own) return { ...own.toJSON(), file: relative };
  const place = placeOf(error, file, folder);
  const parts: ErrorParts = {
    what: `${relative} cannot be loaded: ${reason(error)}`,
    where: place ? placeText(place, folder) : relative,
    mend: mend(error),
    cause: error,
  };
  return { ...new MillraceError("MR-MODEL-006", parts).toJSON(), file: relative };
}

/** An error of ours, also of another copy of the package: it knows its place itself. */
function ownError(error: unknown): MillraceError | undefined {
  if (error instanceof MillraceError) return error;
  const { name, code, parts } = (error ?? {}) as { name?: unknown; code?: unknown; parts?: ErrorParts };
  return name === "MillraceError" && typeof code === "string" && Object.hasOwn(errorCodes, code) && parts ? new MillraceError(code as ErrorCode, parts) : undefined;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${JSON.stringify(error) ?? String(error)}, which is no Error`;
  return `${error.name}: ${error.message}`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

const missing = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);

function mend(error: unknown): string {
  const code = codeOf(error);
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return "use only types that can be erased: a union or a const object in place of an enum, fields in place of parameter properties";
  if (code !== undefined && missing.has(code)) return missingMend((error as Error).message);
  if (error instanceof SyntaxError && error.message.includes("does not provide an export")) return "import a name that the module exports; import types with `import type`";
  if (error instanceof SyntaxError) return "correct the syntax there";
  if (error instanceof ReferenceError && error.message.includes("before initialization")) return "two files import each other: move what both need to a third";
  return "mend what throws there; code outside of functions runs each time the project is read";
}

function missingMend(message: string): string {
  const name = /package '([^']+)'/.exec(message)?.[1];
  if (name !== undefined) return `install it: npm install ${name}`;
  return message.includes("imported from") ? "correct the path; imports name the file with its ending, as ./orders.ts" : "install the package, or correct its name";
}

function placeOf(error: unknown, file: string, folder: string): Place | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code !== undefined && missing.has(code)) return placeOfImport(error.message, file);
  const header = placeInHeader(error.stack);
  if (header) return header;
  if (error instanceof SyntaxError) return placeByCheck(file);
  const frames = framesOf(error.stack);
  const inside = (path: string) => path.startsWith(folder + sep) && !path.includes(`${sep}node_modules${sep}`);
  return frames.find((frame) => inside(frame.file)) ?? frames[0];
}

/** Node puts the place of a syntax error above the stack: `file:///…/pipeline.ts:2`, the line, and carets under the fault. */
function placeInHeader(text: string | undefined): Place | undefined {
  const header = /^(file:\/\/\S+?|\/[^\n]+?|[A-Za-z]:\\[^\n]+?):(\d+)\n(?:[^\n]*\n){1,8}?( *)\^/.exec(text ?? "");
  return header ? { file: filePath(header[1]), line: Number(header[2]), column: header[3].length + 1 } : undefined;
}

/** V8 keeps the place of a syntax error in plain JavaScript to itself when it is imported; `node --check` prints it. */
function placeByCheck(file: string): Place | undefined {
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8", timeout: 5_000 });
  return placeInHeader(stderr);
}

const quoted = /"[^"]*"|'[^']*'|`[^`]*`/g;

/** Where the import that was not found stands. */
function placeOfImport(message: string, file: string): Place | undefined {
  const importer = /imported from (.+)$/m.exec(message)?.[1];
  const path = importer === undefined ? file : filePath(importer);
  const wanted = /(?:package|module) '([^']+)'/.exec(message)?.[1];
  if (wanted === undefined) return undefined;
  const tail = wanted.startsWith("file:") || wanted.includes(sep) ? basename(wanted) : wanted;
  const lines = readFileSync(path, "utf8").split("\n");
  const line = lines.findIndex((text) => [...text.matchAll(quoted)].some(([literal]) => literal.includes(tail)));
  if (line < 0) return { file: path, line: 1, column: 1 };
  return { file: path, line: line + 1, column: lines[line].search(quoted) + 1 };
}
