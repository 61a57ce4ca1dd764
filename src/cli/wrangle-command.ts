import type { Command } from "commander";
import { type Define, group } from "./define-command.ts";

/** Steps that clean rows. */
export function wrangleCommand(program: Command, define: Define): void {
  const wrangle = group(program, "wrangle", "steps that clean rows", ["millrace wrangle suggest raw.movies"]);
  define(
    wrangle,
    "suggest <dataset>",
    "propose steps for what its profile has found, as TypeScript to be looked at and kept",
    ["millrace wrangle suggest raw.movies", "millrace wrangle suggest raw.movies > movies.pipeline.ts", "millrace wrangle suggest raw.movies --json"],
    async () => (await import("./commands/wrangle-suggest.ts")).suggestWrangling,
  );
}
