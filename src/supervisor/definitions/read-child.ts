/**
 * The process that runs the user's files in order to read them: started by `readFiles`, with the mode, the project folder
 * and the files as arguments. It imports one file after the other and writes what each declares to a pipe of its own,
 * so that nothing that a user's program prints can be taken for it. It may be killed at any moment.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../../errors.ts";
import { watchDeclarations } from "../../model/declared.ts";
import type { Definition } from "../../model/definition.ts";
import { describeModule } from "../../model/describe-module.ts";
import { framesOf, placeText, relativePath } from "../../model/place.ts";
import { isProject } from "../../model/project.ts";
import { writeLine } from "../write-line.ts";
import { importProblem } from "./import-problem.ts";
import { messageFd, type ReadMessage, type ReadMode } from "./read-protocol.ts";

const [mode, folder, ...files] = process.argv.slice(2) as [ReadMode, string, ...string[]];
const exit = process.exit.bind(process);
const made: Definition[] = [];
let current = files[0];

const send = (message: ReadMessage): void => writeLine(messageFd, message);

function fail(error: unknown, file = current): void {
  send({ type: "problem", file, problem: importProblem(error, join(folder, file), folder) });
}

/** The file that an error without a caller comes from: one that was imported earlier may still be at work. */
function culprit(error: unknown): string {
  const frames = error instanceof Error ? framesOf(error.stack) : [];
  const places = new Set(frames.map((frame) => relativePath(folder, frame.file)));
  return files.find((file) => places.has(file)) ?? current;
}

function exitError(code: unknown): MillraceError {
  const place = framesOf(new Error().stack).find((frame) => frame.file.startsWith(folder) && frame.file !== import.meta.filename);
  return new MillraceError("MR-MODEL-006", {
    what: `${current} cannot be loaded: it ended the process with process.exit(${code === undefined ? "" : String(code)})`,
    where: place ? placeText(place, folder) : current,
    mend: "throw an error instead, or move the call into a function that runs later",
  });
}

async function readModule(file: string): Promise<ReadMessage> {
  made.length = 0;
  const path = join(folder, file);
  const exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  if (mode === "config") return { type: "config", file, config: configOf(exports.default, file) };
  return { type: "module", file, module: describeModule(folder, path, exports, made) };
}

function configOf(value: unknown, file: string): unknown {
  if (isProject(value)) return value;
  throw new MillraceError("MR-MODEL-001", { what: `${file} does not export a project`, where: file, mend: "write `export default defineProject({ … })`" });
}

process.exit = ((code?: number) => {
  fail(exitError(code));
  exit(code ?? 1);
}) as typeof process.exit;
process.on("uncaughtException", (error) => {
  fail(error, culprit(error));
  exit(1);
});
watchDeclarations((definition) => made.push(definition));

for (const file of files) {
  current = file;
  send({ type: "begin", file });
  try {
    send(await readModule(file));
  } catch (error) {
    fail(error);
  }
}
// A file may have left a timer or a server behind; nothing of it is wanted.
exit(0);
