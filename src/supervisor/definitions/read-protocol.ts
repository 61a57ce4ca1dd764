import type { ModuleDescription } from "../../model/describe-module.ts";
import type { Problem } from "../../model/manifest.ts";

/** What the reading child writes to file descriptor 3, one JSON value a line. */
export type ReadMessage =
  /** The import of a file begins. Files are relative to the project folder. */
  | { type: "begin"; file: string }
  | { type: "module"; file: string; module: ModuleDescription }
  | { type: "config"; file: string; config: unknown }
  /** The file could not be read, and this process ends or goes on to the next. */
  | { type: "problem"; file: string; problem: Problem };

/** What the child reads: the project's configuration, or files that declare. */
export type ReadMode = "config" | "modules";

/** The descriptor of the pipe. It is not one that a user's program writes to by chance. */
export const messageFd = 3;
