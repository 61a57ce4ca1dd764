import type { Command } from "commander";
import type { Define } from "./define-command.ts";

const several = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Looking at what the values of a dataset are like. */
export function profileCommand(program: Command, define: Define): void {
  define(
    program,
    "profile <dataset>",
    "say what the values of a dataset are like: counts, bounds, distributions, and what a person should look at",
    ["millrace profile sales.daily", "millrace profile sales.daily --column total", "millrace profile sales.daily --against 4711", "millrace profile sales.daily --suggest > checks.ts"],
    async () => (await import("./commands/profile.ts")).profile,
    (command) =>
      command
        .option("--at <version>", "the version: the id of a snapshot, a tag or a branch (default: the current one)")
        .option("--against <version>", "say what differs from this version instead")
        .option("--partition <field=value>", "only rows of this partition; may be given several times", several)
        .option("--column <name>", "this column alone, in full")
        .option("--exact", "count different values where they were estimated; reads all rows")
        .option("--relations", "also look for keys, dependencies and correlations")
        .option("--suggest", "print checks that hold, as TypeScript"),
  );
}
