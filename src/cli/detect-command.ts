import type { Command } from "commander";
import type { Define } from "./define-command.ts";

const several = (value: string, before: string[] | undefined): string[] => [...(before ?? []), ...value.split(",").map((name) => name.trim())];

/** Looking for rows that are not like the others. */
export function detectCommand(program: Command, define: Define): void {
  define(
    program,
    "detect <dataset>",
    "look for outliers: values, rows or times that are not like the others",
    ["millrace detect sales.daily --method mad --columns total", "millrace detect plant.readings --method lof --columns celsius,bar --label sensor,at", "millrace detect plant.readings --method rollingMad --columns celsius --by sensor --order at --set window=100"],
    async () => (await import("./commands/detect.ts")).detect,
    (command) =>
      command
        .option("--method <name>", "zScore, mad, trimmed, iqr, grubbs, esd, rollingMad, holtWinters, stl, cusum, changePoints, mahalanobis, mcd, iterativeRemoval, isolationForest, knn or lof", "mad")
        .option("--columns <names>", "the numeric columns, with commas (default: all that are numbers)", several)
        .option("--by <names>", "columns whose values make a group; each is judged by itself", several)
        .option("--label <names>", "columns that tell which row it is", several)
        .option("--order <column>", "the column of the time, for series")
        .option("--set <option=value>", "an option of the method, as threshold=4; may be given several times", (value: string, before: string[] | undefined) => [...(before ?? []), value])
        .option("--at <version>", "the version: the id of a snapshot, a tag or a branch (default: the current one)"),
  );
  define(
    program,
    "anomalies [dataset]",
    "show what was not as usual in the versions of tables, which are watched without anybody's asking",
    ["millrace anomalies", "millrace anomalies sales.daily --json"],
    async () => (await import("./commands/anomalies.ts")).anomalies,
  );
}
